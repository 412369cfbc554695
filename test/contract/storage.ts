/** What every adapter of the relay's storage port must do. */
import { expect, test } from 'vitest'
import {
  type AppendBatch,
  EMPTY_HEAD,
  type PeerListener,
  type RelayStorage,
  type StoredEntry,
} from '../../server/storage/storage.ts'

const OTHER = 'bb'.repeat(16)
const LARGEST_FEED = Number.MAX_SAFE_INTEGER

const bytes = (...values: number[]) => Uint8Array.from(values)
const plain = (list: readonly Uint8Array[]) => list.map((item) => [...item])

const entry = (feed: number, seq: number): StoredEntry => ({
  feed,
  seq,
  bytes: bytes(feed % 251, seq, 7, 7, 7),
  bodyAt: 2,
})

/** `count` entries of one feed after version `version`, the first with sequence number `from`. */
const batch = (
  version: number,
  feed: number,
  from: number,
  { count = 1, segment = 0, nextSegment = segment, ...rest }: Partial<Shape> = {},
): AppendBatch => ({
  expectedVersion: version,
  segment,
  entries: Array.from({ length: count }, (_, index) => entry(feed, from + index)),
  head: {
    version: version + 1,
    segment: nextSegment,
    entries: version + count,
    bytes: 5 * (version + count),
  },
  erased: [],
  awaited: [],
  ...rest,
})

interface Shape extends Pick<AppendBatch, 'erased' | 'awaited'> {
  readonly count: number
  readonly segment: number
  /** Another one than `segment` where the append cuts it. */
  readonly nextSegment: number
}

/** `open` gives a storage, `reopen` the same one as another process would see it. Each test has a team of its own. */
export const storageContract = (
  open: () => Promise<{ readonly storage: RelayStorage; readonly reopen: () => Promise<RelayStorage> }>,
): void => {
  const openTeam = async () => {
    const team = crypto.randomUUID().replaceAll('-', '')
    return { team, ...(await open()) }
  }

  test('creates a team once and keeps the first genesis', async () => {
    const { storage, team } = await openTeam()
    expect(await storage.roster(team)).toEqual([])
    expect(await storage.createTeam(team, bytes(1))).toBe(true)
    expect(await storage.createTeam(team, bytes(2))).toBe(false)
    expect(plain(await storage.roster(team))).toEqual([[1]])
    expect(await storage.roster(OTHER)).toEqual([])
  })

  test('appends to the roster only at its end', async () => {
    const { storage, team } = await openTeam()
    expect(await storage.appendRoster(team, 1, bytes(9))).toBe(false)
    await storage.createTeam(team, bytes(1))
    const outcomes = await Promise.all([
      storage.appendRoster(team, 1, bytes(2)),
      storage.appendRoster(team, 1, bytes(3)),
    ])
    expect(outcomes.sort()).toEqual([false, true])
    expect(await storage.appendRoster(team, 3, bytes(4))).toBe(false)
    expect(await storage.appendRoster(team, 0, bytes(4))).toBe(false)
    expect(await storage.roster(team)).toHaveLength(2)
  })

  test('appends where the version is the expected one, and nothing where it is not', async () => {
    const { storage, team } = await openTeam()
    await storage.createTeam(team, bytes(1))
    expect(await storage.openSegment(team)).toEqual({ head: EMPTY_HEAD, runs: [] })
    const outcomes = await Promise.all([
      storage.append(team, batch(0, 5, 1)),
      storage.append(team, batch(0, 5, 1)),
      storage.append(team, batch(7, 5, 9)),
    ])
    expect(outcomes.sort()).toEqual([false, false, true])
    expect(await storage.append(team, batch(1, 5, 2, { count: 3 }))).toBe(true)
    expect(await storage.append(team, batch(1, 6, 1))).toBe(false)
    const { head, runs } = await storage.openSegment(team)
    expect(head).toMatchObject({ version: 2 })
    expect(runs).toEqual([{ feed: 5, from: 1, items: [1, 2, 3, 4].map((seq) => entry(5, seq).bytes) }])
    expect(await storage.entry(team, 6, 1)).toBeUndefined()
  })

  test('keeps segments apart and finds an entry and the last one across them', async () => {
    const { storage, team } = await openTeam()
    await storage.createTeam(team, bytes(1))
    await storage.append(team, batch(0, LARGEST_FEED, 1, { count: 3 }))
    await storage.append(team, batch(1, 9, 1, { nextSegment: 1 }))
    await storage.append(team, batch(2, 7, 1, { segment: 1, nextSegment: 2 }))
    await storage.append(team, batch(3, LARGEST_FEED, 4, { segment: 2 }))
    expect(await storage.segment(team, 0)).toEqual([
      { feed: 9, from: 1, items: [entry(9, 1).bytes] },
      { feed: LARGEST_FEED, from: 1, items: [1, 2, 3].map((seq) => entry(LARGEST_FEED, seq).bytes) },
    ])
    expect(await storage.segment(team, 1)).toEqual([{ feed: 7, from: 1, items: [entry(7, 1).bytes] }])
    expect(await storage.openSegment(team)).toMatchObject({
      head: { segment: 2 },
      runs: [{ feed: LARGEST_FEED, from: 4 }],
    })
    expect(await storage.segment(team, 3)).toEqual([])
    for (const seq of [1, 3, 4])
      expect(await storage.entry(team, LARGEST_FEED, seq)).toEqual(entry(LARGEST_FEED, seq).bytes)
    expect(await storage.entry(team, 7, 1)).toEqual(entry(7, 1).bytes)
    expect(await storage.entry(team, LARGEST_FEED, 5)).toBeUndefined()
    expect(await storage.lastEntry(team, LARGEST_FEED)).toEqual(entry(LARGEST_FEED, 4).bytes)
    expect(await storage.lastEntry(team, 7)).toEqual(entry(7, 1).bytes)
    expect(await storage.lastEntry(team, 8)).toBeUndefined()
    expect(await storage.lastEntry(OTHER, 7)).toBeUndefined()
  })

  test('cuts a segment without adding to it', async () => {
    const { storage, team } = await openTeam()
    await storage.createTeam(team, bytes(1))
    await storage.append(team, batch(0, 5, 1))
    expect(await storage.append(team, batch(1, 5, 2, { count: 0, nextSegment: 1 }))).toBe(true)
    expect(await storage.openSegment(team)).toMatchObject({ head: { version: 2, segment: 1 }, runs: [] })
    expect(await storage.append(team, batch(2, 5, 2, { segment: 1 }))).toBe(true)
    expect(await storage.lastEntry(team, 5)).toEqual(entry(5, 2).bytes)
  })

  test('erases what comes after an entry’s header, in the open segment and in older ones', async () => {
    const { storage, team, reopen } = await openTeam()
    const header = (feed: number, seq: number): StoredEntry => ({
      ...entry(feed, seq),
      bytes: entry(feed, seq).bytes.slice(0, 2),
    })
    await storage.createTeam(team, bytes(1))
    await storage.append(team, batch(0, 5, 1, { count: 3, nextSegment: 1 }))
    await storage.append(team, batch(1, 5, 4, { segment: 1 }))
    const erased = [header(5, 2), header(5, 4)]
    expect(await storage.append(team, batch(2, 6, 1, { segment: 1, erased }))).toBe(true)
    for (const again of [async () => storage, reopen]) {
      const seen = await again()
      expect(await seen.segment(team, 0)).toEqual([
        { feed: 5, from: 1, items: [entry(5, 1).bytes, header(5, 2).bytes, entry(5, 3).bytes] },
      ])
      expect((await seen.openSegment(team)).runs).toEqual([
        { feed: 5, from: 4, items: [header(5, 4).bytes] },
        { feed: 6, from: 1, items: [entry(6, 1).bytes] },
      ])
      expect(await seen.entry(team, 5, 2)).toEqual(header(5, 2).bytes)
    }
  })

  test('remembers what is to be erased once it comes', async () => {
    const { storage, team, reopen } = await openTeam()
    await storage.createTeam(team, bytes(1))
    expect(await storage.awaitedErasures(team)).toEqual([])
    const awaited = [{ feed: 7, seq: 3, hash: new Uint8Array(32).fill(4) }]
    await storage.append(team, batch(0, 5, 1, { awaited }))
    expect(await (await reopen()).awaitedErasures(team)).toEqual(awaited)
  })

  test('gives bytes that later reads do not change', async () => {
    const { storage, team } = await openTeam()
    await storage.createTeam(team, bytes(1))
    await storage.append(team, batch(0, 3, 1, { count: 200 }))
    const [first] = await storage.segment(team, 0)
    await storage.segment(team, 0)
    expect(first?.items).toEqual(Array.from({ length: 200 }, (_, index) => entry(3, index + 1).bytes))
    // Not even by a reader who changes a slice: a Buffer's slice would be a view.
    first?.items[0]?.slice().fill(9)
    expect(first?.items[0]).toEqual(entry(3, 1).bytes)
  })

  test('keeps the first evidence of a fork', async () => {
    const { storage, team } = await openTeam()
    await storage.createTeam(team, bytes(1))
    await storage.keepEvidence(team, { feed: 5, seq: 2, bytes: bytes(1) })
    await storage.keepEvidence(team, { feed: 5, seq: 2, bytes: bytes(2) })
    await storage.keepEvidence(team, { feed: 4, seq: 9, bytes: bytes(3) })
    const kept = await storage.evidence(team)
    expect(kept.map(({ feed, seq, bytes }) => [feed, seq, ...bytes])).toEqual([
      [4, 9, 3],
      [5, 2, 1],
    ])
  })

  test('makes a secret once', async () => {
    const { storage, team } = await openTeam()
    const first = await storage.secret(`key ${team}`, () => bytes(1, 2))
    expect([...first]).toEqual([1, 2])
    expect([...(await storage.secret(`key ${team}`, () => bytes(3)))]).toEqual([1, 2])
    await storage.checkWritable()
  })

  test('has everything after it was opened again', async () => {
    const { storage, team, reopen } = await openTeam()
    await storage.createTeam(team, bytes(1))
    await storage.appendRoster(team, 1, bytes(2))
    await storage.append(team, batch(0, 5, 1, { count: 2 }))
    const again = await reopen()
    expect(plain(await again.roster(team))).toEqual([[1], [2]])
    expect(await again.openSegment(team)).toEqual({
      head: { version: 1, segment: 0, entries: 2, bytes: 10 },
      runs: [{ feed: 5, from: 1, items: [entry(5, 1).bytes, entry(5, 2).bytes] }],
    })
  })
}

/** What an adapter must do besides, where several relays share the storage. `open` opens the same one again and again. */
export const peersContract = (open: () => Promise<RelayStorage>): void => {
  const follow = async (storage: RelayStorage, team: string) => {
    const heard: unknown[] = []
    const rings: string[] = []
    const on: PeerListener = {
      appended: ({ head, entries, erased }) =>
        void heard.push([head.version, ...entries.map(({ bytes }) => [...bytes]), erased.length]),
      rosterGrew: (position, operation) => void heard.push([position, [...operation]]),
      rang: (relay) => void rings.push(relay),
      asked: async (question) => question.map((byte) => byte + 1),
      presence: (segment, frame) => void heard.push([segment, [...frame]]),
      lost: () => void heard.push('lost'),
    }
    return { heard, rings, stop: await storage.peers?.follow(team, on) }
  }
  const until = async (isSo: () => boolean) => {
    for (const end = Date.now() + 20_000; !isSo(); await new Promise((resolve) => setTimeout(resolve, 2)))
      if (Date.now() > end) throw new Error('never became true')
  }

  test('tells each relay what the others store, in order', async () => {
    const [one, two] = [await open(), await open()]
    const team = crypto.randomUUID().replaceAll('-', '')
    await one.createTeam(team, bytes(1))
    await one.append(team, batch(0, 5, 1))
    const ears = await follow(two, team)
    await one.append(team, batch(1, 5, 2, { nextSegment: 1 }))
    await one.append(team, batch(2, 6, 1, { segment: 1 }))
    await one.appendRoster(team, 1, bytes(9))
    await until(() => ears.heard.length === 3)
    expect(ears.heard).toEqual([
      [2, [...entry(5, 2).bytes], 0],
      [3, [...entry(6, 1).bytes], 0],
      [1, [9]],
    ])
    expect(await two.peers?.position(team)).toEqual({ version: 3, rosterLength: 2 })
    one.peers?.passOn(team, 1, bytes(1, 2, 3))
    await until(() => ears.heard.length === 4)
    expect(ears.heard.at(-1)).toEqual([1, [1, 2, 3]])
    ears.stop?.()
  })

  test('stores one of two appends that expect the same version, on whichever relay they come', async () => {
    const [one, two] = [await open(), await open()]
    const team = crypto.randomUUID().replaceAll('-', '')
    await one.createTeam(team, bytes(1))
    for (let version = 0; version < 20; version++) {
      const { runs } = await one.openSegment(team)
      const lengthOf = (feed: number) => runs.find((run) => run.feed === feed)?.items.length ?? 0
      const outcomes = await Promise.all([
        one.append(team, batch(version, 5, lengthOf(5) + 1)),
        two.append(team, batch(version, 6, lengthOf(6) + 1)),
      ])
      expect(outcomes.filter(Boolean)).toHaveLength(1)
    }
    const { head, runs } = await two.openSegment(team)
    expect([head.version, runs.flatMap(({ items }) => items)]).toEqual([
      20,
      expect.objectContaining({ length: 20 }),
    ])
  })

  test('brings a question to the relay that stored last, and says so when it is gone', async () => {
    const [one, two] = [await open(), await open()]
    const team = crypto.randomUUID().replaceAll('-', '')
    await one.createTeam(team, bytes(1))
    const ears = [await follow(one, team), await follow(two, team)] as const
    await one.append(team, batch(0, 5, 1))
    await until(() => ears[1].heard.length === 1)
    expect([ears[0].rings, ears[1].rings.length]).toEqual([[], 1])
    const [relay] = ears[1].rings as [string]
    expect([...((await two.peers?.ask(team, relay, bytes(1, 2))) ?? [])]).toEqual([2, 3])
    ears[0].stop?.()
    await expect(two.peers?.ask(team, relay, bytes(1))).rejects.toThrow()
    ears[1].stop?.()
  })

  test('lets one relay claim an id', async () => {
    const [one, two] = [await open(), await open()]
    const id = crypto.randomUUID()
    const outcomes = await Promise.all([
      one.peers?.claim(id, Date.now() + 60_000),
      two.peers?.claim(id, Date.now() + 60_000),
    ])
    expect(outcomes.sort()).toEqual([false, true])
    expect(await one.peers?.claim(id, Date.now() + 60_000)).toBe(false)
  })
}
