/** The recordings of real apps, where they are at hand, scored by their own measure. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordHar } from '../../lib/capture/har/record-har.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/corpus')
const CORPUS = existsSync(FOLDER) ? realpathSync(FOLDER) : FOLDER

test.skipIf(!existsSync(join(CORPUS, 'score.mjs')))(
  'recordings of real apps reach every goal',
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'corpus-'))
    try {
      const files = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.har'),
      )
      const lines = files.flatMap((file) => {
        const har = join(CORPUS, file)
        return recordHar(readFileSync(har, 'utf8')).map(({ account, ...draft }) =>
          JSON.stringify({ ...draft, actor: { id: 'har', name: 'har', account }, har }),
        )
      })
      const entries = join(folder, 'entries.jsonl')
      writeFileSync(entries, lines.join('\n'))
      const score = spawnSync(
        process.execPath,
        [join(CORPUS, 'score.mjs'), '--verbose', '--entries', entries],
        { encoding: 'utf8' },
      )
      expect(score.status, score.stdout + score.stderr).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
