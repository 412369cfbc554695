/** Entries for tests: one at will, and arbitrary ones for properties. */
import fc from 'fast-check'
import type { Entry } from '../../lib/model/entry.ts'
import { createUuid } from '../../lib/model/uuid.ts'

export const START_MS = Date.UTC(2026, 10, 1, 8)

/** The `index`th entry of a day: each a second later than the one before. */
export const makeEntry = (index: number, part: Partial<Entry> = {}): Entry => ({
  id: makeId(index),
  time: new Date(START_MS + index * 1000).toISOString(),
  actor: { id: 'ana', name: 'Ana Lima', email: 'ana@acme.dev' },
  app: { origin: 'https://console.acme.dev', name: 'Acme Console' },
  resourceType: 'setting',
  resourceId: 'security',
  resourceName: 'Security',
  action: 'update',
  before: { sessionTimeout: 30 },
  after: { sessionTimeout: 15 },
  changes: [{ pointer: '/sessionTimeout', label: 'Session timeout', op: 'replace', before: 30, after: 15 }],
  evidence: { grade: 'accepted', via: 'fetch', method: 'PATCH', status: 200, beforeFrom: 'read' },
  redactions: [],
  ...part,
})

export const makeId = (index: number): string => {
  const random = new Uint8Array(10)
  new DataView(random.buffer).setUint32(4, Math.imul(index + 1, 0x9e3779b1))
  return createUuid(START_MS + index * 1000, random)
}

const WORDS = ['session', 'timeout', 'Dark mode', 'webhookUrl', 'billing', 'é', '30', '15', 'true', 'an']
const word = fc.constantFrom(...WORDS)
const value = fc.oneof(
  word,
  fc.integer({ min: 0, max: 40 }),
  fc.boolean(),
  fc.constant(null),
  fc.array(word, { maxLength: 20 }),
)

export const arbitraryEntry = (index: number): fc.Arbitrary<Entry> =>
  fc
    .record({
      minute: fc.integer({ min: 0, max: 30 }),
      actor: fc.constantFrom(
        { id: 'ana', name: 'Ana Lima', email: 'ana@acme.dev' },
        { id: 'bo', name: 'Bo Session' },
        { id: 'cy', name: 'Cy Young', email: 'cy@billing.test' },
      ),
      app: fc.constantFrom(
        { origin: 'https://console.acme.dev', name: 'Acme Console' },
        { origin: 'https://grafana.test', name: 'Grafana' },
        { origin: 'chrome-extension://daybook', name: 'Daybook' },
      ),
      resourceType: fc.constantFrom('setting', 'feature flag', 'session token'),
      resourceId: fc.constantFrom('security', 'dark-mode', '42'),
      action: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
      grade: fc.constantFrom('accepted' as const, 'readBack' as const, 'rejected' as const, 'sent' as const),
      changes: fc.array(
        fc.record(
          {
            key: fc.constantFrom('sessionTimeout', 'mode', 'url', 'list'),
            label: word,
            before: value,
            after: value,
          },
          { requiredKeys: ['key'] },
        ),
        { maxLength: 6 },
      ),
    })
    .map(({ minute, changes, grade, ...rest }) =>
      makeEntry(index, {
        ...rest,
        time: new Date(START_MS + minute * 60_000).toISOString(),
        changes: changes.map(({ key, ...change }) => ({
          pointer: `/${key}`,
          op: 'replace' as const,
          ...change,
        })),
        evidence: { grade, via: 'fetch', beforeFrom: 'read' },
      }),
    )

export const arbitraryEntries = (maxLength: number): fc.Arbitrary<Entry[]> =>
  fc
    .integer({ min: 0, max: maxLength })
    .chain((length) => fc.tuple(...Array.from({ length }, (_, index) => arbitraryEntry(index))))
