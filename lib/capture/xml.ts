/**
 * XML → JSON, as far as APIs use it: elements become members, repeated ones lists, text text; attributes keep their names where an element has
 * no children of that name. Namespaces are taken off. Never throws; what is not well-formed is no XML. Entities are the five of XML and numbers.
 * https://www.w3.org/TR/xml/
 */
import type { Json, JsonObject } from '../model/json.ts'
import type { Body } from './body.ts'

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const MAX_ELEMENTS = 20_000
const MAX_DEPTH = 60

/** The root element; undefined for what is no XML document (HTML is none). */
export const parseXml = (text: string): XmlElement | undefined => {
  if (
    /^\s*<!doctype html|^\s*<(html|head|body|div|span|table|tr|form|p|script|input|ul|li|section|option|h[1-6])\b/i.test(
      text,
    )
  )
    return undefined
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const open: Open[] = [root]
  let count = 0
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    const top = open.at(-1) as Open
    if (match.index !== at) top.text += unescapeXml(text.slice(at, match.index))
    at = match.index + match[0].length
    const [, data, closing, name, attributes = '', isEmpty] = match
    if (data !== undefined) top.text += data
    else if (closing !== undefined) {
      if (open.length < 2 || top.name !== localName(closing)) return undefined
      open.pop()
    } else if (name !== undefined) {
      const element: Open = {
        name: localName(name),
        attributes: readAttributes(attributes),
        children: [],
        text: '',
      }
      if (++count > MAX_ELEMENTS || open.length > MAX_DEPTH) return undefined
      top.children.push(element)
      if (isEmpty === undefined || isEmpty === '') open.push(element)
    }
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined
}

/** What an XML document says, by its content type or its own first line; undefined for anything else. */
export const readXml = (body: Body, contentType = ''): Json | undefined => {
  if (
    body.kind !== 'html' ||
    !(/^<\?xml/i.test(body.text) || /\bxml\b/i.test(contentType.replace(/xhtml\+xml/i, '')))
  )
    return undefined
  const root = parseXml(body.text)
  return root && xmlToJson(root)
}

export const xmlToJson = ({ children, text, attributes }: XmlElement): Json => {
  const own = Object.entries(attributes).filter(([name]) => name !== '__proto__')
  if (children.length === 0) {
    if (own.length === 0) return text.trim()
    return { ...Object.fromEntries(own), ...(text.trim() !== '' && { value: text.trim() }) }
  }
  const object: JsonObject = Object.fromEntries(own)
  const names = new Set(children.map(({ name }) => name).filter((name) => name !== '__proto__'))
  for (const name of names) {
    const values = children.filter((child) => child.name === name).map(xmlToJson)
    object[name] = values.length === 1 ? (values[0] as Json) : values
  }
  return object
}

interface Open {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Open[]
  text: string
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<![A-Z][^>]*>|<\/([\w:.-]+)\s*>|<([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g

const readAttributes = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
      .filter(([, name = '']) => !/^xmlns(:|$)|^(xsi|soap\w*|env):/i.test(name))
      .map(([, name = '', double, single]) => [localName(name), unescapeXml(double ?? single ?? '')]),
  )

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1)

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const unescapeXml = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
