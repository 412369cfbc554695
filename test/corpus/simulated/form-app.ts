/** An admin console of pages and forms, in a style that is drawn: how fields are called, where the id is, what comes after a save. */
import fc from 'fast-check'
import { type Field, KEY_STYLES, type Kind, type Row, spell, type Value } from './kinds.ts'
import type { SimulatedApp } from './simulated-app.ts'
import { createTraffic } from './traffic.ts'

export const formStyles = fc.record({
  names: fc.constantFrom('plain', 'bracketed', 'dotted', 'deep'),
  keys: fc.constantFrom(...KEY_STYLES),
  addresses: fc.constantFrom('paths', 'scripts', 'front controller'),
  idAt: fc.constantFrom('address', 'hidden field'),
  override: fc.constantFrom('', 'PUT', 'PATCH'),
  button: fc.constantFrom('unnamed', 'submit', 'save', 'action'),
  box: fc.constantFrom('alone', 'after a zero'),
  lists: fc.constantFrom('multiple', 'comma'),
  encoding: fc.constantFrom('urlencoded', 'multipart'),
  answer: fc.constantFrom('list', 'item', 'form again'),
  hasToken: fc.boolean(),
  ids: fc.constantFrom('number', 'uuid', 'object'),
})

export type FormStyle = typeof formStyles extends fc.Arbitrary<infer T> ? T : never

export const FORM_TOKEN = 'c2Vzc2lvbi1wcm9vZi1vZi1mb3Jt'

type Pairs = (readonly [string, string])[]

export const createFormApp = (style: FormStyle, kind: Kind, rows: Row[]): SimulatedApp => {
  const traffic = createTraffic()
  let stored = [...rows]
  const folder = spell(kind.plural, 'snake')
  const one = spell(kind.singular, 'snake')

  // Addresses

  const at = (doing: 'list' | 'new' | 'edit' | 'update' | 'create' | 'delete', id?: Row['id']): string => {
    const hasId = id !== undefined && (style.idAt === 'address' || doing === 'edit')
    if (style.addresses === 'front controller')
      return `/index.php?page=${folder}${doing === 'list' ? '' : `&action=${doing}`}${hasId ? `&id=${id}` : ''}`
    if (style.addresses === 'scripts')
      return `/${doing === 'list' ? folder : `${one}_${doing}`}.php${hasId ? `?id=${id}` : ''}`
    if (doing === 'list' || doing === 'create') return `/${folder}`
    if (doing === 'new') return `/${folder}/new`
    const item = hasId ? `/${folder}/${id}` : `/${folder}`
    return doing === 'update' && style.override !== '' && hasId ? item : `${item}/${doing}`
  }

  // Fields

  const nameOf = (field: Field): string => {
    const key = spell(field.name, style.keys)
    if (style.names === 'plain') return key
    if (style.names === 'dotted') return `${spell(kind.singular, style.keys)}.${key}`
    return style.names === 'bracketed' ? `${one}[${key}]` : `data[${spell(kind.singular, 'pascal')}][${key}]`
  }
  const isMultiple = ({ type }: Field): boolean => type === 'list' && style.lists === 'multiple'
  const choicesOf = ({ values }: Field): string[] => [...new Set(values.flat().map(String))]
  const textOf = (value: Value | undefined): string =>
    value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value)
  const on = style.box === 'after a zero' ? '1' : 'on'

  const sent = (values: Readonly<Record<string, Value>>): Pairs =>
    kind.fields.flatMap((field): Pairs => {
      const name = nameOf(field)
      const value = values[field.name]
      if (field.type === 'switch')
        return [
          ...(style.box === 'after a zero' ? ([[name, '0']] as Pairs) : []),
          ...(value === true ? ([[name, on]] as Pairs) : []),
        ]
      return isMultiple(field) && Array.isArray(value)
        ? value.map((item: string) => [`${name}[]`, item] as const)
        : [[name, textOf(value)]]
    })

  const input = (field: Field, value: Value | undefined): string => {
    const name = nameOf(field)
    const label = field.name.charAt(0).toUpperCase() + field.name.slice(1)
    const id = `f-${spell(field.name, 'kebab')}`
    const labelled = (control: string): string => `<p><label for="${id}">${label}</label> ${control}</p>`
    if (field.type === 'switch')
      return labelled(
        `${style.box === 'after a zero' ? `<input type="hidden" name="${name}" value="0">` : ''}<input type="checkbox" id="${id}" name="${name}"${on === '1' ? ' value="1"' : ''}${value === true ? ' checked' : ''}>`,
      )
    if (isMultiple(field))
      return labelled(
        `<select multiple id="${id}" name="${name}[]">${choicesOf(field)
          .map(
            (item) =>
              `<option value="${item}"${Array.isArray(value) && value.includes(item) ? ' selected' : ''}>${item}</option>`,
          )
          .join('')}</select>`,
      )
    const type = field.type === 'secret' ? 'password' : field.type === 'number' ? 'number' : 'text'
    return labelled(
      `<input type="${type}" id="${id}" name="${name}" value="${textOf(value).replaceAll('<', '&lt;')}">`,
    )
  }

  // Pages

  const page = (title: string, content: string): string =>
    `<!doctype html><html><head><title>${title} · Console</title></head><body><nav><a href="${at('list')}">${kind.plural}</a></nav><h1>${title}</h1>${content}</body></html>`
  const hidden = (pairs: Pairs): string =>
    pairs.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')
  const own = (id: Row['id'] | undefined, override: string): Pairs => [
    ...(style.hasToken ? ([['csrf_token', FORM_TOKEN]] as Pairs) : []),
    ...(override === '' ? [] : ([['_method', override]] as Pairs)),
    ...(id !== undefined && style.idAt === 'hidden field' ? ([['id', String(id)]] as Pairs) : []),
  ]
  const overrideFor = (id: Row['id'] | undefined): string =>
    id !== undefined && style.addresses === 'paths' && style.idAt === 'address' ? style.override : ''
  const pressed: Pairs =
    style.button === 'unnamed'
      ? []
      : style.button === 'submit'
        ? [['submit', 'Save']]
        : style.button === 'save'
          ? [['save', '1']]
          : [['action', 'save']]
  const button = pressed.map(([name, value]) => ` name="${name}" value="${value}"`).join('')

  const form = (values: Readonly<Record<string, Value>>, id: Row['id'] | undefined): string =>
    `<form method="post" action="${id === undefined ? at('create') : at('update', id)}"${style.encoding === 'multipart' ? ' enctype="multipart/form-data"' : ''}>${hidden(own(id, overrideFor(id)))}${kind.fields.map((field) => input(field, values[field.name])).join('')}<button type="submit"${button}>Save</button></form>`

  const first = kind.fields[0]?.name ?? ''
  const listPage = (notice = ''): string =>
    page(
      kind.plural.charAt(0).toUpperCase() + kind.plural.slice(1),
      `${notice}<form method="get" action="${at('list')}"><input type="search" name="q"><button>Search</button></form><table><thead><tr><th>Name</th><th>Actions</th></tr></thead><tbody>${stored
        .map(
          ({ id, values }) =>
            `<tr><td><a href="${at('edit', id)}">${textOf(values[first])}</a></td><td><form method="post" action="${at('delete', id)}">${hidden(own(id, overrideFor(id) === '' ? '' : 'DELETE'))}<button type="submit">Delete</button></form></td></tr>`,
        )
        .join('')}</tbody></table><a href="${at('new')}">New ${kind.singular}</a>`,
    )
  const editPage = ({ id, values }: Row, notice = ''): string =>
    page(`Edit ${kind.singular}`, `${notice}${form(values, id)}`)
  const newPage = (values: Readonly<Record<string, Value>> = {}, notice = ''): string =>
    page(`New ${kind.singular}`, `${notice}${form(values, undefined)}`)

  // Traffic

  const open = (path: string, html: string): void => {
    traffic.document({ method: 'GET', path }, { status: 200, body: html, contentType: 'text/html' })
    traffic.pause()
  }
  const post = (path: string, pairs: Pairs, answer: { to?: string; html: string }): void => {
    const boundary = '----WebKitFormBoundaryx4Lq2'
    const isMultipart = style.encoding === 'multipart'
    const body = isMultipart
      ? `${pairs.map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('')}--${boundary}--\r\n`
      : new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString()
    const contentType = isMultipart
      ? `multipart/form-data; boundary=${boundary}`
      : 'application/x-www-form-urlencoded'
    const sentBody = { method: 'POST', path, body, contentType }
    if (answer.to === undefined)
      traffic.document(sentBody, { status: 200, body: answer.html, contentType: 'text/html' })
    else {
      traffic.document(sentBody, { status: 302, headers: { location: answer.to } })
      traffic.document(
        { method: 'GET', path: answer.to },
        { status: 200, body: answer.html, contentType: 'text/html' },
      )
    }
    traffic.pause()
  }

  const SAVED = '<div class="alert alert-success" role="status">Saved.</div>'
  const REFUSED = '<div class="alert alert-danger" role="alert">Please correct the errors below.</div>'

  const saved = (path: string, pairs: Pairs, row: Row): void => {
    if (style.answer === 'list') post(path, pairs, { to: at('list'), html: listPage(SAVED) })
    else if (style.answer === 'item')
      post(path, pairs, { to: at('edit', row.id), html: editPage(row, SAVED) })
    else post(path, pairs, { html: editPage(row, SAVED) })
  }

  const pairsFor = (values: Readonly<Record<string, Value>>, id?: Row['id']): Pairs => [
    ...own(id, overrideFor(id)),
    ...sent(values),
    ...pressed,
  ]

  open(at('list'), listPage())

  return {
    traffic,
    show: (row) => open(at('edit', row.id), editPage(row)),
    update: (row, changed) => {
      const next = { ...row, values: { ...row.values, ...changed } }
      stored = stored.map((known) => (known.id === row.id ? next : known))
      saved(at('update', row.id), pairsFor(next.values, row.id), next)
      return next
    },
    create: (row) => {
      open(at('new'), newPage())
      stored = [...stored, row]
      saved(at('create'), pairsFor(row.values), row)
    },
    remove: (row) => {
      open(at('list'), listPage())
      stored = stored.filter(({ id }) => id !== row.id)
      post(at('delete', row.id), own(row.id, overrideFor(row.id) === '' ? '' : 'DELETE'), {
        to: at('list'),
        html: listPage('<div class="alert alert-success" role="status">Deleted.</div>'),
      })
    },
    search: (word) => {
      const path = at('list')
      open(`${path}${path.includes('?') ? '&' : '?'}q=${word}`, listPage())
    },
    preview: (row) => open(at('edit', row.id), editPage(row)),
    refuse: (row, changed) => {
      const typed = { ...row, values: { ...row.values, ...changed } }
      post(at('update', row.id), pairsFor(typed.values, row.id), { html: editPage(typed, REFUSED) })
    },
  }
}
