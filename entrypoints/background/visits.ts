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
  /** `target`: the name of another frame or tab, or `_blank` or `_top`, whose page it is for. */
  readonly remember: (visit: VisitKey, memory: string, target?: string) => Promise<void>
  /** What was left for this very page, by whoever sent a form to it; else what the page before it left. */
  readonly recall: (visit: VisitKey, page: PagePlace) => Promise<string | undefined>
  readonly forgetTab: (tabId: number) => Promise<void>
  readonly forgetApp: (origin: string) => Promise<void>
}

export interface PagePlace {
  readonly name: string
  readonly openerTabId: number | undefined
}

interface Area {
  readonly get: (keys: string | string[]) => Promise<Record<string, unknown>>
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
    remember: (visit, memory, target) =>
      inTurn(async () => {
        const key = target === undefined ? keyOf(visit) : keyOfTarget(visit.tabId, target, visit.origin)
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
    recall: (visit, page) =>
      inTurn(async () => {
        const keys = [...keysOfTarget(visit, page), keyOf(visit)]
        const found = await area.get(keys)
        const key = keys.find((one) => typeof found[one] === 'string')
        if (key === undefined) return undefined
        // An answer is for one page.
        if (key !== keyOf(visit)) await drop((kept) => kept.key === key)
        return found[key] as string
      }),
    forgetTab: (tabId) => inTurn(() => drop((kept) => kept.tabId === tabId)),
    forgetApp: (origin) => inTurn(() => drop(({ key }) => key.endsWith(` ${origin}`))),
  }
}

const keyOfTarget = (tabId: number, target: string, origin: string) => `visit ${tabId} >${target} ${origin}`

const keysOfTarget = ({ tabId, frameId, origin }: VisitKey, { name, openerTabId }: PagePlace): string[] => {
  const named = name === '' ? [] : [name]
  const here = frameId === 0 ? ['_top'] : named
  const elsewhere = frameId === 0 && openerTabId !== undefined ? [...named, '_blank'] : []
  return [
    ...here.map((target) => keyOfTarget(tabId, target, origin)),
    ...elsewhere.map((target) => keyOfTarget(openerTabId as number, target, origin)),
  ]
}

const keyOf = ({ tabId, frameId, origin }: VisitKey) => `visit ${tabId} ${frameId} ${origin}`
