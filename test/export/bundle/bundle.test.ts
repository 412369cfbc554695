import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyBundle } from '../../../lib/export/bundle/verify-bundle.ts'
import { writeBundle } from '../../../lib/export/bundle/write-bundle.ts'
import { bytesToBase64url, bytesToHex } from '../../../lib/log/bytes.ts'
import type { Entry } from '../../../lib/model/entry.ts'
import { callType } from '../../../lib/model/rules.ts'
import { correctRows } from '../../../lib/store/corrections.ts'
import { eachEntryBatch } from '../../../lib/store/query.ts'
import { putRule, removeRule } from '../../../lib/store/rules.ts'
import {
  checkBundle,
  createMemorySink,
  faultsOf,
  makeBundle,
  packFiles,
  reportOf,
  unpackBundle,
} from '../../helpers/bundle.ts'
import { makeEntry } from '../../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../../helpers/sync-world.ts'
import { subtle } from '../../helpers/team.ts'

let world: World
let team: string
let ana: Browser
let bo: Browser

const entriesFrom = (start: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, index) =>
    makeEntry(start + index, { resourceType: index % 2 === 0 ? 'setting' : 'webhook' }),
  )

beforeAll(async () => {
  world = await createWorld({ segmentEntries: 16 })
  const gathered = await gatherTeam(world, ['Ana', 'Bo'])
  team = gathered.team
  ;[ana, bo] = gathered.browsers as [Browser, Browser]
  for (const { sync } of [ana, bo]) sync().watch()
  await ana.record(...entriesFrom(0, 20))
  await bo.record(...entriesFrom(100, 10))
  await until('both have all', async () =>
    (await Promise.all([ana, bo].map(async (one) => (await one.entries()).length))).every((n) => n === 30),
  )
  await until('Ana has receipts', async () => (await ana.db.heads.toArray()).some(({ receipt }) => receipt))
})
afterAll(() => world.close())

describe('an evidence bundle', () => {
  test('holds, and gives the entries that the log shows', async () => {
    const { zip, rows, headers, leftOut } = await makeBundle(ana.db, team)
    const { outcome, entries } = await checkBundle(zip)
    if (outcome.kind !== 'checked') throw new Error(outcome.reason)
    expect(faultsOf(outcome.report)).toEqual([])
    expect(outcome.report.counts).toMatchObject({
      headers: 30,
      disclosed: 30,
      sealed: 0,
      erased: 0,
      feeds: 2,
    })
    expect(outcome.report.counts.receipts).toBeGreaterThan(0)
    expect([rows, headers, leftOut]).toEqual([30, 30, 0])
    const shown = new Map((await bo.entries()).map((entry) => [entry.id, entry]))
    expect(entries).toHaveLength(30)
    for (const entry of entries) expect({ ...entry, actor: 0 }).toEqual({ ...shown.get(entry.id), actor: 0 })
  })

  test('keeps sealed what the filter leaves out, and counts it', async () => {
    const { zip } = await makeBundle(ana.db, team, { resourceType: ['webhook'] })
    const { outcome, entries } = await checkBundle(zip)
    if (outcome.kind !== 'checked') throw new Error(outcome.reason)
    expect(faultsOf(outcome.report)).toEqual([])
    expect(outcome.report.counts).toMatchObject({ headers: 30, disclosed: 15, sealed: 15 })
    expect(new Set(entries.map(({ resourceType }) => resourceType))).toEqual(new Set(['webhook']))
    const files = unpackBundle(zip)
    const lines = Object.entries(files).flatMap(([name, text]) =>
      name.startsWith('feeds/') ? text.trimEnd().split('\n') : [],
    )
    expect(lines.filter((line) => line.split(' ').length === 4)).toHaveLength(15)
    expect(lines.filter((line) => line.split(' ').length === 2)).toHaveLength(15)
  })

  test('begins where the filter begins, with an anchor before it', async () => {
    const { zip, headers } = await makeBundle(ana.db, team, {
      from: new Date(Date.now() + 3_600_000).toISOString(),
    })
    expect(headers).toBe(2)
    const report = await reportOf(zip)
    expect(faultsOf(report)).toEqual([])
    expect(report.counts).toMatchObject({ disclosed: 0, sealed: 2 })
  })

  test('still holds when it was unpacked and packed again', async () => {
    const { zip } = await makeBundle(ana.db, team)
    expect(faultsOf(await reportOf(packFiles(unpackBundle(zip))))).toEqual([])
  })

  test('says what the filter shows and the log doesn’t have', async () => {
    await ana.db.apps.put({ origin: 'https://private.test', name: 'Private', state: 'recording', addedAt: 0 })
    await ana.record(makeEntry(900, { app: { origin: 'https://private.test', name: 'Private' } }))
    const { leftOut, zip } = await makeBundle(ana.db, team)
    expect(leftOut).toBe(1)
    expect(JSON.parse(unpackBundle(zip)['manifest.json'] as string).counts.leftOut).toBe(1)
  })

  test('discloses what was signed, not what the maker’s corrections make of it', async () => {
    const webhook = makeEntry(950, { resourceType: 'webhook' })
    const rule = callType(webhook, 'doorbell')
    await putRule(ana.db, { id: 'rule', app: webhook.app.origin, addedAt: 1, rule })
    await correctRows(ana.db)
    // One that is sealed under the correction, too.
    await ana.record(webhook)
    await until('Ana’s is sealed', async () => (await ana.db.envelopes.count()) === 31)
    try {
      const { zip, rows } = await makeBundle(ana.db, team, { resourceType: ['doorbell'] })
      expect(rows).toBe(16)
      const { outcome, entries } = await checkBundle(zip)
      if (outcome.kind !== 'checked') throw new Error(outcome.reason)
      expect(faultsOf(outcome.report)).toEqual([])
      expect(new Set(entries.map(({ resourceType }) => resourceType))).toEqual(new Set(['webhook']))
      const shown: Entry[] = []
      for await (const batch of eachEntryBatch(ana.db, { resourceType: ['doorbell'] }, 100))
        shown.push(...batch)
      expect(shown).toHaveLength(16)
      for (const entry of shown) expect(entry).toMatchObject({ recorded: { resourceType: 'webhook' } })
    } finally {
      await removeRule(ana.db, 'rule')
      await correctRows(ana.db)
    }
  })

  test('gives away no word of what stays sealed, and no key but those of what it discloses', async () => {
    const { zip } = await makeBundle(ana.db, team, { resourceType: ['webhook'] })
    const text = Object.values(unpackBundle(zip)).join('\n')
    const sealed = (await ana.entries()).filter(({ resourceType }) => resourceType !== 'webhook')
    expect(sealed.length).toBeGreaterThan(10)
    for (const { id } of sealed) expect(text).not.toContain(id)
    const context = await ana.teams.context(team)
    expect(context?.keys.size).toBeGreaterThan(0)
    for (const key of context?.keys.values() ?? []) {
      expect(text).not.toContain(bytesToHex(key))
      expect(text).not.toContain(bytesToBase64url(key))
    }
    expect(text.match(/ [0-9a-f]{64}\n/g)).toHaveLength(16)
  })

  test('is checked step by step, and the check can be cancelled', async () => {
    const { zip } = await makeBundle(ana.db, team)
    const controller = new AbortController()
    const steps: [number, number][] = []
    const checking = verifyBundle(new Blob([zip]), {
      subtle,
      signal: controller.signal,
      onProgress: (...step) => {
        steps.push(step)
        controller.abort()
      },
    })
    await expect(checking).rejects.toThrow('abort')
    const [[checked, of] = [0, 0]] = steps
    expect(checked).toBeGreaterThan(0)
    expect(checked).toBeLessThan(of)
  })

  test('is thrown away when it is cancelled', async () => {
    const sink = createMemorySink()
    const controller = new AbortController()
    const writing = writeBundle({
      db: ana.db,
      subtle,
      team,
      filter: {},
      sink,
      appVersion: '0',
      nowMs: Date.now,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(writing).rejects.toThrow('abort')
    expect([sink.isClosed(), sink.bytes().length]).toEqual([false, 0])
  })
})
