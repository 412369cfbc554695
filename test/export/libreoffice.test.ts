/** LibreOffice Calc opens an exported CSV and writes it again: the same cells, and none of them taken for a formula. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import Papa from 'papaparse'
import { afterAll, expect, test } from 'vitest'
import { CSV_TITLES, encodeCsvHeader, encodeCsvRows } from '../../lib/export/csv.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { makeEntry } from '../helpers/entries.ts'
import { hostileEntry } from '../helpers/hostile-entries.ts'

const OFFICE = [process.env.OFFICE, 'soffice', 'libreoffice'].find(
  (name) => name && spawnSync(name, ['--version']).status === 0,
)
const folder = mkdtempSync(join(tmpdir(), 'daybook-office-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

if (!OFFICE)
  process.stderr.write(
    'LibreOffice is not installed (apt-get install libreoffice-calc): its test is skipped.\n',
  )

/** Separator, quote, UTF-8, first row. */
const CSV = '44,34,76,1'
const AS_TEXT = CSV_TITLES.map((_, index) => `${index + 1}/2`).join('/')

/** Through Calc and back; `columns` tells it what to take the columns for. */
const throughCalc = (name: string, csv: string, columns: string): string[][] => {
  const file = join(folder, `${name}.csv`)
  writeFileSync(file, csv)
  const output = join(folder, 'out')
  execFileSync(
    OFFICE as string,
    [
      `-env:UserInstallation=file://${folder}/profile`,
      '--headless',
      `--infilter=Text - txt - csv (StarCalc):${CSV},${columns}`,
      '--convert-to',
      `csv:Text - txt - csv (StarCalc):${CSV},,0,false,true,false`,
      '--outdir',
      output,
      file,
    ],
    { stdio: 'pipe', timeout: 100_000 },
  )
  return Papa.parse<string[]>(readFileSync(join(output, `${name}.csv`), 'utf8'), {
    delimiter: ',',
    newline: '\n',
    skipEmptyLines: true,
  }).data
}

const read = (csv: string) =>
  Papa.parse<string[]>(csv, { delimiter: ',', newline: '\r\n', skipEmptyLines: true }).data

/** Calc's cells hold no control characters, and line ends of one kind. */
const asCalcHoldsIt = (cell: string) => cell.replace(/\r\n?/g, '\n')
const withoutControls = (entry: Entry): Entry =>
  JSON.parse(JSON.stringify(entry), (_key, value) =>
    typeof value === 'string' ? value.replace(/[^\P{C}\r\n\t]|[\u2028\u2029]/gu, '?') : value,
  )

test.skipIf(!OFFICE)('hostile cells come back from LibreOffice as they went', { timeout: 120_000 }, () => {
  const entries = fc.sample(hostileEntry, { numRuns: 400, seed: 7 }).map(withoutControls)
  const csv = encodeCsvHeader() + encodeCsvRows(entries)
  const back = throughCalc('hostile', csv, AS_TEXT)
  expect(back).toEqual(read(csv).map((row) => row.map(asCalcHoldsIt)))
})

test.skipIf(!OFFICE)(
  'no cell is taken for a formula, even where Calc guesses what cells are',
  { timeout: 120_000 },
  () => {
    const names = ['=1+1', '+1+1', '-1+1', '@SUM(1;1)', '\t=1+1', '=HYPERLINK("http://x";"y")', "'=1+1"]
    const csv =
      encodeCsvHeader() +
      encodeCsvRows(names.map((name, index) => makeEntry(index, { actor: { id: name, name } })))
    const [titles = [], ...rows] = throughCalc('formulas', csv, '')
    expect(rows.map((row) => row[titles.indexOf('Actor')])).toEqual(names.map((name) => `'${name}`))
  },
)
