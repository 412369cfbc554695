/**
 * The folder of an archive: a day file for each day of arrival (UTC), and `archive.json`, which says up to where all that is
 * true. Lines go first and the word on them after, both durable: what a crash left behind it is cut off at the next start.
 */
import { open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { parseJson } from '../../model/json.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const stateSchema = v.object({
  version: v.literal(1),
  team: v.string(),
  relay: v.string(),
  format: v.picklist(['jsonl', 'cloudevents']),
  /** The device's keys: whoever reads this file reads the team's log. PKCS #8, base64. */
  device: v.object({
    sign: v.string(),
    agree: v.string(),
    signPublic: v.string(),
    agreePublic: v.string(),
  }),
  /** The last operation that was seen, so that a roster which goes back is noticed. */
  roster: v.object({ length: count, hash: v.string() }),
  disk: v.string(),
  /** All segments below are written. */
  segment: count,
  /** By feed, where it stands: number, hash, clock. */
  heads: v.record(v.string(), v.tuple([count, v.string(), count, count])),
  /** The day file that was written to last, and its length. */
  day: v.nullable(v.object({ name: v.string(), bytes: count })),
})
export type ArchiveState = v.InferOutput<typeof stateSchema>

export interface ArchiveFolder {
  /** Undefined for a folder without an archive. Rejects for one whose archive can't be read. */
  readonly load: () => Promise<ArchiveState | undefined>
  /** Appends to the file of `day` (YYYY-MM-DD) and then says so; resolves when both are on disk. */
  readonly commit: (state: Omit<ArchiveState, 'day'>, lines: string, day: string) => Promise<void>
}

const STATE_FILE = 'archive.json'
const DAY_FILE = /^\d{4}-\d\d-\d\d\.jsonl$/

export const openArchiveFolder = (folder: string): ArchiveFolder => {
  let current: ArchiveState['day'] = null

  return {
    load: async () => {
      const text = await readFile(join(folder, STATE_FILE), 'utf8').catch(() => undefined)
      if (text === undefined) {
        const [file] = (await readdir(folder)).filter((name) => DAY_FILE.test(name))
        if (file) throw new Error(`${folder} has day files and no ${STATE_FILE}. Choose an empty folder.`)
        return undefined
      }
      const parsed = v.safeParse(stateSchema, parseJson(text))
      if (!parsed.success)
        throw new Error(`${join(folder, STATE_FILE)} is damaged. Restore it, or choose an empty folder.`)
      current = parsed.output.day
      for (const name of (await readdir(folder)).filter((one) => DAY_FILE.test(one))) {
        if (name === current?.name) await truncate(join(folder, name), current.bytes)
        else if (current === null || name > current.name) await rm(join(folder, name))
      }
      return parsed.output
    },
    commit: async (state, lines, day) => {
      if (lines !== '') {
        const name = `${day}.jsonl`
        const bytes = Buffer.from(lines)
        const file = await open(join(folder, name), 'a', 0o600)
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        current = { name, bytes: (current?.name === name ? current.bytes : 0) + bytes.length }
      }
      const fresh = join(folder, `${STATE_FILE}.new`)
      const file = await open(fresh, 'w', 0o600)
      try {
        await file.writeFile(`${JSON.stringify({ ...state, day: current } satisfies ArchiveState)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(fresh, join(folder, STATE_FILE))
    },
  }
}
