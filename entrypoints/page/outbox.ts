/** Drafts on their way to the background: sent again until it answers that they are on disk. */
import { isShallowJson } from '../../lib/messages/draft.ts'
import { type Client, MAX_DRAFTS, MAX_REASON } from '../../lib/messages/messages.ts'
import { pause, withinReach } from '../../lib/messages/reach.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'

export interface Outbox {
  readonly add: (draft: EntryDraft) => void
  /** What is to be recorded under this id if nothing more is heard of this page; without a draft, nothing is. */
  readonly foresee: (id: string, draft?: EntryDraft, isWaiting?: boolean) => void
  /** Everything that is unanswered, without waiting: the page is going. */
  readonly sendNow: () => void
  /** Puts a reason into the log of refused records, each once a minute at most. */
  readonly refuse: (reason: string) => void
}

interface OutboxDeps {
  readonly client: Client
  readonly origin: string
  readonly isAlive: () => boolean
  /** Called when there is no one left to send to. */
  readonly stop: () => void
}

const REPEAT_REFUSAL_AFTER_MS = 60_000
const MAX_REASONS = 50

export const createOutbox = ({ client, origin, isAlive, stop }: OutboxDeps): Outbox => {
  const unanswered = new Map<string, EntryDraft>()
  const foreseen = new Map<string, { readonly draft: EntryDraft | undefined; readonly isWaiting: boolean }>()
  const refusedAt = new Map<string, number>()
  let sending = false

  const send = async (drafts: readonly EntryDraft[]): Promise<boolean> => {
    const { stored, refused } = await client({ type: 'drafts', origin, drafts })
    for (const id of [...stored, ...refused]) unanswered.delete(id)
    return stored.length + refused.length > 0
  }

  const sendAll = async () => {
    if (sending) return
    sending = true
    let waitMs = 100
    while (unanswered.size > 0 && isAlive()) {
      const answered = await withinReach(send([...unanswered.values()].slice(0, MAX_DRAFTS))).catch(
        () => false,
      )
      if (!answered) await pause(waitMs)
      waitMs = answered ? 100 : Math.min(waitMs * 2, 8000)
    }
    sending = false
    if (!isAlive()) stop()
  }

  const sendForeseen = () => {
    const all = [...foreseen]
    foreseen.clear()
    if (!isAlive()) return
    for (let from = 0; from < all.length; from += MAX_DRAFTS) {
      const some = all.slice(from, from + MAX_DRAFTS)
      const idsOf = (passes: (one: (typeof some)[number][1]) => boolean) =>
        some.flatMap(([id, one]) => (passes(one) ? [id] : []))
      client({
        type: 'foresee',
        origin,
        drafts: some.flatMap(([, { draft }]) => draft ?? []),
        waiting: idsOf(({ isWaiting }) => isWaiting),
        withdrawn: idsOf(({ draft }) => draft === undefined),
      }).catch(() => {})
    }
  }

  const refuse = (reason: string) => {
    const now = Date.now()
    const isNews = now - (refusedAt.get(reason) ?? 0) > REPEAT_REFUSAL_AFTER_MS
    if (!isNews || refusedAt.size >= MAX_REASONS || !isAlive()) return
    refusedAt.set(reason, now)
    client({ type: 'refused', origin, reason: reason.slice(0, MAX_REASON) }).catch(() => {})
  }

  return {
    foresee: (id, draft, isWaiting = false) => {
      if (draft && !isShallowJson(draft)) return
      if (foreseen.size === 0) queueMicrotask(sendForeseen)
      foreseen.set(id, { draft: draft && (toWellFormed(draft) as typeof draft), isWaiting })
    },
    add: (draft) => {
      foreseen.delete(draft.id)
      // Deeper values would not survive the way through the browser's messages.
      if (!isShallowJson(draft)) return refuse('the record was nested too deep')
      unanswered.set(draft.id, toWellFormed(draft) as typeof draft)
      void sendAll()
    },
    sendNow: () => {
      if (!isAlive()) return
      const drafts = [...unanswered.values()]
      for (let from = 0; from < drafts.length; from += MAX_DRAFTS)
        send(drafts.slice(from, from + MAX_DRAFTS)).catch(() => {})
    },
    refuse,
  }
}

/** Half a surrogate pair would stop the whole message on its way: it becomes U+FFFD. */
const toWellFormed = (value: unknown): unknown => {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(toWellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key.toWellFormed(), toWellFormed(child)]),
  )
}
