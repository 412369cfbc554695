/** Diffing lists of 2,000 items and long texts, in Node. Each result is proven by applying it: a faster wrong answer can't pass. */
import { diff as deepObjectDiff } from 'deep-object-diff'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import { compareTexts } from '../../lib/diff/text.ts'
import { canonicalJson, type Json } from '../../lib/model/json.ts'
import { atMost, type BenchResult, type BenchTopic, median, told } from './support/report.ts'

const ITEMS = 2_000
const RUNS = 21
const LIMIT_MS = 25

const withIds = (): Json[] =>
  Array.from({ length: ITEMS }, (_, index) => ({
    id: index,
    label: `Rule ${index}`,
    on: index % 2 === 0,
    match: { path: `/orders/${index % 37}`, methods: ['GET', 'POST'] },
  }))
const withoutIds = (): Json[] =>
  Array.from({ length: ITEMS }, (_, index) => ({ from: index * 3, to: index * 3 + 2, weight: index % 11 }))
const edited = (list: Json[]): Json[] =>
  list
    .map((item, index) => (index === 1_200 ? { ...(item as object), label: 'Edited' } : item))
    .toSpliced(700, 1)
    .toSpliced(3, 0, { id: 'new', label: 'Rule new', on: true })

const LISTS: readonly (readonly [name: string, before: Json[], after: Json[], differences: number])[] = [
  ['one in, one out, one edited', withIds(), edited(withIds()), 3],
  ['one in, one out, one edited, without ids', withoutIds(), edited(withoutIds()), 3],
  ['insert at the head', withIds(), [{ id: 'new', label: 'First' }, ...withIds()], 1],
  ['the last moved to the head', withIds(), [withIds().at(-1) as Json, ...withIds().slice(0, -1)], 1],
  [
    'a field of every item',
    withIds(),
    withIds().map((item) => ({ ...(item as object), on: true })),
    ITEMS / 2,
  ],
  ['turned round', withIds(), withIds().reverse(), ITEMS - 1],
]

export const run: BenchTopic['run'] = async ({ log }) => {
  const results: BenchResult[] = []
  for (const [name, before, after, count] of LISTS) {
    log(`${name} …`)
    const differences = differencesBetween(before, after)
    if (differences.length !== count) throw new Error(`"${name}" has ${differences.length} and not ${count}`)
    if (canonicalJson(applyDifferences(before, differences) as Json) !== canonicalJson(after))
      throw new Error(`"${name}" applied does not give what it should`)
    results.push(
      atMost(
        `${ITEMS} items, ${name}`,
        time(() => differencesBetween(before, after)),
        'ms',
        LIMIT_MS,
      ),
    )
  }
  const [, before, after] = LISTS[0] as (typeof LISTS)[number]
  results.push(
    told(
      'the same without alignment (deep-object-diff alone)',
      time(() => deepObjectDiff(before, after)),
      'ms',
    ),
  )
  const words = Array.from(
    { length: 4_000 },
    (_, index) => `word${index % 800}${index % 12 === 11 ? '\n' : ''}`,
  )
  const [old, now] = [words, words.with(900, 'kind').with(901, 'and').with(2_500, 'brief')].map((all) =>
    all.join(' '),
  )
  const lines = compareTexts(old as string, now as string)
  const text = (kind: 'removed' | 'added') =>
    lines
      .filter((line) => line.kind === kind || line.kind === 'same')
      .map(({ runs }) => runs.map((run) => run.text).join(''))
      .join('\n')
  if (text('removed') !== old || text('added') !== now) throw new Error('the text diff lost something')
  results.push(
    told(
      'text of 4,000 words, three changed',
      time(() => compareTexts(old as string, now as string)),
      'ms',
    ),
  )
  return results
}

/** Median of several runs after one that warms up, in milliseconds. */
const time = (work: () => unknown): number => {
  work()
  return median(
    Array.from({ length: RUNS }, () => {
      const startedAt = performance.now()
      work()
      return performance.now() - startedAt
    }),
  )
}
