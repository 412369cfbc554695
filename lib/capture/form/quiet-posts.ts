/** Form-encoded posts by script that only read or keep the page's own state: fragments, lookups, statements that select, widths of panels. */

import { isJsonObject } from '../../model/json.ts'
import { type Address, readAddress } from '../address.ts'
import type { Call } from '../decoders/decoder.ts'
import type { FormSnapshot } from '../exchange.ts'
import { isRouted } from '../front-controller.ts'
import { splitWords, verbOf } from '../words.ts'
import { isActionName, isPlumbingName, readVerb } from './form-names.ts'

interface ScriptPost {
  readonly call: Call
  /** With the route that was sent in the body. */
  readonly url: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly snapshot: FormSnapshot | undefined
}

export const changesNothing = ({ call, url, fields, snapshot }: ScriptPost): boolean => {
  if (keepsViewState(fields) || redrawsForm(call, url, fields) || marksAsRead(fields)) return true
  const address = readAddress(url)
  if (isDottedQuestion(address) || isDraftByKey(address, fields)) return true
  const verbs = fields.flatMap(([name, value]) =>
    isActionName(name) && value.length < 60 ? [readVerb(value)] : [],
  )
  const isRead = fields.some(([name, value]) => isActionName(name) && READS.test(value))
  if (isRead && !verbs.some((read) => read && WRITES.test(read.kind))) return true
  const asksForForm =
    verbs.length > 0 && verbs.every((read) => read && /^(?:edit|new|add|modify|change)$/.test(read.word))
  if (asksForForm && !snapshot && bringsForm(call)) return true
  if (!isRouted(url)) return false
  const last = verbOf(address.segments.at(-1) ?? '')
  const kind = last?.verb.kind
  const isWrite = kind !== undefined && /^(?:create|update|delete|save)$/.test(kind)
  if (selects(fields) && (!isWrite || last?.verb.word === 'import')) return true
  if (kind === 'read' || kind === 'noise' || kind === 'session') return true
  if (isWrite && OPENS.test(last?.verb.word ?? '') && !snapshot && bringsForm(call)) return true
  return !isWrite && !snapshot && !verbs.some((read) => read && WRITES.test(read.kind))
}

/** `op=add&flag=read`: what the person has seen. */
const marksAsRead = (fields: ScriptPost['fields']): boolean =>
  fields.some(([name, value]) => /^flags?$/i.test(name) && /^\W*(?:un)?(?:read|seen)$/i.test(value))

/** `/api/method/desk.search.search_link`: a procedure that asks. */
const isDottedQuestion = ({ segments, verb }: Address): boolean =>
  verb?.kind === 'read' && /^[a-z]\w*(?:\.[a-z]\w*)+$/.test(segments.at(-2) ?? '')

/** A draft that an editor keeps while one writes, by its key and number. */
const isDraftByKey = ({ segments }: Address, fields: ScriptPost['fields']): boolean =>
  /^drafts(?:\.\w+)?$/i.test(segments.at(-1) ?? '') && fields.some(([name]) => /^draft_?key$/i.test(name))

/** Sent to the page that shows the form, and answered with the form: another choice made it ask for other fields. */
const redrawsForm = (
  { answer }: Call,
  url: string,
  fields: readonly (readonly [name: string, value: string])[],
): boolean => {
  const last = readAddress(url).segments.at(-1) ?? ''
  if (!/^(?:edit|new)(?:\.\w{1,5})?$/i.test(last) || !('text' in answer)) return false
  const names = [...new Set(fields.map(([name]) => name))].filter((name) => !isPlumbingName(name))
  const again = names.filter((name) => answer.text.replaceAll('\\"', '"').includes(`name="${name}"`))
  return names.length > 1 && again.length >= names.length * 0.6
}

const WRITES = /^(?:create|update|delete|save)$/
const READS = /^(?:parse|query|compare|preview|validate|opensearch|stash\w*)$/i
const OPENS = /^(?:edit|change|modify|new|add|create|update)$/

/** `key=Console/Mode&value=…`, `change=filters-collapsed=0`: how the page itself was left. */
const keepsViewState = (fields: ScriptPost['fields']): boolean => {
  const own = fields.filter(([name]) => !isPlumbingName(name) && !/^_/.test(name))
  const key = own.find(([name]) => /^(?:key|option|change|preference|pref)$/i.test(name))?.[1]
  return (
    key !== undefined && own.length <= 8 && VIEW_WORDS.test(splitWords(key.split('=')[0] ?? '').join(' '))
  )
}

const VIEW_WORDS =
  /\b(?:console (?:mode|height|width)|(?:navigation|sidebar|panel|drawer|column|pane|menu) ?(?:width|height|state|open|collapsed|expanded|order)|collapsed|expanded|scroll \w+|\w*filters (?:\w+ )*(?:limit|queries|collapsed|days)|saved queries)\b/

/** A statement that only selects. */
const selects = (fields: ScriptPost['fields']): boolean =>
  fields.some(
    ([name, value]) =>
      /^(?:sql|sql_?query|query|statement)$/i.test(name) &&
      /^\s*(?:select|show|explain|describe)\b/i.test(value) &&
      !/;\s*\S/.test(value),
  )

/** The answer is, or carries, markup with a form to fill in. */
const bringsForm = ({ answer }: Call): boolean => {
  const texts =
    answer.kind === 'html'
      ? [answer.text]
      : answer.kind === 'json' && isJsonObject(answer.value)
        ? Object.values(answer.value).filter((value) => typeof value === 'string')
        : []
  return texts.some((text) => /<form\b/i.test(text) && /<(?:textarea|select|input)\b/i.test(text))
}
