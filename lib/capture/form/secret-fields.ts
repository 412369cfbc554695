/**
 * Fields whose names and values tell only together that one is a secret: `headers[X-Acme]`, `vars[0][name]` beside `vars[0][value]`. Each
 * alone, or without the root that all of a form share, says nothing.
 */
import { isRedacted } from '../../model/entry.ts'
import { type Json, keysToPointer, valueAt } from '../../model/json.ts'
import { type Fields, fieldNameToKeys, fieldsToObject } from '../body.ts'
import type { FormField } from '../exchange.ts'
import { redactJson } from '../redact/redact-draft.ts'

/** The names of those fields. */
export const secretTogether = (
  sent: Fields,
  shown: readonly Pick<FormField, 'name' | 'values'>[] = [],
): ReadonlySet<string> =>
  new Set([
    ...secretNames(sent),
    ...secretNames(shown.flatMap(({ name, values }) => values.map((value) => [name, value] as const))),
  ])

const secretNames = (fields: Fields): string[] => {
  const redacted = redactJson(fieldsToObject(fields))
  return fields.flatMap(([name, value]) => {
    const keys = fieldNameToKeys(name).filter((key) => key !== '')
    // What its shape gives away needs no name.
    return isHidden(valueAt(redacted, keysToPointer(keys))) && !isHidden(redactJson([value])) ? [name] : []
  })
}

/** As a whole, or as a line among headers. */
const isHidden = (json: Json | undefined): boolean =>
  isRedacted(json) ||
  (typeof json === 'string' && json.includes('[redacted header]')) ||
  (Array.isArray(json) && json.some(isHidden))
