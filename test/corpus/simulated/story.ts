/** What a person does in a simulated app, and what an auditor would expect to read of it. */
import fc from 'fast-check'
import { API_TOKEN, type ApiStyle, createApiApp } from './api-app.ts'
import { createFormApp, FORM_TOKEN, type FormStyle } from './form-app.ts'
import { type Expected, faults, leaks } from './judge.ts'
import { type Kind, kinds, type Row, type Value, valuesOf } from './kinds.ts'
import type { SimulatedApp } from './simulated-app.ts'

type Step =
  | { readonly does: 'update' | 'refuse'; readonly at: number; readonly picks: readonly number[] }
  | { readonly does: 'create'; readonly values: Readonly<Record<string, Value>> }
  | { readonly does: 'remove' | 'search' | 'preview'; readonly at: number }

export interface Story {
  readonly kind: Kind
  readonly rows: readonly Readonly<Record<string, Value>>[]
  readonly steps: readonly Step[]
}

export const stories: fc.Arbitrary<Story> = kinds.chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    rows: fc.uniqueArray(valuesOf(kind), {
      minLength: 3,
      maxLength: 4,
      selector: (values) =>
        kind.fields.filter((field, at) => at === 0 || field.isUnique).map(({ name }) => values[name]),
      comparator: (a, b) => a.some((value, at) => value === b[at]),
    }),
    steps: fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({
            does: fc.constantFrom('update' as const, 'update' as const, 'update' as const, 'refuse' as const),
            at: fc.nat(10),
            picks: fc.uniqueArray(fc.nat(kind.fields.length - 1), { minLength: 1, maxLength: 2 }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({ does: fc.constant('create' as const), values: valuesOf(kind) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            does: fc.constantFrom('remove' as const, 'search' as const, 'preview' as const),
            at: fc.nat(10),
          }),
        },
      ),
      { minLength: 1, maxLength: 4 },
    ),
  }),
)

export const idOf = (style: 'number' | 'uuid' | 'slug' | 'object', index: number): string | number => {
  const hex = (length: number): string =>
    Array.from({ length }, (_, at) =>
      (((index + 3) * (at + 7) * 2_654_435_761) >>> 9).toString(16).at(-1),
    ).join('')
  if (style === 'number') return 14 + index * 3
  if (style === 'uuid') return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
  return style === 'object'
    ? `65f${hex(21)}`
    : (['north-gate', 'blue-harbour', 'acme', 'old-mill'][index] ?? `site-${index}`)
}

/** Does another have the value of a field that no two share? */
export const isTaken = (
  { fields }: Kind,
  values: Readonly<Record<string, Value>>,
  stored: readonly Row[],
): boolean =>
  fields.some(({ name, isUnique }) => isUnique && stored.some((row) => row.values[name] === values[name]))

/** Other values for the fields that are picked. */
export const changeOf = (
  kind: Kind,
  row: Row,
  picks: readonly number[],
  stored: readonly Row[],
): Record<string, Value> =>
  Object.fromEntries(
    picks.flatMap((pick) => {
      const field = kind.fields[pick]
      const other = field?.values.find(
        (value) =>
          JSON.stringify(value) !== JSON.stringify(row.values[field.name]) &&
          !(field.isUnique && isTaken(kind, { [field.name]: value }, stored)),
      )
      return field && other !== undefined ? [[field.name, other]] : []
    }),
  )

/** How an app behaves, as far as it decides what a log can know. */
interface Habits {
  readonly ids: 'number' | 'uuid' | 'slug' | 'object'
  /** Is the id of what was made told by the answer? */
  readonly tellsNewId: boolean
  /** Is everything shown again after each change? */
  readonly showsAll: boolean
  readonly before: 'always' | 'once shown' | 'never'
  /** All fields are sent, whichever changed. */
  readonly sendsWhole: boolean
  /** Would an app with such habits be asked to save what it never showed? */
  readonly savesUnshown: boolean
  /** May two things have one name? Where new things are told by a list alone, nothing would tell which is new. */
  readonly hasNamesakes: boolean
  /** What must not be in the log. */
  readonly tokens: readonly string[]
}

interface Played {
  readonly found: readonly string[]
  /** The traffic, for whoever looks at a fault. */
  readonly told: string
}

const play = (
  create: (rows: Row[]) => SimulatedApp,
  habits: Habits,
  { kind, rows, steps }: Story,
): Played => {
  let stored: Row[] = rows.map((values, index) => ({ id: idOf(habits.ids, index), values }))
  const app = create(stored)
  const expected: Expected[] = []
  /** Made by a call that told no id, and not shown since. */
  const unshown = new Set<Row['id']>()
  for (const step of steps) {
    if (habits.showsAll) unshown.clear()
    if (step.does === 'create') {
      const name = kind.fields[0]?.name ?? ''
      const isNamesake = stored.some((row) => row.values[name] === step.values[name])
      if (isTaken(kind, step.values, stored) || (isNamesake && !habits.hasNamesakes)) continue
      const row = { id: idOf(habits.ids, stored.length + 5 + expected.length), values: step.values }
      app.create(row)
      stored.push(row)
      const isTold = habits.tellsNewId || habits.showsAll
      if (!isTold) unshown.add(row.id)
      expected.push({ action: 'create', ...(isTold && { id: String(row.id) }), isBeforeSeen: false })
      continue
    }
    const row = stored[step.at % stored.length]
    if (!row) continue
    const isBeforeSeen =
      habits.before === 'always' || (habits.before === 'once shown' && !unshown.has(row.id))
    const isUnknown = unshown.has(row.id) || (habits.before === 'never' && habits.ids !== 'number')
    if (isUnknown && !habits.savesUnshown) continue
    if (step.does === 'search') app.search('north')
    if (step.does === 'preview') app.preview(row)
    if (step.does === 'remove') {
      app.remove(row)
      stored = stored.filter(({ id }) => id !== row.id)
      expected.push({ action: 'delete', id: String(row.id), isBeforeSeen })
    }
    if (step.does === 'update' || step.does === 'refuse') {
      const changed = changeOf(kind, row, step.picks, stored)
      if (Object.keys(changed).length === 0) continue
      app.show(row)
      if (step.does === 'refuse') {
        app.refuse(row, changed)
        continue
      }
      const next = app.update(row, changed)
      stored = stored.map((one) => (one.id === row.id ? next : one))
      expected.push({
        action: 'update',
        id: String(row.id),
        before: row.values,
        after: changed,
        isBeforeSeen,
        isWholeUnseen: !isBeforeSeen && habits.sendsWhole,
      })
    }
  }
  const drafts = app.traffic.recorded()
  return {
    found: [...faults(drafts, expected, kind), ...leaks(drafts, kind, habits.tokens)],
    told: app.traffic.told(),
  }
}

export const playApi = (style: ApiStyle, story: Story): Played =>
  play(
    (rows) => createApiApp(style, story.kind, rows),
    {
      ids: style.ids,
      tellsNewId: /^(whole|changed|data|named)$/.test(style.answer),
      showsAll: style.isReread && style.seen === 'list',
      before: style.seen.endsWith('detail') ? 'always' : style.seen === 'nothing' ? 'never' : 'once shown',
      sendsWhole: style.transport === 'put',
      savesUnshown: !(style.transport === 'post' && style.idAt === 'body'),
      hasNamesakes: true,
      tokens: [API_TOKEN],
    },
    story,
  )

export const playForms = (style: FormStyle, story: Story): Played =>
  play(
    (rows) => createFormApp(style, story.kind, rows),
    {
      ids: style.ids,
      tellsNewId: true,
      showsAll: true,
      before: 'always',
      sendsWhole: true,
      savesUnshown: false,
      hasNamesakes: style.answer !== 'list',
      tokens: [FORM_TOKEN],
    },
    story,
  )
