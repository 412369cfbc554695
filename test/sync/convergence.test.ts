/**
 * Any number of things happen to a team in any order: writing, going offline, workers and relays dying, frames lost,
 * doubled and overtaken, clocks that disagree. When all is quiet again, everyone has everything, once, and no alarm
 * accuses anybody. A failing run prints its seed; seeds that failed once stay in `KNOWN_SEEDS`.
 */
import { expect, test } from 'vitest'
import { decodeEnvelope } from '../../lib/log/envelope.ts'
import { makeEntry } from '../helpers/entries.ts'
import { type Browser, createWorld, type Fate, gatherTeam, until } from '../helpers/sync-world.ts'

const RUNS = process.env.SLOW === undefined ? 50 : 1000
const BATCH = 10
const ALARM_MS = 5_000
const KNOWN_SEEDS: readonly number[] = []

/** mulberry32 */
const createRandom = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const runOnce = async (seed: number): Promise<void> => {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const world = await createWorld({ segmentEntries: 3 + below(8) }, random)
  const names = ['Ana', 'Bo', 'Cy', 'Di', 'Ed', 'Flo'].slice(0, 3 + below(4))
  const { browsers } = await gatherTeam(world, names, () => below(80_000) - 40_000)
  const chances = { cut: random() * 0.02, twice: random() * 0.1, late: random() * 0.1 }
  const fate = (): Fate => {
    const drawn = random()
    if (drawn < chances.cut) return 'cut'
    if (drawn < chances.cut + chances.twice) return 'twice'
    return drawn < chances.cut + chances.twice + chances.late ? 'late' : 'pass'
  }
  world.setFate(fate)
  const recorded: string[] = []
  const watching = new Map<Browser, () => void>()
  const look = (browser: Browser): void => {
    if (!watching.has(browser)) watching.set(browser, browser.sync().watch())
  }
  const lookAway = (browser: Browser): void => {
    watching.get(browser)?.()
    watching.delete(browser)
  }

  for (let step = 0; step < 30; step++) {
    const browser = browsers[below(browsers.length)] as Browser
    const drawn = random()
    if (drawn < 0.45) {
      const entries = Array.from({ length: 1 + below(4) }, (_, index) => makeEntry(recorded.length + index))
      recorded.push(...entries.map(({ id }) => id))
      await browser.record(...entries)
    } else if (drawn < 0.55) browser.setOnline(false)
    else if (drawn < 0.65) browser.setOnline(true)
    else if (drawn < 0.72) look(browser)
    else if (drawn < 0.77) lookAway(browser)
    else if (drawn < 0.85) {
      watching.delete(browser)
      await browser.restart()
    } else if (drawn < 0.91) await world.restartRelay()
    else if (drawn < 0.93) await world.restartRelay(true)
    else await new Promise((resolve) => setTimeout(resolve, below(15)))
  }

  world.setFate(() => 'pass')
  for (const browser of browsers) {
    browser.setOnline(true)
    look(browser)
    await browser.sync().lookIn()
  }
  try {
    // As the background's alarm does: who lost a wake-up looks in again.
    let alarmAt = Date.now() + ALARM_MS
    const isDone = async () => {
      if (Date.now() > alarmAt) {
        alarmAt = Date.now() + ALARM_MS
        for (const browser of browsers) await browser.sync().lookIn()
      }
      for (const { db } of browsers) if ((await db.envelopes.count()) < recorded.length) return false
      for (const { db } of browsers) if ((await db.outbox.count()) > 0) return false
      return true
    }
    await until('everyone has everything', isDone, 120_000).catch(async (error: unknown) => {
      const states = await Promise.all(browsers.map((browser) => stateOf(browser, recorded)))
      throw new Error(states.join('\n'), { cause: error })
    })
    for (const browser of browsers) await expectWhole(browser, recorded)
  } finally {
    await world.close()
  }
}

/** Where it hangs. */
const stateOf = async ({ name, db }: Browser, recorded: readonly string[]): Promise<string> => {
  const heads = (await db.heads.toArray()).map(({ feed, seq, storedSeq }) => [feed, seq, storedSeq])
  const [sync] = await db.syncs.toArray()
  const here = `${await db.envelopes.count()} of ${recorded.length}, ${await db.outbox.count()} waiting`
  const alarms = (await db.alarms.toArray()).map(({ kind, detail }) => `${kind}: ${detail}`)
  return `${name}: ${here} ${JSON.stringify({ heads, sync, alarms })}`
}

const expectWhole = async (browser: Browser, recorded: readonly string[]): Promise<void> => {
  expect((await browser.entries()).map(({ id }) => id)).toEqual([...recorded].sort())
  const alarms = (await browser.db.alarms.toArray()).map(({ kind }) => kind)
  expect(alarms.filter((kind) => kind !== 'relay lost data')).toEqual([])
  const seqs = new Map<number, number[]>()
  for (const { feed, seq, bytes, entry } of await browser.db.envelopes.toArray()) {
    const envelope = decodeEnvelope(bytes)
    expect(envelope.ok && envelope.value.header).toMatchObject({ feed, seq })
    expect(recorded).toContain(entry)
    seqs.set(feed, [...(seqs.get(feed) ?? []), seq])
  }
  for (const list of seqs.values()) expect(list).toEqual(list.map((_, index) => index + 1))
}

const seeds = [...KNOWN_SEEDS, ...Array.from({ length: RUNS }, (_, index) => index + 1)]
const batches = Array.from({ length: Math.ceil(seeds.length / BATCH) }, (_, index) =>
  seeds.slice(index * BATCH, (index + 1) * BATCH),
)

test.each(batches.map((batch) => [batch[0], batch.at(-1), batch] as const))(
  'everyone has everything in the end, seeds %i to %i',
  { timeout: 900_000, retry: 0 },
  async (_first, _last, batch) => {
    // Side by side: a run mostly waits for what its network swallowed.
    await Promise.all(
      batch.map((seed) =>
        runOnce(seed).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error })
        }),
      ),
    )
  },
)
