/**
 * Data that a page carries in its markup and that no request will show: JSON in script elements, in assignments and calls of inline
 * scripts, in data attributes, and the fields of a row in a hidden element. Nothing is evaluated; all work is bounded.
 */
import { type Json, parseJson } from '../../model/json.ts'
import type { PageView } from '../exchange.ts'
import { foldSpace, isMarkedHidden } from './text.ts'

type Embedded = PageView['embedded'][number]

const MAX_EMBEDDED = 200
const MAX_TOTAL = 2 * 1024 * 1024
const MIN_JSON = 12

export const readEmbedded = (document: Document): Embedded[] => {
  const found: Embedded[] = []
  let total = 0
  const add = (name: string, text: string): boolean => {
    if (text.length < MIN_JSON || found.length >= MAX_EMBEDDED || total + text.length > MAX_TOTAL)
      return false
    const value = parseJson(text)
    if (typeof value !== 'object' || value === null) return false
    total += text.length
    found.push({ name, value })
    return true
  }
  for (const [index, script] of [...document.querySelectorAll('script:not([src])')].entries()) {
    const type = (script.getAttribute('type') ?? '').toLowerCase()
    const name = script.getAttribute('id') ?? script.getAttribute('data-name') ?? `script ${index}`
    const text = script.textContent ?? ''
    if (type.includes('json')) {
      if (!type.includes('ld+json') && !/importmap|speculationrules/.test(type))
        add(name, text.trim().replace(/^<!--|-->$/g, ''))
    } else if (type === '' || /javascript|module|ecmascript/.test(type))
      for (const literal of jsonLiterals(text)) add(literal.name ?? name, literal.text)
  }
  for (const element of [...document.querySelectorAll('*')].slice(0, 6000)) {
    for (const attribute of element.attributes) {
      const first = attribute.value.trimStart().charCodeAt(0)
      if ((first !== 0x7b && first !== 0x5b) || !/^(?:data-|:|x-|wire:|ng-|v-)/.test(attribute.name)) continue
      add(element.getAttribute('id') ?? attribute.name, attribute.value)
    }
  }
  for (const fields of hiddenFields(document)) if (found.length < MAX_EMBEDDED) found.push(fields)
  return found
}

/** JSON objects and lists that an inline script assigns or passes: `x = {…}`, `preload({…})`, `JSON.parse("…")`. */
export const jsonLiterals = function* (script: string): Generator<{ name?: string; text: string }> {
  let budget = 2 * script.length + 100_000
  const opening = /(?:([\w$.[\]"']{1,80})\s*=|(JSON\.parse)?\()\s*(?=[{["'`])/g
  for (let match = opening.exec(script); match && budget > 0; match = opening.exec(script)) {
    const start = match.index + match[0].length
    const first = script[start]
    const isText = first === '"' || first === "'" || first === '`'
    if (isText && !match[2]) continue
    if (!isText && !/^(?:\{\s*["}]|\[\s*[{["\d])/.test(script.slice(start, start + 40))) continue
    const end = isText ? endOfString(script, start) : endOfLiteral(script, start)
    budget -= Math.max(Math.abs(end) - start, 64)
    if (end < 0) continue
    const literal = script.slice(start, end)
    const text = isText ? unquote(literal) : literal
    if (text === undefined) continue
    const name = match[1]
      ?.split(/[.[\]"']+/)
      .filter(Boolean)
      .at(-1)
    yield name ? { name, text } : { text }
    opening.lastIndex = end
  }
}

/** Just behind the bracket that closes the one at `start`; where none does, minus the place where that was clear. */
const endOfLiteral = (text: string, start: number): number => {
  let depth = 0
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      const end = endOfString(text, at)
      if (end < 0) return end
      at = end - 1
    } else if (code === 0x7b || code === 0x5b) depth += 1
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1
      if (depth === 0) return at + 1
    } else if (code === 0x28 || code === 0x3b || code === 0x27 || code === 0x60) break
  }
  return -at
}

const endOfString = (text: string, start: number): number => {
  const quote = text.charCodeAt(start)
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at += 1
    else if (code === quote) return at + 1
  }
  return -text.length
}

/** The text of a script's string literal. */
const unquote = (literal: string): string | undefined => {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('"')) {
    const value: Json | undefined = parseJson(literal)
    if (typeof value === 'string') return value
  }
  return inner.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gi,
    (_, hex?: string, unicode?: string, plain?: string) => {
      const code = hex ?? unicode
      return code
        ? String.fromCharCode(Number.parseInt(code, 16))
        : plain === 'n'
          ? '\n'
          : plain === 't'
            ? '\t'
            : plain === 'r'
              ? '\r'
              : (plain ?? '')
    },
  )
}

/** `<div hidden id="row_6"><span class="slug">parking</span>…</div>`: a row's fields, kept for a form that script will fill. */
const hiddenFields = (document: Document): Embedded[] => {
  const found: Embedded[] = []
  for (const element of [
    ...document.querySelectorAll('.hidden[id],[hidden][id],[style*="display"][id],.d-none[id],.hide[id]'),
  ].slice(0, 300)) {
    if (element.children.length < 2 || !isMarkedHidden(element)) continue
    const fields: [string, Json][] = []
    for (const child of [...element.children].slice(0, 80)) {
      const name =
        (child.getAttribute('data-name') ?? child.getAttribute('class') ?? child.getAttribute('id') ?? '')
          .trim()
          .split(/\s+/)[0] ?? ''
      if (
        name === '' ||
        child.children.length > 0 ||
        /^(?:input|select|textarea|button|a|img)$/.test(child.localName)
      )
        continue
      fields.push([name, foldSpace(child.textContent ?? '').slice(0, 4000)])
    }
    if (fields.length < 2 || fields.length < element.children.length / 2) continue
    const id = element.getAttribute('id') ?? ''
    const key = /[-_]([\w]+)$/.exec(id)?.[1] ?? id
    found.push({ name: id, value: { id: key, ...Object.fromEntries(fields) } })
  }
  return found
}
