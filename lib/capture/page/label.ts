/**
 * What a person sees beside a field, best source first: aria, label, row and column header, definition term, legend, the text before it,
 * placeholder. Reads the document as it is and asks for no layout.
 */
import { foldSpace, MAX_TEXT, textOf, trimLabel } from './text.ts'

/** The label of a control, or of anything that behaves like one (role=switch, contenteditable). Undefined where only the name would say it. */
export const labelOf = (element: Element): string | undefined => {
  const own = ownLabelOf(element)
  if (own && !(isChoice(element) && SAYS_LITTLE.test(own))) return own
  return (
    placeLabelOf(element) ??
    own ??
    spoken(element.getAttribute('placeholder')) ??
    spoken(element.getAttribute('title'))
  )
}

/** What the group of radios or boxes that `element` belongs to is called. */
export const groupLabelOf = (element: Element): string | undefined => {
  const group = element.closest('[role=radiogroup],[role=group]')
  return (
    (group ? ariaLabelOf(group) : undefined) ??
    legendOf(element) ??
    (element.closest('label') ? undefined : placeLabelOf(element)) ??
    rowHeaderOf(element) ??
    termOf(element) ??
    textBefore(element.closest('label') ?? element)
  )
}

/** What one choice of a group is called: "Editors". */
export const choiceLabelOf = (element: Element): string | undefined =>
  ownLabelOf(element) ?? textAfter(element)

/** `user[first_name]` → First name. The last resort. */
export const humanizeName = (name: string): string => {
  const parts = name.split(/[[\].]+/).filter((part) => part !== '' && !/^\d+$/.test(part))
  const words = (parts.at(-1) ?? name)
    .replace(/^.*[$:](?=[\p{L}])/u, '')
    .replace(/^(?:txt|ddl|chk|cbo|rbl|cbl|lst|tb)_?(?=\p{Lu})/u, '')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()
  return words === '' ? name : words[0]?.toUpperCase() + words.slice(1)
}

/** Labels that name no field by themselves: "Yes", "Enable", "1". */
const SAYS_LITTLE =
  /^(?:yes|no|on|off|enabled?|disabled?|active|true|false|\d+|ja|nein|oui|non|aktiv(?:iert)?|select)$/i

const isChoice = (element: Element): boolean =>
  /^(?:checkbox|radio)$/i.test(element.getAttribute('type') ?? '')

const spoken = (text: string | null | undefined): string | undefined => {
  const trimmed = text ? trimLabel(text).slice(0, MAX_TEXT) : ''
  return /[\p{L}\p{N}]/u.test(trimmed) ? trimmed : undefined
}

const ownLabelOf = (element: Element): string | undefined => ariaLabelOf(element) ?? labelElementText(element)

const ariaLabelOf = (element: Element): string | undefined => {
  const ids = element.getAttribute('aria-labelledby')
  if (ids) {
    const texts = ids.split(/\s+/, 6).map((id) => {
      const source = elementById(element, id)
      return source ? textOf(source) : ''
    })
    const text = spoken(texts.join(' '))
    if (text) return text
  }
  return spoken(element.getAttribute('aria-label'))
}

const labelElementText = (element: Element): string | undefined => {
  const id = element.getAttribute('id')
  const byFor = id ? element.ownerDocument.querySelector(`label[for="${cssString(id)}"]`) : null
  const around = element.closest('label')
  return (byFor ? spoken(textOf(byFor)) : undefined) ?? (around ? spoken(textOf(around)) : undefined)
}

/** What stands around the field says what it is. */
const placeLabelOf = (element: Element): string | undefined =>
  rowHeaderOf(element) ??
  termOf(element) ??
  columnHeaderOf(element) ??
  textBefore(element) ??
  legendOf(element) ??
  (isChoice(element) ? textAfter(element) : undefined)

const legendOf = (element: Element): string | undefined => {
  const legend = element.closest('fieldset')?.querySelector('legend')
  return legend ? spoken(textOf(legend)) : undefined
}

/** The first cell of the row, unless it holds controls itself. */
const rowHeaderOf = (element: Element): string | undefined => {
  const cell = element.closest('td,th')
  const row = cell?.closest('tr')
  if (!cell || !row) return undefined
  const header =
    [...row.children].find((other) => other.localName === 'th' && other !== cell) ?? previousCell(cell)
  return header && header !== cell && !header.querySelector(CONTROLS) ? spoken(textOf(header)) : undefined
}

/** The cell before it; in forms set in tables that is the label. In a list of many columns the column's header is better. */
const previousCell = (cell: Element): Element | undefined => {
  const row = cell.parentElement
  if (!row || (row.children.length > 3 && headerRowOf(cell))) return undefined
  const before = cell.previousElementSibling
  return before && !before.querySelector(CONTROLS) && textOf(before, 100) !== '' ? before : undefined
}

const columnHeaderOf = (element: Element): string | undefined => {
  const cell = element.closest('td,th')
  const header = cell ? headerRowOf(cell) : undefined
  if (!cell || !header) return undefined
  const index = [...(cell.parentElement?.children ?? [])].indexOf(cell)
  const above = header.children[index]
  const text = above && above !== cell && !above.querySelector(CONTROLS) ? spoken(textOf(above)) : undefined
  if (text === undefined || !/^(?:values?|data|content|wert|valeur|valor|setting)$/i.test(text)) return text
  // In a table of names and values the row says which value.
  const [name] = cell.parentElement?.children ?? []
  return (name && name !== cell && !name.querySelector(CONTROLS) ? spoken(textOf(name)) : undefined) ?? text
}

const headerRowOf = (cell: Element): Element | undefined => {
  const table = cell.closest('table')
  const row = cell.closest('tr')
  const header = table?.querySelector('tr')
  return header && header !== row && header.querySelector('th') && header.children.length > 1
    ? header
    : undefined
}

const termOf = (element: Element): string | undefined => {
  let term = element.closest('dd')?.previousElementSibling ?? null
  while (term && term.localName === 'dd') term = term.previousElementSibling
  return term?.localName === 'dt' ? spoken(textOf(term)) : undefined
}

const CONTROLS = 'input:not([type=hidden]),select,textarea,button'

/** The nearest text before it: beside it, or in the element before its own, up to four levels. */
const textBefore = (element: Element): string | undefined => {
  let level: Element | null = element
  for (let step = 0; level && step < 4; step++) {
    let text = ''
    for (let node = level.previousSibling; node; node = node.previousSibling) {
      if (node.nodeType === 3) text = `${node.nodeValue ?? ''}${text}`
      else if (node.nodeType === 1) {
        const before = node as Element
        if (before.localName === 'br' && foldSpace(text) !== '') break
        if (/^h[1-3]$/.test(before.localName)) return undefined
        if (before.matches(CONTROLS) || before.querySelector(CONTROLS)) {
          if (foldSpace(text) === '') return undefined
          break
        }
        text = `${textOf(before, 120)} ${text}`
        if (foldSpace(text) !== '' && !INLINE.test(before.localName)) break
      }
    }
    const found = spoken(text)
    if (found) return found.length <= 80 && !/\d\d:\d\d|\d{4}[-/.]\d\d/.test(found) ? found : undefined
    if (STOPS.test(level.localName)) return undefined
    level = level.parentElement
  }
  return undefined
}

/** For boxes and radios the text stands after the control. */
const textAfter = (element: Element): string | undefined => {
  let text = ''
  for (let node = element.nextSibling; node && text.length < MAX_TEXT; node = node.nextSibling) {
    if (node.nodeType === 3) text += node.nodeValue ?? ''
    else if (node.nodeType === 1) {
      const after = node as Element
      if (after.localName === 'br' || after.matches(CONTROLS) || after.querySelector(CONTROLS)) break
      if (after.localName === 'label' && after.hasAttribute('for')) break
      text += ` ${textOf(after, 120)}`
      if (!INLINE.test(after.localName)) break
    }
  }
  return spoken(text)
}

const INLINE = /^(?:a|abbr|b|em|font|i|img|small|span|strong|sup|u|tt|code|nobr)$/
const STOPS = /^(?:form|fieldset|td|th|tr|table|body|dd|li|section|article|main)$/

const elementById = (element: Element, id: string): Element | null => {
  const root = element.getRootNode()
  const scope = 'querySelector' in root ? (root as Document | ShadowRoot) : element.ownerDocument
  return scope.querySelector(`[id="${cssString(id)}"]`)
}

const cssString = (text: string): string => text.replace(/["\\]/g, '\\$&').replace(/[\n\r\f]/g, ' ')
