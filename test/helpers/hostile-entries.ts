/** Entries that hold what breaks exports: quotes, line ends, formulas, HTML, lone surrogates, `__proto__`, empty texts. */
import fc from 'fast-check'
import type { Entry } from '../../lib/model/entry.ts'
import type { Json } from '../../lib/model/json.ts'
import type { ShownEntry } from '../../lib/model/rules.ts'
import { makeId, START_MS } from './entries.ts'

const HOSTILE = [
  '=1+1',
  "'=1",
  "''+1",
  '@SUM(A1)',
  '-2',
  '+3',
  '\tx',
  '\rx',
  '\r\n',
  '\n',
  '"',
  '""',
  ',',
  ';',
  ' padded ',
  '',
  '<script>alert(1)</script>',
  '\u0000',
  '\ufeff',
  '\u2028',
  'null',
  '{"a":1}',
  '__proto__',
  '＝1',
  'é\u0301',
  '𝒳',
]
/** UTF-8 can't hold a lone surrogate; only JSON values, which escape it, keep one. */
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).map((part) => part.toWellFormed()),
)
const value = fc
  .oneof(
    fc.jsonValue({ depthSize: 'small' }) as fc.Arbitrary<Json>,
    fc.constantFrom<Json>(
      '\ud800',
      -5,
      -0.1,
      '=cmd',
      { $redacted: 'token' },
      JSON.parse('{"__proto__":{"a":1}}'),
    ),
    text,
  )
  .map((json) => JSON.parse(JSON.stringify(json)) as Json)

/** `fc.record` makes objects without a prototype; entries have the usual one. */
const record = <Shape extends object>(
  shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
  optional: readonly (keyof Shape)[] = [],
) =>
  fc.record(shape, {
    noNullPrototype: true,
    requiredKeys: (Object.keys(shape) as (keyof Shape)[]).filter((key) => !optional.includes(key)),
  })

export const hostileEntry: fc.Arbitrary<Entry> = record(
  {
    id: fc.nat(1_000_000).map(makeId),
    time: fc.nat(10_000_000).map((seconds) => new Date(START_MS + seconds * 1000).toISOString()),
    actor: record({ id: text, name: text, email: text, account: text }, ['email', 'account']),
    app: record({ origin: text, name: text }),
    resourceType: text,
    resourceId: text,
    resourceName: text,
    action: fc.constantFrom('create', 'update', 'delete'),
    before: value,
    after: value,
    changes: fc.array(
      record(
        {
          pointer: text,
          label: text,
          op: fc.constantFrom('add', 'replace', 'remove'),
          before: value,
          after: value,
        },
        ['label', 'before', 'after'],
      ),
      { maxLength: 3 },
    ),
    evidence: record(
      {
        grade: fc.constantFrom('edited', 'sent', 'accepted', 'readBack', 'rejected'),
        via: fc.constantFrom('fetch', 'xhr', 'beacon', 'websocket', 'form', 'dom'),
        method: text,
        url: text,
        status: fc.integer({ min: 0, max: 599 }),
        beforeFrom: fc.constantFrom('response', 'read', 'form', 'log', 'unknown'),
      },
      ['method', 'url', 'status'],
    ),
    redactions: fc.array(record({ pointer: text, reason: text, fingerprint: text }, ['fingerprint']), {
      maxLength: 2,
    }),
    group: text,
    reason: text,
    reverts: text,
    backfilled: fc.constant(true),
    recordedAt: text,
    truncated: record({ originalBytes: fc.nat() }),
  },
  ['resourceName', 'before', 'after', 'group', 'reason', 'reverts', 'backfilled', 'recordedAt', 'truncated'],
) as fc.Arbitrary<Entry>

/** As an export has it where the user's corrections gave it other names. */
export const hostileShownEntry: fc.Arbitrary<ShownEntry> = fc.oneof(
  hostileEntry,
  fc
    .tuple(hostileEntry, record({ resourceType: text, resourceId: text }, ['resourceId']))
    .map(([entry, recorded]) => ({ ...entry, recorded })),
)

/** What CSV can't tell apart: an absent text and an empty one, where an entry may lack it. */
export const withoutEmptyTexts = ({ recorded, ...entry }: ShownEntry): ShownEntry => {
  const strip = (value: object, keys: readonly string[]): object =>
    Object.fromEntries(Object.entries(value).filter(([key, member]) => member !== '' || !keys.includes(key)))
  return {
    ...strip(entry, ['resourceName', 'group', 'reason', 'reverts', 'recordedAt']),
    actor: strip(entry.actor, ['email', 'account']),
    evidence: strip(entry.evidence, ['method', 'url']),
    ...(recorded && hasName(recorded) && { recorded: strip(recorded, ['resourceType', 'resourceId']) }),
  } as ShownEntry
}

const hasName = (recorded: object): boolean => Object.values(recorded).some((name) => name !== '')
