/** Sorted keys in batches, and how they are joined. All inputs go one way, up or down; so does each output, without doubles. */

export type KeyStream = AsyncGenerator<string[], void, undefined>

/** Whether `a` comes before `b` in the streams. */
export type ComesFirst = (a: string, b: string) => boolean
export const isSmaller: ComesFirst = (a, b) => a < b
export const isLarger: ComesFirst = (a, b) => a > b

/** Keys that are in any of the streams. */
export async function* unionKeys(streams: readonly KeyStream[], comesFirst: ComesFirst): KeyStream {
  if (streams.length === 1) {
    yield* streams[0] as KeyStream
    return
  }
  const heads = await openHeads(streams)
  let last = ''
  let batch: string[] = []
  for (;;) {
    const head = firstOf(heads, comesFirst)
    if (!head) break
    const key = head.key as string
    if (key !== last) batch.push(key)
    last = key
    if (head.isLastOfBatch() && batch.length > 0) {
      yield batch
      batch = []
    }
    await head.advance()
  }
  if (batch.length > 0) yield batch
}

/** Keys that are in both streams. */
export async function* intersectKeys(left: KeyStream, right: KeyStream, comesFirst: ComesFirst): KeyStream {
  const [a, b] = (await openHeads([left, right])) as [Head, Head]
  let batch: string[] = []
  while (a.key !== undefined && b.key !== undefined) {
    const behind = comesFirst(a.key, b.key) ? a : b
    if (a.key === b.key) batch.push(a.key)
    if (behind.isLastOfBatch() && batch.length > 0) {
      yield batch
      batch = []
    }
    await behind.advance()
  }
  if (batch.length > 0) yield batch
}

/** The first unread key of a stream. */
interface Head {
  readonly key: string | undefined
  readonly isLastOfBatch: () => boolean
  /** Waits only where a new batch has to be read. */
  readonly advance: () => Promise<void> | undefined
}

const openHeads = (streams: readonly KeyStream[]): Promise<Head[]> =>
  Promise.all(
    streams.map(async (stream) => {
      let batch: string[] = []
      let index = 0
      const read = async () => {
        const next = await stream.next()
        batch = next.done ? [] : next.value
        index = 0
      }
      await read()
      return {
        get key() {
          return batch[index]
        },
        isLastOfBatch: () => index === batch.length - 1,
        advance: () => {
          index += 1
          return index < batch.length ? undefined : read()
        },
      }
    }),
  )

const firstOf = (heads: readonly Head[], comesFirst: ComesFirst): Head | undefined => {
  let first: Head | undefined
  for (const head of heads) {
    if (head.key !== undefined && (first?.key === undefined || comesFirst(head.key, first.key))) first = head
  }
  return first
}
