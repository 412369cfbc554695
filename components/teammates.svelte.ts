/**
 * What a panel knows of teammates: who has the app or the resource in view open, as far as all concerned switched that on; and
 * whether one of them just changed the field that is being edited here.
 */
import { browser } from 'wxt/browser'
import type { EditedField } from '../lib/messages/messages.ts'
import type { Looking, Present } from '../lib/messages/presence.ts'
import { appByOrigin } from '../lib/store/apps.ts'
import { type ChangedMeanwhile, changedMeanwhile } from '../lib/store/meanwhile.ts'
import type { ResourceRef } from '../lib/store/resources.ts'
import { Live } from './live.svelte.ts'
import type { Session } from './session.svelte.ts'

export interface InView {
  readonly origin: string | undefined
  readonly resource: ResourceRef | undefined
  readonly tabId: number | undefined
}

/** Of the same person one is enough; who has the same resource open comes first. */
export interface Teammate {
  readonly name: string
  readonly isHere: boolean
  readonly field?: string
}

export class Teammates {
  #present = $state.raw<readonly Present[]>([])
  #field = $state.raw<EditedField | undefined>()
  #changed: Live<ChangedMeanwhile | undefined>
  readonly #inView: () => InView
  readonly present: readonly Teammate[] = $derived.by(() => toTeammates(this.#present, this.#inView()))

  constructor(session: Session, inView: () => InView) {
    this.#inView = inView
    const shared = new Live(() => {
      const { origin } = inView()
      return origin === undefined ? undefined : () => appByOrigin(session.db, origin)
    })
    const isOn = $derived(session.preferences.presence && shared.current?.team !== undefined)
    let look = $state.raw<(looking: Looking | undefined) => void>()
    $effect(() => {
      if (!isOn) return
      const opening = import('../lib/messages/presence.ts').then(({ openPresence }) =>
        openPresence(
          (info) => browser.runtime.connect(info),
          (present) => {
            this.#present = present
          },
        ),
      )
      void opening.then((link) => {
        look = link.look
      })
      return () => {
        look = undefined
        this.#present = []
        void opening.then((link) => link.close())
      }
    })
    $effect(() => {
      const { origin, resource } = inView()
      const field = this.#field?.label ?? this.#field?.name
      look?.(
        origin === undefined
          ? undefined
          : {
              origin,
              ...(resource && { resourceType: resource.type, resourceId: resource.id }),
              ...(field && { field }),
            },
      )
    })
    $effect(() => {
      const { tabId } = inView()
      this.#field = undefined
      const hear = (message: unknown, sender: { readonly tab?: { readonly id?: number } }) => {
        if (isEditing(message) && tabId !== undefined && sender.tab?.id === tabId) this.#field = message.field
      }
      browser.runtime.onMessage.addListener(hear)
      return () => browser.runtime.onMessage.removeListener(hear)
    })
    this.#changed = new Live(() => {
      const field = this.#field
      const { resource } = inView()
      const you = session.profile?.id
      const nowMs = session.now
      if (!field || !resource) return undefined
      return () => changedMeanwhile(session.db, resource, field, { you, nowMs })
    })
  }

  /** A teammate's change of the field that is being edited. */
  get changed(): ChangedMeanwhile | undefined {
    return this.#changed.current
  }
}

const toTeammates = (present: readonly Present[], { origin, resource }: InView): Teammate[] => {
  const byMember = new Map<string, Teammate>()
  for (const { team, member, name, looking } of present) {
    if (looking.origin !== origin) continue
    const isHere =
      resource !== undefined && looking.resourceType === resource.type && looking.resourceId === resource.id
    const key = `${team} ${member}`
    if (byMember.get(key)?.isHere) continue
    byMember.set(key, { name, isHere, ...(isHere && looking.field && { field: looking.field }) })
  }
  return [...byMember.values()].sort((a, b) => Number(b.isHere) - Number(a.isHere))
}

const isEditing = (message: unknown): message is { readonly field?: EditedField } =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'editing'
