import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBuckets } from '../../components/activity.svelte.ts'

const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 10, 22, 12)
const hour = fc.record({
  hourMs: fc.integer({ min: 0, max: 20_000 }).map((hours) => NOW_MS - hours * HOUR_MS),
  action: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
  count: fc.integer({ min: 1, max: 50 }),
})

test('every entry is in one bucket, and the buckets are few, equal and without gaps', () => {
  fc.assert(
    fc.property(fc.array(hour, { minLength: 1, maxLength: 40 }), (counts) => {
      const buckets = toBuckets(counts, NOW_MS, 'utc')
      const drawn = buckets.reduce((sum, { counts: of }) => sum + of.create + of.update + of.delete, 0)
      expect(drawn).toBe(counts.reduce((sum, { count }) => sum + count, 0))
      expect(buckets.length).toBeLessThanOrEqual(98)
      expect(buckets.length).toBeGreaterThanOrEqual(24)
      for (const [index, { startMs }] of buckets.entries()) {
        if (index > 0) expect(startMs).toBe(buckets[index - 1]?.endMs)
      }
      expect(buckets.at(-1)?.endMs).toBeGreaterThan(NOW_MS)
    }),
  )
})
