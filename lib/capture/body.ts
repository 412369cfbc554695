/** Text → what it is, by content and not by header: headers lie. Never throws; what can't be read stays text. */
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts'

export type Fields = readonly (readonly [name: string, value: string])[]

export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'fields'; readonly fields: Fields }
  | { readonly kind: 'html'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }

/** Longer bodies stay text: parsing them would hold up the page. */
export const MAX_BODY_CHARS = 1_500_000
/** Nobody's settings are deeper; a hostile page's may be. */
export const MAX_DEPTH = 100

export const decodeBody = (text: string | undefined, contentType = ''): Body => {
  if (text === undefined) return { kind: 'none' }
  const trimmed = text.replace(/^\uFEFF?(\)\]\}',?\s*|while\s*\(1\);\s*|for\s*\(;;\);\s*)?/, '').trim()
  if (trimmed === '') return { kind: 'none' }
  if (trimmed.length > MAX_BODY_CHARS) return { kind: 'text', text: '' }
  if (/^[[{"\-\d]|^(true|false|null)$/.test(trimmed)) {
    const value = readJson(trimmed)
    if (value !== undefined) return { kind: 'json', value }
  }
  const boundary = /^--([^\r\n]{1,200})\r?\n/.exec(trimmed)?.[1]
  if (boundary !== undefined) {
    const fields = readMultipart(trimmed, boundary)
    if (fields.length > 0) return { kind: 'fields', fields }
  }
  if (trimmed.startsWith('<')) return { kind: 'html', text: trimmed }
  if (/^[^\s=&<>{}"]{1,500}=/.test(trimmed) && (/form-urlencoded/i.test(contentType) || !/\s/.test(trimmed)))
    return { kind: 'fields', fields: [...new URLSearchParams(trimmed)] }
  return { kind: 'text', text: trimmed }
}

/** JSON within the depth limit, without `__proto__` keys. Accepts JSON lines as a list. */
export const readJson = (text: string): Json | undefined => {
  if (depthOf(text) > MAX_DEPTH) return undefined
  const value = parseJson(text) ?? readJsonLines(text)
  return value !== undefined && text.includes('__proto__') ? withoutPrototypeKeys(value) : value
}

/** Bracket and dotted form names unfolded: `a[b][]=1` → {a: {b: ['1']}}. Repeated names become lists. */
export const fieldsToObject = (fields: Fields): JsonObject => {
  const root: JsonObject = Object.create(null) as JsonObject
  for (const [name, value] of fields.slice(0, 5_000)) {
    const keys = fieldNameToKeys(name)
    if (keys.length > MAX_DEPTH || keys.includes('__proto__')) continue
    let node: JsonObject = root
    keys.forEach((key, index) => {
      const last = index === keys.length - 1 || (index === keys.length - 2 && keys.at(-1) === '')
      if (index === keys.length - 1 && key === '' && index > 0) return
      if (!last) {
        const next = node[key]
        if (isJsonObject(next)) node = next
        else {
          const made = Object.create(null) as JsonObject
          node[key] = made
          node = made
        }
        return
      }
      const present = node[key]
      const many = keys.at(-1) === '' && keys.length > 1
      if (present === undefined) node[key] = many ? [value] : value
      else if (Array.isArray(present)) present.push(value)
      else if (typeof present === 'string') node[key] = [present, value]
    })
  }
  return plain(root) as JsonObject
}

export const fieldNameToKeys = (name: string): string[] => {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name)
  if (!match) return [name]
  return [match[1] as string, ...(match[2] as string).slice(1, -1).split('][')]
}

const plain = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(plain)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]))
}

const depthOf = (text: string): number => {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 92) i++
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth)
    else if (code === 125 || code === 93) depth--
  }
  return deepest
}

const readJsonLines = (text: string): Json | undefined => {
  if (!text.startsWith('{') || !/\}\s*\n\s*\{/.test(text)) return undefined
  const rows = text.split(/\n+/).map((line) => parseJson(line))
  return rows.every((row) => row !== undefined) ? (rows as Json[]) : undefined
}

const withoutPrototypeKeys = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutPrototypeKeys)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '__proto__')
      .map(([key, child]) => [key, withoutPrototypeKeys(child)]),
  )
}

/** RFC 7578. A file is its name. */
const readMultipart = (text: string, boundary: string): Fields => {
  const fields: [string, string][] = []
  for (const part of text.split(`--${boundary}`).slice(1, 2_000)) {
    const match = /^\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*?)\r?\n?$/.exec(part)
    const name = /;\s*name="([^"]*)"/i.exec(match?.[1] ?? '')?.[1]
    if (!match || name === undefined) continue
    const file = /;\s*filename="([^"]*)"/i.exec(match[1] as string)?.[1]
    fields.push([name, file ?? (match[2] as string)])
  }
  return fields
}
