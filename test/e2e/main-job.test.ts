/** The main job, end to end on the Acme Console: six changes are recorded, shown and exported, and nothing else is. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Papa from 'papaparse'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { PEOPLE } from '../demo/acme.ts'
import { type DaybookBrowser, openDaybook } from '../demo/browser.ts'
import { createDemo, type Demo } from '../demo/server.ts'
import { entryRows, exportLogs, ofTheConsole, readEntries } from '../demo/show.ts'
import { lookAround, saveInvalidTimeout, TOUR, TOUR_SECRET } from '../demo/tour.ts'

const COLUMNS = ['Time', 'Actor', 'Resource Type', 'Resource ID', 'Action', 'Before', 'After']

let demo: Demo
let browser: DaybookBrowser
let review: Page
let folder: string
/** In the order in which the tour made them. */
let entries: readonly Entry[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-main-job-'))
  demo = await createDemo()
  browser = await openDaybook({ person: PEOPLE[0], headless: true })
  const page = browser.context.pages()[0] ?? (await browser.context.newPage())
  await lookAround(page, demo.url)
  for (const stop of TOUR) await stop.act(page, demo.url)
  await saveInvalidTimeout(page, demo.url)
  await lookAround(page, demo.url)
  review = await browser.open('review', ofTheConsole(demo.url))
  await entryRows(review)
    .nth(TOUR.length - 1)
    .waitFor({ timeout: 20_000 })
  entries = (await readEntries(await exportLogs(review, 'JSONL', folder))).reverse()
})

afterAll(async () => {
  await browser?.close()
  await demo?.close()
  await rm(folder, { recursive: true, force: true })
})

test('six changes are recorded and nothing else is', () => {
  expect(entries.map((entry) => `${entry.action} ${entry.resourceType}`)).toEqual(
    TOUR.map(({ expected }) => `${expected.action} ${expected.resourceType}`),
  )
})

describe('each change', () => {
  for (const [index, { title, expected }] of TOUR.entries()) {
    test(`${title}: has its actor, resource, action, before and after`, () => {
      const entry = entries[index]
      expect(entry).toMatchObject({
        actor: PEOPLE[0],
        app: { origin: demo.url },
        action: expected.action,
        resourceType: expected.resourceType,
        resourceId:
          expected.resourceId instanceof RegExp
            ? expect.stringMatching(expected.resourceId)
            : expected.resourceId,
        evidence: { grade: expect.stringMatching(/^(accepted|readBack)$/) },
      })
      const changes = Object.fromEntries(entry?.changes.map((change) => [change.pointer, change]) ?? [])
      for (const [pointer, values] of Object.entries(expected.changes))
        expect(changes[pointer], pointer).toMatchObject(values)
      if (expected.action === 'update')
        expect(Object.keys(changes).sort()).toEqual(Object.keys(expected.changes).sort())
      if (expected.action === 'create') expect(entry?.before).toBeNull()
      if (expected.action === 'delete') expect(entry?.after).toBeNull()
    })
  }
})

test('the page shows who the app says is signed in', () => {
  for (const entry of entries) expect(entry.actor.account, entry.resourceType).toContain('Ana Ferreira')
})

test('the three exports hold the same entries as the list shows', async () => {
  const header = await review.locator('[role=columnheader]').allInnerTexts()
  expect(header.map((cell) => cell.trim()).filter((cell) => cell !== '')).toEqual(COLUMNS)
  const shown = await entryRows(review).count()

  const csv = Papa.parse<string[]>(await readFile(await exportLogs(review, 'CSV', folder), 'utf8'), {
    skipEmptyLines: true,
  }).data
  expect(csv[0]?.slice(0, COLUMNS.length)).toEqual(COLUMNS)
  const json = JSON.parse(await readFile(await exportLogs(review, 'JSON', folder), 'utf8')) as {
    entries: Entry[]
  }
  expect([csv.length - 1, json.entries.length]).toEqual([shown, shown])

  const inOrder = [...json.entries].sort((a, b) => a.time.localeCompare(b.time))
  expect(inOrder).toEqual(entries)
  const cellsOf = (entry: Entry) => [
    entry.time,
    entry.actor.name,
    entry.resourceType,
    entry.resourceId,
    entry.action,
  ]
  expect(
    csv
      .slice(1)
      .map((row) => row.slice(0, 5))
      .sort(),
  ).toEqual(entries.map(cellsOf).sort())
})

test('no export holds the secret that was typed, and the redaction says what it was', async () => {
  for (const format of ['CSV', 'JSON', 'JSONL'] as const)
    expect(await readFile(await exportLogs(review, format, folder), 'utf8')).not.toContain(TOUR_SECRET)
  expect(entries.at(-1)?.redactions.map(({ pointer }) => pointer)).toEqual(['/webhookSigningSecret'])
})
