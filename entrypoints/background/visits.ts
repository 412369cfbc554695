/**
 * What the page before it left for the next page of a tab, frame and origin: kept for the browser's session only, at most
 * `MAX_TOTAL` characters together; the oldest give way.
 */

export interface VisitKey {
  readonly tabId: number
  readonly frameId: number
  readonly origin: string
}

export interface Visits {
  readonly remember: (visit: VisitKey, memory: string) => Promise<void>
  readonly recall: (visit: VisitKey) => Promise<string | undefined>
  readonly forgetTab: (tabId: number) => Promise<void>
}

interface Area {
  readonly get: (key: string) => Promise<Record<string, unknown>>
  readonly set: (items: Record<string, unknown>) => Promise<void>
  readonly remove: (keys: string[]) => Promise<void>
}

interface Kept {
  readonly key: string
  readonly tabId: number
  readonly size: number
}

const INDEX = 'visits'
/** `storage.session` holds 10 MB; what a character costs there is up to two bytes of JSON for most text. */
const MAX_TOTAL = 4 * 2 ** 20

export const createVisits = ({ area }: { area: Area }): Visits => {
  let queue: Promise<unknown> = Promise.resolve()
  /** One at a time, because the index is read and written back. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work)
    queue = result.catch(() => {})
    return result
  }

  /** Oldest first. */
  const index = async () => ((await area.get(INDEX))[INDEX] as Kept[] | undefined) ?? []

  const drop = async (isDropped: (kept: Kept) => boolean) => {
    const all = await index()
    const dropped = all.filter(isDropped).map(({ key }) => key)
    if (dropped.length === 0) return
    await area.remove(dropped)
    await area.set({ [INDEX]: all.filter((kept) => !isDropped(kept)) })
  }

  return {
    remember: (visit, memory) =>
      inTurn(async () => {
        const key = keyOf(visit)
        const others = (await index()).filter((kept) => kept.key !== key)
        let room = MAX_TOTAL - memory.length
        const kept = others.toReversed().filter(({ size }) => {
          room -= size
          return room >= 0
        })
        const lost = others.filter((other) => !kept.includes(other))
        if (lost.length > 0) await area.remove(lost.map((other) => other.key))
        await area.set({
          [key]: memory,
          [INDEX]: [...kept.toReversed(), { key, tabId: visit.tabId, size: memory.length }],
        })
      }),
    recall: (visit) =>
      inTurn(async () => {
        const key = keyOf(visit)
        const memory = (await area.get(key))[key]
        return typeof memory === 'string' ? memory : undefined
      }),
    forgetTab: (tabId) => inTurn(() => drop((kept) => kept.tabId === tabId)),
  }
}

const keyOf = ({ tabId, frameId, origin }: VisitKey) => `visit ${tabId} ${frameId} ${origin}`
