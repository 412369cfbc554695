/** Judged by the schema that the CloudEvents project publishes (v1.0.2, formats/cloudevents.json, Apache-2.0), kept beside as it is. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entryToCloudEvent } from '../../lib/export/cloud-event.ts'
import { arbitraryEntry, makeEntry } from '../helpers/entries.ts'
import { hostileEntry } from '../helpers/hostile-entries.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly minLength?: number
  readonly format?: 'uri-reference' | 'uri' | 'date-time'
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, { readonly $ref: string }>>
  readonly definitions: Readonly<Record<string, Omit<Schema, 'definitions'>>>
}
const schema = JSON.parse(
  readFileSync(new URL('fixtures/cloudevents-1.0.schema.json', import.meta.url), 'utf8'),
) as Schema

const FORMATS = {
  'uri-reference': (text: string) => URL.canParse(text, 'https://base.test'),
  uri: (text: string) => URL.canParse(text),
  'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text),
}

/** As much of JSON Schema as that schema uses; what it says of other members than its own is nothing. */
const faultsOf = (event: Record<string, unknown>): string[] => {
  const missing = (schema.required ?? []).filter((name) => event[name] === undefined)
  const wrong = Object.entries(schema.properties ?? {}).flatMap(([name, { $ref }]) => {
    const value = event[name]
    const rule = schema.definitions[$ref.replace('#/definitions/', '')]
    if (!rule) return [`${name}: no rule`]
    if (value === undefined) return []
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
    if (![rule.type].flat().includes(type)) return [`${name}: is ${type}`]
    if (typeof value !== 'string') return []
    if (value.length < (rule.minLength ?? 0)) return [`${name}: too short`]
    return rule.format && !FORMATS[rule.format](value) ? [`${name}: no ${rule.format}`] : []
  })
  return [...missing, ...wrong]
}

test('any entry becomes an event that the published schema takes, with attribute names that CloudEvents allow', () => {
  fc.assert(
    fc.property(fc.oneof(arbitraryEntry(1), hostileEntry), (entry) => {
      const event = JSON.parse(JSON.stringify(entryToCloudEvent(entry))) as Record<string, unknown>
      expect(faultsOf(event)).toEqual([])
      expect(Object.keys(event).every((name) => /^[a-z0-9]{1,20}$/.test(name))).toBe(true)
      expect(event.data).toEqual(JSON.parse(JSON.stringify(entry)))
    }),
    { numRuns: 500 },
  )
})

test('the schema check finds what is wrong', () => {
  const event = { ...entryToCloudEvent(makeEntry(1)) } as Record<string, unknown>
  expect(faultsOf({ ...event, id: '' })).toEqual(['id: too short'])
  expect(faultsOf({ ...event, time: 'yesterday' })).toEqual(['time: no date-time'])
  const { source: _source, ...without } = event
  expect(faultsOf(without)).toEqual(['source'])
})

test('an event says what happened to what, where and when', () => {
  expect(entryToCloudEvent(makeEntry(1, { resourceType: 'feature flag', resourceId: 'a/b' }))).toMatchObject({
    specversion: '1.0',
    source: 'https://console.acme.dev',
    type: 'dev.daybook.entry.update',
    subject: 'feature%20flag/a%2Fb',
    time: makeEntry(1).time,
  })
})
