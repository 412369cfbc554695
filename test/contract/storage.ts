/** What every adapter of the relay's storage port must do. */
import { expect, test } from 'vitest'
import { type AppendBatch, EMPTY_HEAD, type RelayStorage } from '../../server/storage/storage.ts'

const TEAM = 'aa'.repeat(16)
const OTHER = 'bb'.repeat(16)
const LARGEST_FEED = Number.MAX_SAFE_INTEGER

const bytes = (...values: number[]) => Uint8Array.from(values)
const plain = (list: readonly Uint8Array[]) => list.map((item) => [...item])

/** `count` entries of one feed after version `version`, the first with sequence number `from`. */
const batch = (version: number, feed: number, from: number, count = 1, segment = 0): AppendBatch => ({
  expectedVersion: version,
  segment,
  entries: Array.from({ length: count }, (_, index) => ({
    feed,
    seq: from + index,
    bytes: bytes(feed % 251, from + index),
  })),
  spans: [{ feed, from: 1, count: from + count - 1 }],
  head: { version: version + 1, segment, entries: version + count, bytes: 2 * (version + count) },
})

/** `open` gives an empty storage; `reopen` the same one as a new process would see it. */
export const storageContract = (
  open: () => Promise<{ readonly storage: RelayStorage; readonly reopen: () => Promise<RelayStorage> }>,
): void => {
  test('creates a team once and keeps the first genesis', async () => {
    const { storage } = await open()
    expect(await storage.roster(TEAM)).toEqual([])
    expect(await storage.createTeam(TEAM, bytes(1))).toBe(true)
    expect(await storage.createTeam(TEAM, bytes(2))).toBe(false)
    expect(plain(await storage.roster(TEAM))).toEqual([[1]])
    expect(await storage.roster(OTHER)).toEqual([])
  })

  test('appends to the roster only at its end', async () => {
    const { storage } = await open()
    expect(await storage.appendRoster(TEAM, 1, bytes(9))).toBe(false)
    await storage.createTeam(TEAM, bytes(1))
    const outcomes = await Promise.all([
      storage.appendRoster(TEAM, 1, bytes(2)),
      storage.appendRoster(TEAM, 1, bytes(3)),
    ])
    expect(outcomes).toEqual([true, false])
    expect(await storage.appendRoster(TEAM, 3, bytes(4))).toBe(false)
    expect(await storage.appendRoster(TEAM, 0, bytes(4))).toBe(false)
    expect(plain(await storage.roster(TEAM))).toEqual([[1], [2]])
  })

  test('appends where the version is the expected one, and nothing where it is not', async () => {
    const { storage } = await open()
    await storage.createTeam(TEAM, bytes(1))
    expect(await storage.head(TEAM)).toEqual(EMPTY_HEAD)
    const outcomes = await Promise.all([
      storage.append(TEAM, batch(0, 5, 1)),
      storage.append(TEAM, batch(0, 6, 1)),
      storage.append(TEAM, batch(1, 5, 2, 3)),
      storage.append(TEAM, batch(7, 5, 9)),
    ])
    expect(outcomes).toEqual([true, false, true, false])
    expect(await storage.head(TEAM)).toMatchObject({ version: 2 })
    expect(await storage.spans(TEAM, 0)).toEqual([{ feed: 5, from: 1, count: 4 }])
    expect(plain(await storage.entries(TEAM, 5, 1, 10))).toEqual([
      [5, 1],
      [5, 2],
      [5, 3],
      [5, 4],
    ])
    expect(await storage.entries(TEAM, 6, 1, 10)).toEqual([])
  })

  test('reads stretches of a feed, its last entry, and each segment apart', async () => {
    const { storage } = await open()
    await storage.createTeam(TEAM, bytes(1))
    await storage.append(TEAM, batch(0, LARGEST_FEED, 1, 3))
    await storage.append(TEAM, batch(1, 7, 1, 1, 1))
    expect(plain(await storage.entries(TEAM, LARGEST_FEED, 2, 1))).toEqual([[LARGEST_FEED % 251, 2]])
    expect(await storage.lastEntry(TEAM, LARGEST_FEED)).toMatchObject({ feed: LARGEST_FEED, seq: 3 })
    expect(await storage.lastEntry(TEAM, 8)).toBeUndefined()
    expect(await storage.lastEntry(OTHER, 7)).toBeUndefined()
    expect(await storage.spans(TEAM, 1)).toEqual([{ feed: 7, from: 1, count: 1 }])
    expect(await storage.spans(TEAM, 2)).toEqual([])
  })

  test('gives bytes that later reads do not change', async () => {
    const { storage } = await open()
    await storage.createTeam(TEAM, bytes(1))
    await storage.append(TEAM, batch(0, 3, 1, 200))
    const first = await storage.entries(TEAM, 3, 1, 100)
    await storage.entries(TEAM, 3, 101, 100)
    expect(plain(first)).toEqual(Array.from({ length: 100 }, (_, index) => [3, index + 1]))
    // Not even by a reader who changes a slice: a Buffer's slice would be a view.
    first[0]?.slice().fill(9)
    expect([...(first[0] as Uint8Array)]).toEqual([3, 1])
  })

  test('keeps the first evidence of a fork', async () => {
    const { storage } = await open()
    await storage.createTeam(TEAM, bytes(1))
    await storage.keepEvidence(TEAM, { feed: 5, seq: 2, bytes: bytes(1) })
    await storage.keepEvidence(TEAM, { feed: 5, seq: 2, bytes: bytes(2) })
    await storage.keepEvidence(TEAM, { feed: 4, seq: 9, bytes: bytes(3) })
    const kept = await storage.evidence(TEAM)
    expect(kept.map(({ feed, seq, bytes }) => [feed, seq, ...bytes])).toEqual([
      [4, 9, 3],
      [5, 2, 1],
    ])
  })

  test('makes a secret once', async () => {
    const { storage } = await open()
    const first = await storage.secret('key', () => bytes(1, 2))
    expect([...first]).toEqual([1, 2])
    expect([...(await storage.secret('key', () => bytes(3)))]).toEqual([1, 2])
    await storage.checkWritable()
  })

  test('has everything after it was opened again', async () => {
    const { storage, reopen } = await open()
    await storage.createTeam(TEAM, bytes(1))
    await storage.appendRoster(TEAM, 1, bytes(2))
    await storage.append(TEAM, batch(0, 5, 1, 2))
    await storage.secret('key', () => bytes(7))
    const again = await reopen()
    expect(plain(await again.roster(TEAM))).toEqual([[1], [2]])
    expect(await again.head(TEAM)).toEqual({ version: 1, segment: 0, entries: 2, bytes: 4 })
    expect(plain(await again.entries(TEAM, 5, 1, 2))).toEqual([
      [5, 1],
      [5, 2],
    ])
    expect([...(await again.secret('key', () => bytes(8)))]).toEqual([7])
  })
}
