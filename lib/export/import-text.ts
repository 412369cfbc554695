/** The text of a file that comes from outside, as it streams in: decoded strictly, cut into lines or CSV rows, none without bound. */
import Papa from 'papaparse'

/** Ends an import with a sentence for a person. */
export class ImportFault extends Error {}

/** By the mark at the start; UTF-8 without one. */
export const encodingOf = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}

/** `share` is how much of the file had been read by then. */
export interface Shared<Value> {
  readonly value: Value
  readonly share: number
}

/** A line or row longer than this is no entry, and must not fill the memory. */
const MAX_LINE_LENGTH = 4 * 2 ** 20

export async function* linesOf(file: Blob, signal: AbortSignal | undefined): AsyncGenerator<Shared<string>> {
  let rest = ''
  for await (const { value: text, share } of textOf(file, signal)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const value of lines) yield { value, share }
    if (rest.length > MAX_LINE_LENGTH) throw new ImportFault('A line is too long to be an entry.')
  }
  if (rest !== '') yield { value: rest, share: 1 }
}

/** Whole rows. Separator and line end are what the header uses: spreadsheets of some countries write `;`. */
export async function* csvRowsOf(
  file: Blob,
  signal: AbortSignal | undefined,
): AsyncGenerator<Shared<readonly string[][]>> {
  let rest = ''
  let dialect: CsvDialect | undefined
  const parse = (text: string) =>
    Papa.parse<string[]>(text, { ...(dialect ?? dialectOf(text)), skipEmptyLines: true }).data
  for await (const { value: text, share } of textOf(file, signal)) {
    rest += text
    // A line end of two characters may be cut in the middle.
    if (/[\r\n]./s.test(rest)) dialect ??= dialectOf(rest)
    const cut = dialect ? lastRowEnd(rest, dialect) : 0
    if (rest.length - cut > MAX_LINE_LENGTH) throw new ImportFault('A row is too long to be an entry.')
    if (cut === 0) continue
    yield { value: parse(rest.slice(0, cut)), share }
    rest = rest.slice(cut)
  }
  if (rest.trim() !== '') yield { value: parse(rest), share: 1 }
}

interface CsvDialect {
  readonly delimiter: string
  readonly newline: '\r\n' | '\n' | '\r'
}

const dialectOf = (text: string): CsvDialect => {
  const [header = ''] = text.split(/[\r\n]/, 1)
  const end = text.slice(header.length, header.length + 2)
  return {
    delimiter: [',', ';', '\t', '|'].find((mark) => header.split(mark).length > 5) ?? ',',
    newline: end === '\r\n' ? '\r\n' : end.startsWith('\r') ? '\r' : '\n',
  }
}

/** Past the last line end that is not inside quotes. */
const lastRowEnd = (text: string, { newline }: CsvDialect): number => {
  const last = newline.charCodeAt(newline.length - 1)
  let end = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) isQuoted = !isQuoted
    else if (code === last && !isQuoted) end = index + 1
  }
  return end
}

const QUOTE = 34

export const wholeText = async (file: Blob): Promise<string> =>
  decode(await decoderOf(file), new Uint8Array(await file.arrayBuffer()), false)

/** Decoded text as it comes. */
async function* textOf(file: Blob, signal: AbortSignal | undefined): AsyncGenerator<Shared<string>> {
  const decoder = await decoderOf(file)
  let bytes = 0
  const reader = file.stream().getReader()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await reader.read()
      bytes += value?.length ?? 0
      yield { value: decode(decoder, value, !done), share: bytes / file.size }
      if (done) return
    }
  } finally {
    await reader.cancel()
  }
}

const decoderOf = async (file: Blob): Promise<TextDecoder> =>
  new TextDecoder(encodingOf(new Uint8Array(await file.slice(0, 2).arrayBuffer())), { fatal: true })

const decode = (decoder: TextDecoder, bytes: Uint8Array | undefined, stream: boolean): string => {
  try {
    return decoder.decode(bytes, { stream })
  } catch {
    throw new ImportFault(
      'The file is not in UTF-8. If a spreadsheet saved it, save it again as “CSV UTF-8”.',
    )
  }
}
