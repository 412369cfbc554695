/** Reads clones of answers: few at a time, each up to a size and a time, with a short queue that drops rather than grows. */
import { type BodyText, isWorthReading, MAX_RESPONSE_CHARACTERS } from './bodies.ts'
import { forget, getter, later, uncurry } from './natives.ts'

export interface Reads {
  /** `clone` is the hook's own. `isRead`: nothing is changed by the call, and only some answers are worth it. `done` gets nothing where nothing was read. */
  readonly read: (clone: Response, isRead: boolean, done: (body?: BodyText) => void) => void
  readonly isTooLong: (contentLength: string | undefined) => boolean
}

const AT_ONCE = 4
const MAX_WAITING = 12
const MAX_MS = 5000

const bodyOf = getter(Response.prototype, 'body')
const openReader = uncurry(ReadableStream.prototype.getReader as (this: ReadableStream) => Reader)
const readChunk = uncurry(ReadableStreamDefaultReader.prototype.read as Reader['read'])
const cancelReader = uncurry(ReadableStreamDefaultReader.prototype.cancel)
const cancelStream = uncurry(ReadableStream.prototype.cancel)
const decode = uncurry(TextDecoder.prototype.decode)

type Reader = ReadableStreamDefaultReader<Uint8Array>

export const createReads = (): Reads => {
  const waiting: (() => void)[] = []
  let running = 0

  const next = () => {
    if (running < AT_ONCE) waiting.shift()?.()
  }
  return {
    read: (clone, isRead, done) => {
      const stream = bodyOf(clone)
      if (!stream) return done()
      if (waiting.length >= MAX_WAITING) {
        void cancelStream(stream)
        return done()
      }
      waiting.push(async () => {
        running += 1
        const body = await readText(stream, isRead)
        running -= 1
        next()
        done(body)
      })
      next()
    },
    isTooLong: (contentLength) => Number(contentLength) > MAX_RESPONSE_CHARACTERS,
  }
}

const readText = async (stream: ReadableStream, isRead: boolean): Promise<BodyText | undefined> => {
  let text = ''
  let timer: ReturnType<typeof later> | undefined
  try {
    const reader = openReader(stream)
    const decoder = new TextDecoder()
    let late = false
    timer = later(() => {
      late = true
      void cancelReader(reader).catch(() => {})
    }, MAX_MS)
    for (;;) {
      const { done, value } = await readChunk(reader)
      if (done) return { text: text + decode(decoder), cut: late }
      text += decode(decoder, value, { stream: true })
      const unwanted = isRead && !isWorthReading(text)
      if (unwanted || text.length > MAX_RESPONSE_CHARACTERS) {
        void cancelReader(reader).catch(() => {})
        return unwanted ? undefined : { text: text.slice(0, MAX_RESPONSE_CHARACTERS), cut: true }
      }
    }
  } catch {
    return undefined
  } finally {
    if (timer !== undefined) forget(timer)
  }
}
