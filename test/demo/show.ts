/** Shows what Daybook recorded: as a table for the terminal, as export files and as screenshots. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { type Entry, isRedacted } from '../../lib/model/entry.ts'
import type { Json } from '../../lib/model/json.ts'
import type { DaybookBrowser } from './browser.ts'

export type ExportFormat = 'CSV' | 'JSON' | 'JSONL'

/** The address of the Audit Logs page that leaves out what isn't of the console: exports and a team's own history. */
export const ofTheConsole = (demoUrl: string): string =>
  `?q=${encodeURIComponent(`app:"${new URL(demoUrl).host}"`)}`

/** The entries that the Audit Logs page shows, apart from its header and its day lines. */
export const entryRows = (review: Page): Locator => review.locator('[role=row]:has(time)')

/** Clicks "Export Logs" on an extension page and keeps the file under its own name in `folder`; resolves to its path. */
export const exportLogs = async (page: Page, format: ExportFormat, folder: string): Promise<string> => {
  await page.getByRole('button', { name: 'Choose export format' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: new RegExp(`^${format}\\b`) }).click()
  const file = await download
  const path = join(folder, file.suggestedFilename())
  await file.saveAs(path)
  return path
}

/** The entries of a JSONL export, newest first. */
export const readEntries = async (path: string): Promise<Entry[]> => {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  const entries = lines.map((line) => JSON.parse(line) as Entry)
  return entries.sort((a, b) => b.time.localeCompare(a.time))
}

/** A table of the timeline's seven columns, one line for each changed field. */
export const timelineTable = (entries: readonly Entry[], width = 150): string => {
  const rows = entries.flatMap((entry) => {
    const head = [
      entry.time.slice(11, 19),
      entry.actor.name,
      entry.resourceType,
      entry.resourceName ?? entry.resourceId,
      entry.action,
    ]
    const shown = entry.changes.slice(0, 4).map((change) => {
      const [before, after] = excerpts(oneLine(change.before), oneLine(change.after))
      return [change.label ?? change.pointer.slice(1), before, after]
    })
    const more = entry.changes.length - shown.length
    if (more > 0) shown.push([`and ${more} more`, '', ''])
    return shown.map((cells, index) => [...(index === 0 ? head : head.map(() => '')), ...cells])
  })
  const table = [
    ['Time', 'Actor', 'Resource type', 'Resource', 'Action', 'Field', 'Before', 'After'],
    ...rows,
  ]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const rule = widths.map((length) => '─'.repeat(length)).join('──')
  return [lines[0], rule, ...lines.slice(1)].map((line) => line?.slice(0, width).trimEnd()).join('\n')
}

const oneLine = (value: Json | undefined): string => {
  if (value === undefined) return '·'
  if (isRedacted(value)) return `(${value.$redacted})`
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ')
}

const EXCERPT_LENGTH = 30

/** Of two long texts the part where they begin to differ. */
const excerpts = (before: string, after: string): [string, string] => {
  if (Math.max(before.length, after.length) <= EXCERPT_LENGTH) return [before, after]
  let same = 0
  while (same < before.length && before[same] === after[same]) same += 1
  const start = Math.max(0, same - EXCERPT_LENGTH / 2)
  const excerpt = (text: string) => {
    const part = text.slice(start, start + EXCERPT_LENGTH)
    return `${start > 0 && text.length > start ? '…' : ''}${part}${text.length > start + EXCERPT_LENGTH ? '…' : ''}`
  }
  return [excerpt(before), excerpt(after)]
}

/** Shows the details of one entry beside the table. */
const openEntry = async (review: Page, resourceId: string) => {
  await entryRows(review).filter({ hasText: resourceId }).click()
  await review.waitForTimeout(300)
}

const VIEWS = [
  { name: 'popup', width: 400, height: 560 },
  { name: 'sidepanel', width: 380, height: 800 },
  { name: 'review', width: 1360, height: 800 },
] as const

/** Popup, side panel and review page as a person sees them beside the active tab; resolves to the files' paths. */
export const takeScreenshots = async (
  browser: DaybookBrowser,
  folder: string,
  demoUrl: string,
): Promise<string[]> => {
  const paths: string[] = []
  for (const { name, width, height } of VIEWS) {
    const page = await browser.open(name, name === 'review' ? ofTheConsole(demoUrl) : '')
    await page.setViewportSize({ width, height })
    // The panel is about what its tab shows: not all of the tour.
    await page.locator('[data-entry]').first().waitFor()
    if (name === 'review') await openEntry(page, 'prm_support_reply')
    const path = join(folder, `${name}.png`)
    await page.screenshot({ path })
    paths.push(path)
    await page.close()
  }
  return paths
}
