/**
 * The rows of a page's lists: which ids each carries, what it is called, what its cells say. So that a bulk action on ids, or a link
 * "Delete" in a row, can be named.
 */
import type { PageRow } from '../exchange.ts'
import { textOf, trimLabel } from './text.ts'

const MAX_ROWS = 300
const MAX_IDS = 24

export const readRows = (document: Document): PageRow[] => {
  const rows: PageRow[] = []
  for (const table of [...document.querySelectorAll('table')].slice(0, 60)) {
    if (table.querySelector('table')) continue
    const headers = headersOf(table)
    for (const row of [...table.querySelectorAll('tr')].slice(0, MAX_ROWS)) {
      if (rows.length >= MAX_ROWS) return rows
      if (row.closest('table') !== table || row.closest('thead,tfoot') || row.querySelector('td') === null)
        continue
      const read = readRow(row, headers)
      if (read) rows.push(read)
    }
  }
  for (const item of [
    ...document.querySelectorAll('li[id],li[data-id],[role=row],div[data-id],article[id]'),
  ].slice(0, MAX_ROWS)) {
    if (rows.length >= MAX_ROWS) break
    const read = item.closest(
      'nav,header,tr,[role=navigation],[role=menu],[role=banner],[id*=menu i],[class*=menu i]',
    )
      ? undefined
      : readRow(item, [])
    if (read) rows.push(read)
  }
  return rows
}

const headersOf = (table: Element): string[] => {
  const first = table.querySelector('tr')
  return first?.querySelector('th') && !first.querySelector('td')
    ? [...first.children].map((cell) => trimLabel(textOf(cell, 60)))
    : []
}

const readRow = (row: Element, headers: readonly string[]): PageRow | undefined => {
  const ids = idsOf(row)
  if (ids.length === 0) return undefined
  const cells: [string, string][] = []
  for (const [index, cell] of [...row.children].slice(0, 30).entries()) {
    if (cell.localName !== 'td' && cell.localName !== 'th') continue
    const header =
      cell.getAttribute('data-colname') ??
      cell.getAttribute('data-label') ??
      cell.getAttribute('data-title') ??
      headers[index] ??
      ''
    const text = textOf(cell)
    if (header !== '' && text !== '') cells.push([header, text])
  }
  const name = nameOf(row, ids)
  return { ids, ...(name ? { name } : {}), cells: Object.fromEntries(cells) }
}

/** The sure ones first: values of its boxes, its own id and data; then what its links and buttons name. */
const idsOf = (row: Element): string[] => {
  const ids = new Set<string>()
  const add = (id: string | null | undefined): void => {
    if (id && id.length <= 200 && ids.size < MAX_IDS && !/^(?:on|off|true|false)$/.test(id)) ids.add(id)
  }
  for (const box of [...row.querySelectorAll('input[type=checkbox],input[type=radio]')].slice(0, 4)) {
    const name = box.getAttribute('name') ?? ''
    if (box.getAttribute('type') === 'radio' || isSetting(row, name)) continue
    add(box.getAttribute('value'))
    add(/\[([^[\]]+)\]$/.exec(name)?.[1])
  }
  const own = row.getAttribute('id')
  if (own) add(/(?:^|[-_:])(\d+|[^-_:]+)$/.exec(own)?.[1])
  for (const attribute of row.attributes)
    if (attribute.name.startsWith('data-') && !/[{[\s]/.test(attribute.value)) add(attribute.value)
  for (const hidden of [...row.querySelectorAll('input[type=hidden]')].slice(0, 8))
    if (/(?:^|[_[-])(?:id|pk|key|name|slug|uuid)\]?$/i.test(hidden.getAttribute('name') ?? ''))
      add(hidden.getAttribute('value'))
  for (const button of [...row.querySelectorAll('button[name],input[type=submit][name]')].slice(0, 8)) {
    add(/\[([^[\]]+)\]$/.exec(button.getAttribute('name') ?? '')?.[1])
    add(button.getAttribute('value'))
  }
  for (const link of [...row.querySelectorAll('a[href]')].slice(0, 12))
    for (const id of idsOfAddress(link.getAttribute('href') ?? '')) add(id)
  return [...ids]
}

/** A box of its own name is a setting; those that pick rows share a name, or carry the row's id in it. */
const isSetting = (row: Element, name: string): boolean => {
  if (/\]$/.test(name)) return false
  const table = row.closest('table')
  return (
    !table ||
    [...table.querySelectorAll('input[type=checkbox]')].filter((box) => box.getAttribute('name') === name)
      .length < 2
  )
}

const idsOfAddress = (href: string): string[] => {
  const [path = '', query = ''] =
    href
      .replace(/^[a-z]+:\/\/[^/]*/i, '')
      .split('#')[0]
      ?.split('?') ?? []
  const segments = path.split('/').filter(Boolean)
  const ids = segments.filter((segment) => /\d/.test(segment) && segment.length <= 60)
  try {
    for (const [name, value] of new URLSearchParams(query))
      if (
        value.length > 0 &&
        value.length <= 120 &&
        !/^(?:action|do|page|tab|view|sort|order|orderby|paged|mode|_wpnonce|nonce|token|lang|cmd|op|task|option|act|filter|s|q)$|token|nonce|csrf|sectok/i.test(
          name,
        )
      )
        ids.push(value)
  } catch {
    return ids
  }
  return ids
}

/** What people call the row: its heading, its main link, its first cell with words. */
const nameOf = (row: Element, ids: readonly string[]): string | undefined => {
  const strong = row.querySelector(
    '[class*=title i] a,[class*=name i] a,th[scope=row] a,h1,h2,h3,h4,strong a,strong',
  )
  const texts = [
    strong ? textOf(strong, 120) : '',
    ...[...row.children].slice(0, 8).map((cell) => {
      const link = cell.querySelector('a')
      return cell.querySelector('input[type=checkbox]')
        ? ''
        : textOf(link && textOf(link) !== '' ? link : cell, 120)
    }),
  ]
  return (
    texts.map(trimLabel).find((text) => /\p{L}/u.test(text) && text.length <= 100) ??
    ids.find((id) => /\p{L}/u.test(id))
  )
}
