/**
 * What pages foresaw: drafts that are stored if nothing more is heard of their page. A tab that closes may not get to say a last word, and no page
 * may come back to say what became of a form. Kept for the browser's session, so that a stopped worker loses none; bounded, and what
 * gives way is stored, not dropped.
 */
export interface Will {
  readonly id: string
  readonly origin: string
  readonly tabId: number
  readonly frameId: number
  /** For an answer: its page may be silent as long as it is there. */
  readonly isWaiting: boolean
  /** When its page last spoke of it. Unix milliseconds. */
  readonly at: number
  readonly draft: unknown
}

export interface Wills {
  readonly add: (wills: readonly Will[]) => Promise<void>
  /** They are stored, or came to nothing. Only those of this origin. */
  readonly drop: (origin: string, ids: readonly string[]) => Promise<void>
  /** Nothing of this app is stored any more. */
  readonly forgetApp: (origin: string) => Promise<void>
  /** The tab is gone; what it said last may still be on its way. Or a page of it is, and what waited there waits no longer. Whether there was any. */
  readonly gone: (tabId: number, frameId?: number) => Promise<boolean>
  /** Stores what is due, and says when to ask again, in milliseconds; undefined when nothing waits. */
  readonly sweep: () => Promise<number | undefined>
}

interface Area {
  readonly get: (keys: string | string[]) => Promise<Record<string, unknown>>
  readonly set: (items: Record<string, unknown>) => Promise<void>
  readonly remove: (keys: string[]) => Promise<void>
}

interface WillsDeps {
  readonly area: Area
  readonly now: () => number
  readonly store: (origin: string, drafts: readonly unknown[]) => Promise<void>
  /** A page that loads may be the answer that a form waits for. A tab may be gone before its last words arrive. */
  readonly stateOf: (tabId: number) => Promise<'loading' | 'complete' | 'gone'>
}

/** A page holds nothing this long without a word. */
export const SILENT_MS = 6_000
export const LAST_WORDS_MS = 1_000
/** An answer that takes longer than this is none. */
const LOADING_MS = 120_000
/** What still waits then says itself what becomes of it. */
const WAITING_MS = 600_000
const MAX_WILLS = 300
const MAX_CHARACTERS = 2 ** 21

const INDEX = 'wills'
/** The tab of a will whose tab is no more. */
const GONE = -1
const keyOf = (id: string) => `will ${id}`

export const createWills = ({ area, now, store, stateOf }: WillsDeps): Wills => {
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work)
    queue = result.catch(() => {})
    return result
  }
  /** Oldest first. Read once: this is the only one who writes them. */
  let known: Promise<Map<string, Will>> | undefined
  const load = async (): Promise<Map<string, Will>> => {
    const ids = ((await area.get(INDEX))[INDEX] as string[] | undefined) ?? []
    const kept = ids.length > 0 ? await area.get(ids.map(keyOf)) : {}
    return new Map(ids.flatMap((id) => (kept[keyOf(id)] ? [[id, kept[keyOf(id)] as Will]] : [])))
  }
  const all = () => (known ??= load())

  const save = async (wills: ReadonlyMap<string, Will>, changed: readonly Will[]) =>
    area.set({
      ...Object.fromEntries(changed.map((will) => [keyOf(will.id), will])),
      [INDEX]: [...wills.keys()],
    })

  const forget = async (gone: readonly Will[]) => {
    if (gone.length === 0) return
    const wills = await all()
    for (const { id } of gone) wills.delete(id)
    await area.remove(gone.map(({ id }) => keyOf(id)))
    await save(wills, [])
  }

  const carryOut = async (due: readonly Will[]) => {
    for (const origin of new Set(due.map((will) => will.origin)))
      await store(
        origin,
        due.filter((will) => will.origin === origin).map(({ draft }) => draft),
      )
    await forget(due)
  }

  const isDue = async ({ at, tabId, isWaiting }: Will): Promise<boolean> => {
    const silentMs = now() - at
    if (silentMs < SILENT_MS) return false
    if (tabId === GONE) return true
    const state = await stateOf(tabId)
    return state === 'gone' || (!isWaiting && (state === 'complete' || silentMs >= LOADING_MS))
  }

  return {
    add: (added) =>
      inTurn(async () => {
        const wills = await all()
        for (const will of added) {
          wills.delete(will.id)
          wills.set(will.id, will)
        }
        await save(wills, added)
        await carryOut(overflowing([...wills.values()]))
      }),
    drop: (origin, ids) =>
      inTurn(async () => {
        const wills = await all()
        await forget(ids.flatMap((id) => wills.get(id) ?? []).filter((will) => will.origin === origin))
      }),
    forgetApp: (origin) =>
      inTurn(async () => forget([...(await all()).values()].filter((will) => will.origin === origin))),
    gone: (tabId, frameId) =>
      inTurn(async () => {
        const wills = await all()
        const at = now() - SILENT_MS + LAST_WORDS_MS
        const left = [...wills.values()].filter(
          (will) =>
            will.tabId === tabId && (frameId === undefined || (will.frameId === frameId && will.isWaiting)),
        )
        const changed = left.map((will) => ({
          ...will,
          tabId: GONE,
          isWaiting: false,
          at: Math.min(will.at, at),
        }))
        for (const will of changed) wills.set(will.id, will)
        if (changed.length > 0) await save(wills, changed)
        return changed.length > 0
      }),
    sweep: () =>
      inTurn(async () => {
        const isOver = ({ at, isWaiting }: Will) => isWaiting && now() - at >= WAITING_MS
        await forget([...(await all()).values()].filter(isOver))
        const wills = [...(await all()).values()]
        const isDueNow = await Promise.all(wills.map(isDue))
        await carryOut(wills.filter((_, index) => isDueNow[index]))
        // What waits beyond that is heard of again: from its page, or when its tab goes.
        const isLeft = ({ at, isWaiting }: Will) => !isWaiting || now() - at < SILENT_MS
        const left = wills.filter((will, index) => !isDueNow[index] && isLeft(will))
        if (left.length === 0) return undefined
        const nextMs = Math.min(...left.map(({ at }) => at)) + SILENT_MS - now()
        return Math.max(nextMs, LAST_WORDS_MS)
      }),
  }
}

/** The oldest of too many. */
const overflowing = (wills: readonly Will[]): Will[] => {
  let room = MAX_CHARACTERS
  const fits = wills.toReversed().map(({ draft }, index) => {
    room -= JSON.stringify(draft).length
    return room >= 0 && index < MAX_WILLS
  })
  return wills.filter((_, index) => !fits[wills.length - 1 - index])
}
