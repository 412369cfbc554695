/**
 * Reads a zip that nobody vouches for, from a Blob, without holding it: the list of files first, then each as a stream.
 * Takes plain zips only (stored or deflated, no encryption, below 4 GiB) and believes no size: what unpacks to more than
 * was said is cut off there. Faults are sentences for a person.
 */
import { bytesToText, type Decoded, decoded, faulty } from '../../log/bytes.ts'

export interface ZipFile {
  readonly name: string
  /** As the zip says; reading never gives more. */
  readonly bytes: number
  /** Rejects with a `ZipFault`. */
  readonly read: () => AsyncGenerator<Uint8Array>
}

export class ZipFault extends Error {
  override readonly name = 'ZipFault'
}

export const openZip = async (zip: Blob): Promise<Decoded<ReadonlyMap<string, ZipFile>, string>> => {
  try {
    return decoded(await listFiles(zip))
  } catch (error) {
    if (error instanceof ZipFault) return faulty(error.message)
    throw error
  }
}

const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const MAX_FILES = 100_000
/** Nothing that a bundle holds packs better than this; deflate itself ends at 1032. */
const MAX_RATIO = 200
/** Below this a good ratio is no bomb. */
const SMALL_BYTES = 16 * 2 ** 20

interface Place extends Record<'method' | 'packed' | 'bytes' | 'offset', number> {
  readonly name: string
}

const listFiles = async (zip: Blob): Promise<Map<string, ZipFile>> => {
  const places = await readDirectory(zip)
  const files = new Map<string, ZipFile>()
  const spans: { readonly start: number; readonly end: number }[] = []
  for (const place of places) {
    if (place.name.endsWith('/') && place.bytes === 0) continue
    if (!isPlainPath(place.name))
      throw new ZipFault(`It holds a file whose name leads elsewhere: ${quoted(place.name)}.`)
    if (files.has(place.name)) throw new ZipFault(`It holds two files named ${quoted(place.name)}.`)
    if (place.bytes > SMALL_BYTES && place.bytes > place.packed * MAX_RATIO)
      throw new ZipFault(`${quoted(place.name)} would unpack to ${place.bytes} bytes: a zip bomb.`)
    const start = await dataStart(zip, place)
    spans.push({ start: place.offset, end: start + place.packed })
    files.set(place.name, { name: place.name, bytes: place.bytes, read: () => unpack(zip, place, start) })
  }
  spans.sort((a, b) => a.start - b.start)
  for (const [index, span] of spans.entries()) {
    if (span.end > (spans[index + 1]?.start ?? zip.size))
      throw new ZipFault('Files in it overlap: a zip bomb.')
  }
  return files
}

const readDirectory = async (zip: Blob): Promise<Place[]> => {
  const tail = await bytesOf(zip, Math.max(0, zip.size - END_BYTES - MAX_COMMENT_BYTES), zip.size)
  const view = viewOf(tail)
  let at = tail.length - END_BYTES
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at -= 1
  if (at < 0) throw new ZipFault('The end is missing: the file is cut off, or is no zip.')
  if (at + END_BYTES + view.getUint16(at + 20, true) !== tail.length)
    throw new ZipFault('There are bytes behind its end that belong to no file.')
  const count = view.getUint16(at + 10, true)
  const size = view.getUint32(at + 12, true)
  const start = view.getUint32(at + 16, true)
  if (count === 0xffff || start === 0xffff_ffff || count > MAX_FILES)
    throw new ZipFault('It is larger than a bundle can be.')
  if (start + size > zip.size) throw new ZipFault('Its list of files is cut off.')

  const bytes = await bytesOf(zip, start, start + size)
  const list = viewOf(bytes)
  const places: Place[] = []
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 46 > bytes.length || list.getUint32(offset, true) !== 0x02014b50)
      throw new ZipFault('Its list of files is damaged.')
    const nameLength = list.getUint16(offset + 28, true)
    const next =
      offset + 46 + nameLength + list.getUint16(offset + 30, true) + list.getUint16(offset + 32, true)
    const name = bytesToText(bytes.subarray(offset + 46, offset + 46 + nameLength))
    if (name === undefined || next > bytes.length) throw new ZipFault('Its list of files is damaged.')
    if ((list.getUint16(offset + 8, true) & 1) !== 0) throw new ZipFault(`${quoted(name)} is encrypted.`)
    const method = list.getUint16(offset + 10, true)
    if (method !== STORED && method !== DEFLATED)
      throw new ZipFault(`${quoted(name)} is packed in a way that bundles don't use.`)
    places.push({
      name,
      method,
      packed: list.getUint32(offset + 20, true),
      bytes: list.getUint32(offset + 24, true),
      offset: list.getUint32(offset + 42, true),
    })
    offset = next
  }
  if (places.length !== count) throw new ZipFault('Its list of files is damaged.')
  return places
}

/** Behind the file's own header, which must name the same file as the list does. */
const dataStart = async (zip: Blob, { name, method, packed, bytes, offset }: Place): Promise<number> => {
  const fixed = await bytesOf(zip, offset, offset + 30)
  const view = viewOf(fixed)
  if (fixed.length < 30 || view.getUint32(0, true) !== 0x04034b50)
    throw new ZipFault(`${quoted(name)} is not where the list says.`)
  const nameLength = view.getUint16(26, true)
  const start = offset + 30 + nameLength + view.getUint16(28, true)
  const own = bytesToText(await bytesOf(zip, offset + 30, offset + 30 + nameLength))
  if (own !== name || view.getUint16(8, true) !== method)
    throw new ZipFault(`${quoted(name)} is called ${quoted(own ?? '?')} elsewhere in the zip.`)
  if (start + packed > zip.size) throw new ZipFault(`${quoted(name)} is cut off.`)
  if (method === STORED && packed !== bytes) throw new ZipFault(`${quoted(name)} has two sizes.`)
  return start
}

async function* unpack(
  zip: Blob,
  { name, method, packed, bytes }: Place,
  start: number,
): AsyncGenerator<Uint8Array> {
  const plain = zip.slice(start, start + packed).stream()
  const stream = method === STORED ? plain : plain.pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = stream.getReader()
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new ZipFault(`${quoted(name)} is damaged: it can't be unpacked.`)
      })
      if (done) break
      length += value.length
      if (length > bytes) throw new ZipFault(`${quoted(name)} unpacks to more than the zip says.`)
      yield value
    }
    if (length < bytes) throw new ZipFault(`${quoted(name)} unpacks to less than the zip says.`)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

const STORED = 0
const DEFLATED = 8

const isPlainPath = (name: string): boolean =>
  name.length <= 200 &&
  /^[\w.-]+(\/[\w.-]+)*$/.test(name) &&
  !name.split('/').some((part) => /^\.+$/.test(part))

const quoted = (name: string): string => `“${name.slice(0, 80).replace(/[^\x20-\x7e]/g, '?')}”`
const bytesOf = async (zip: Blob, start: number, end: number): Promise<Uint8Array> =>
  new Uint8Array(await zip.slice(start, end).arrayBuffer())
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
