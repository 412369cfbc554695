/** `npm run har -- FILE...`: what Daybook records from HAR files, one entry a line. Each file is a visit of its own. */
import { readFileSync } from 'node:fs'
import type { Entry, EntryDraft } from '../../model/entry.ts'
import { recordHar } from './record-har.ts'

const main = (files: readonly string[]): void => {
  if (files.length === 0) {
    console.error('Usage: npm run --silent har -- FILE...')
    process.exitCode = 2
  }
  for (const file of files) {
    try {
      for (const draft of recordHar(readFileSync(file, 'utf8')))
        process.stdout.write(`${JSON.stringify({ ...entryOf(draft), har: file })}\n`)
    } catch (error) {
      console.error(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
      process.exitCode = 1
    }
  }
}

const entryOf = ({ account, ...draft }: EntryDraft): Entry => {
  const origin = originOf(draft.evidence.url)
  return {
    ...draft,
    actor: { id: 'har', name: 'har', ...(account !== undefined && { account }) },
    app: { origin, name: origin.replace(/^https?:\/\//, '') },
  }
}

const originOf = (url: string | undefined): string => {
  try {
    return new URL(url ?? '').origin
  } catch {
    return ''
  }
}

main(process.argv.slice(2))
