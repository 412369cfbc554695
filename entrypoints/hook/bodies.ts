/** What a request carries, as bounded text, and which headers say something about it. Streams are never touched. */
import { peek, tagOf, uncurry } from './natives.ts'

export const MAX_REQUEST_CHARACTERS = 256 * 1024
export const MAX_RESPONSE_CHARACTERS = 512 * 1024

export interface BodyText {
  readonly text: string
  readonly cut: boolean
  /** The content-type that the browser will send by itself. */
  readonly type?: string
}

/** Longer markup than this is a page's, not a dialog's. */
const MAX_MARKUP_CHARACTERS = 128 * 1024

const URL_ENCODED = 'application/x-www-form-urlencoded'
const REQUEST_HEADERS =
  /^(content-type|accept|x-(http-)?method(-override)?|x-requested-with|x-livewire|x-inertia.*|hx-.*|next-action|soapaction|x-amz-target)$/i
const RESPONSE_HEADERS = /^(content-type|content-length|location|x-inertia.*|hx-.*|x-action-.*)$/i

const searchToString = uncurry(URLSearchParams.prototype.toString)
const formForEach = uncurry(FormData.prototype.forEach)
const headersForEach = uncurry(Headers.prototype.forEach)
const blobSlice = uncurry(Blob.prototype.slice)
const blobText = uncurry(Blob.prototype.text)
const sliceBytes = uncurry(Uint8Array.prototype.slice)
const requestText = uncurry(Request.prototype.text)

/** What a request carries, as it is now, for reading later: text stays as it is; what the page could change meanwhile is copied. */
export type TakenBody = string | (() => BodyText | Promise<BodyText>) | undefined

/** What a page only reads is told where it is JSON, or markup that may hold a form. May be asked of the beginning. */
export const isWorthReading = (text: string): boolean => {
  const first = /\S/.exec(text)?.[0]
  return first === '<'
    ? text.length <= MAX_MARKUP_CHARACTERS
    : text.length <= MAX_RESPONSE_CHARACTERS && (first === undefined || /[[{("]/.test(first))
}

/** Undefined where there is none or it can't be read. A copied Request is its own body. */
export const takeBody = (body: unknown): TakenBody => {
  if (typeof body === 'string') return body
  if (typeof body !== 'object' || body === null) return undefined
  const tag = tagOf(body)
  if (tag === 'URLSearchParams') {
    const text = searchToString(body as URLSearchParams)
    return () => ({ ...cutText(text, MAX_REQUEST_CHARACTERS), type: URL_ENCODED })
  }
  if (tag === 'FormData') {
    const fields: [string, string | File][] = []
    formForEach(body as FormData, (value, name) => fields.push([name, value]))
    return () => fieldsToText(fields)
  }
  if (tag === 'Request') return () => requestToText(body as Request)
  if (tag === 'Blob' || tag === 'File') return () => blobToText(body as Blob)
  if (tag === 'ArrayBuffer') return takeBytes(body as ArrayBuffer, 0, (body as ArrayBuffer).byteLength)
  if (!ArrayBuffer.isView(body)) return undefined
  return takeBytes(body.buffer, body.byteOffset, body.byteLength)
}

/** Of a blob or a Request: a promise. */
export const readBody = (taken: TakenBody): BodyText | Promise<BodyText> | undefined =>
  typeof taken === 'string' ? cutText(taken, MAX_REQUEST_CHARACTERS) : taken?.()

export const cutText = (text: string, limit: number): BodyText =>
  text.length > limit ? { text: text.slice(0, limit), cut: true } : { text, cut: false }

/** Url-encoded; a file is its name. */
const fieldsToText = (fields: readonly (readonly [string, string | File])[]): BodyText => {
  const told = new URLSearchParams()
  let size = 0
  for (const [name, value] of fields) {
    const text = typeof value === 'string' ? value : value.name
    size += name.length + text.length + 2
    if (size <= MAX_REQUEST_CHARACTERS) told.append(name, text)
  }
  return {
    ...cutText(searchToString(told), MAX_REQUEST_CHARACTERS),
    cut: size > MAX_REQUEST_CHARACTERS,
    type: URL_ENCODED,
  }
}

const requestToText = async (copy: Request): Promise<BodyText> =>
  cutText(await requestText(copy), MAX_REQUEST_CHARACTERS)

const blobToText = async (blob: Blob): Promise<BodyText> => {
  const { type } = blob
  if (!isReadableType(type)) return { text: '', cut: true, type }
  const text = await blobText(blobSlice(blob, 0, MAX_REQUEST_CHARACTERS))
  return { text, cut: blob.size > MAX_REQUEST_CHARACTERS, ...(type && { type }) }
}

/** Bytes that are UTF-8 text: some clients encode their JSON themselves. */
const takeBytes = (buffer: ArrayBufferLike, from: number, length: number): TakenBody => {
  if (length > MAX_REQUEST_CHARACTERS) return undefined
  const copy = sliceBytes(new Uint8Array(buffer, from, length))
  return () => ({ text: new TextDecoder('utf-8', { fatal: true }).decode(copy), cut: false })
}

/** Types that can hold a change: text of some kind, or nothing said. Never streams of events, multipart answers, media, archives. */
export const isReadableType = (type: string): boolean =>
  !type ||
  (/json|text\/|javascript|xml|urlencoded|graphql/i.test(type) && !/event-stream|svg|css/i.test(type))

/** The telling ones among the headers that a caller gave, lower case. */
export const readRequestHeaders = (headers: unknown): Record<string, string> => {
  const told: Record<string, string> = {}
  if (typeof headers !== 'object' || headers === null) return told
  const add = (name: unknown, value: unknown) => {
    if (typeof name === 'string' && typeof value === 'string' && REQUEST_HEADERS.test(name))
      told[name.toLowerCase()] = value.slice(0, 1000)
  }
  if (tagOf(headers) === 'Headers') headersForEach(headers as Headers, (value, name) => add(name, value))
  else if (Array.isArray(headers)) for (const pair of headers) add(peek(pair, '0'), peek(pair, '1'))
  else for (const name of Object.keys(headers)) add(name, peek(headers, name))
  return told
}

export const readResponseHeaders = (
  forEach: (add: (value: string, name: string) => void) => void,
): Record<string, string> => {
  const told: Record<string, string> = {}
  forEach((value, name) => {
    if (RESPONSE_HEADERS.test(name)) told[name.toLowerCase()] = value.slice(0, 4000)
  })
  return told
}
