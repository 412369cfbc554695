/** An admin console that saves by script, in a style that is drawn: how it sends, where ids are, what it shows before and answers after. */
import fc from 'fast-check'
import { KEY_STYLES, type Kind, type Row, spell, type Value } from './kinds.ts'
import type { SimulatedApp } from './simulated-app.ts'
import { createTraffic } from './traffic.ts'

const drawn = fc.record({
  transport: fc.constantFrom(
    'put',
    'patch',
    'post',
    'merge patch',
    'json patch',
    'json:api',
    'odata',
    'graphql variables',
    'graphql inline',
    'json-rpc',
    'trpc',
    'action word',
    'action word in form',
    'verb in path',
  ),
  /** Where the transport leaves the choice. */
  idAt: fc.constantFrom('path', 'query', 'body'),
  /** 'list and detail': the rows of the list have fewer fields. */
  seen: fc.constantFrom('list', 'detail', 'list and detail', 'embedded', 'nothing'),
  answer: fc.constantFrom('whole', 'changed', 'nothing', 'ok', 'message', 'data', 'named'),
  answerType: fc.constantFrom('application/json', 'application/json', 'text/html', ''),
  keys: fc.constantFrom(...KEY_STYLES),
  switches: fc.constantFrom('boolean', 'boolean', 'text', 'number'),
  lists: fc.constantFrom('list', 'list', 'comma'),
  idKey: fc.constantFrom('id', 'id', 'uuid', '_id', 'own'),
  ids: fc.constantFrom('number', 'uuid', 'slug', 'object'),
  isNoisy: fc.boolean(),
  isReread: fc.boolean(),
  /** The page also lists things of another kind, with the same ids and some of the same members. */
  hasNeighbours: fc.boolean(),
  prefix: fc.constantFrom('/api/v1', '/api', '/admin/api', '/rest', ''),
  scope: fc.constantFrom('', '', '/projects/northwind', '/workspaces/12'),
  path: fc.constantFrom('kebab', 'snake', 'camel'),
  paging: fc.constantFrom('bare', 'items', 'data', 'results'),
})

export type ApiStyle = typeof drawn extends fc.Arbitrary<infer T> ? T : never

/** Not what no app does: an id that was never shown and could be new, sent to the list. */
const isRealistic = ({ transport, idAt, seen, ids }: ApiStyle): boolean =>
  !(transport === 'post' && idAt === 'body' && seen === 'nothing' && ids !== 'number')

export const apiStyles = drawn.filter(isRealistic)

type Content = Record<string, unknown>

/** One call of the app in words, before a transport makes a request of it. */
interface Deed {
  readonly verb: 'list' | 'get' | 'update' | 'create' | 'delete' | 'search' | 'preview'
  readonly id?: string | number
  /** What is sent: the whole resource or what changed. */
  readonly content?: Content
  readonly before?: Content
  readonly answer: unknown
  readonly status?: number
}

export const API_TOKEN = 'Qm9vZ1Rva2VuT2ZUaGlzU2Vzc2lvbg'

export const createApiApp = (style: ApiStyle, kind: Kind, rows: Row[]): SimulatedApp => {
  const traffic = createTraffic()
  const isGraphql = style.transport.startsWith('graphql')
  const keyStyle = isGraphql ? 'camel' : style.keys
  const noun = spell(kind.singular, 'camel')
  const nouns = spell(kind.plural, 'camel')
  const idKey = style.idKey === 'own' ? spell(`${kind.singular} id`, keyStyle) : style.idKey
  let stored = [...rows]
  let edits = 0

  // As the wire says it

  const wire = (value: Value): unknown => {
    if (typeof value === 'boolean')
      return style.switches === 'boolean' ? value : style.switches === 'text' ? String(value) : Number(value)
    return Array.isArray(value) && style.lists === 'comma' ? value.join(',') : value
  }
  const content = (values: Readonly<Record<string, Value>>): Content =>
    Object.fromEntries(
      kind.fields.flatMap((field) => {
        const value = values[field.name]
        return value === undefined ? [] : [[spell(field.name, keyStyle), wire(value)]]
      }),
    )
  const noise = (): Content =>
    style.isNoisy
      ? {
          [spell('updated at', keyStyle)]: new Date(Date.UTC(2026, 0, 5, 9, edits)).toISOString(),
          [spell('created at', keyStyle)]: '2025-03-01T08:00:00.000Z',
          version: 3 + edits,
        }
      : {}
  const whole = (row: Row): Content => ({ [idKey]: row.id, ...content(row.values), ...noise() })

  /** As a row of a list that shows little. */
  const short = (row: Row): Content => {
    const [first] = kind.fields
    return { [idKey]: row.id, ...(first && content({ [first.name]: row.values[first.name] as Value })) }
  }

  // What comes back of a save

  const answerOf = (row: Row, sent: Content): unknown => {
    if (style.answer === 'nothing') return undefined
    if (style.transport === 'json:api') return whole(row)
    if (style.answer === 'ok') return { ok: true }
    if (style.answer === 'message') return { status: 'success', message: `The ${kind.singular} was saved.` }
    if (style.answer === 'changed') return { [idKey]: row.id, ...sent, ...noise() }
    if (style.answer === 'data') return { data: whole(row) }
    return style.answer === 'named' ? { [spell(kind.singular, keyStyle)]: whole(row) } : whole(row)
  }

  const tell = (deed: Deed): void => {
    const { method, path, body, contentType, headers, answer } = requestOf(deed)
    const isNothing = answer === undefined
    traffic.call(
      {
        method,
        path,
        ...(body !== undefined && { body, contentType: contentType ?? 'application/json' }),
        headers: { ...(style.isNoisy && { 'x-csrf-token': API_TOKEN }), ...headers },
      },
      {
        status: deed.status ?? (isNothing ? 204 : 200),
        ...(!isNothing && { body: JSON.stringify(answer), contentType: style.answerType }),
        ...(style.isNoisy && { headers: { etag: `W/"${edits}f"` } }),
      },
    )
  }

  // Transports

  interface Request {
    readonly method: string
    readonly path: string
    readonly body?: string
    readonly contentType?: string
    readonly headers?: Record<string, string>
    readonly answer: unknown
  }

  const requestOf = (deed: Deed): Request => {
    switch (style.transport) {
      case 'graphql variables':
      case 'graphql inline':
        return graphql(deed)
      case 'json-rpc':
        return jsonRpc(deed)
      case 'trpc':
        return trpc(deed)
      case 'action word':
      case 'action word in form':
        return actionWord(deed)
      case 'odata':
        return odata(deed)
      case 'verb in path':
        return verbInPath(deed)
      default:
        return rest(deed)
    }
  }

  const root = `${style.prefix}${style.scope}/${spell(kind.plural, style.path)}`

  const listed = (answer: unknown): unknown =>
    Array.isArray(answer) && style.paging !== 'bare'
      ? { [style.paging]: answer, total: answer.length }
      : answer

  const rest = ({ verb, id, content: sent = {}, before = {}, answer, status }: Deed): Request => {
    const { transport } = style
    const isApi = transport === 'json:api'
    const document = (one: unknown): unknown => {
      if (!isApi || one === undefined || (status ?? 200) >= 400) return one
      const list = Array.isArray(one) ? one : [one]
      const data = list.map((item) => {
        const { [idKey]: own, ...attributes } = item as Content
        return { type: spell(kind.plural, 'kebab'), id: String(own), attributes }
      })
      return { data: Array.isArray(one) ? data : data[0] }
    }
    const type = isApi ? { contentType: 'application/vnd.api+json' } : {}
    const enveloped = (value: unknown): string =>
      JSON.stringify(
        isApi
          ? {
              data: {
                type: spell(kind.plural, 'kebab'),
                ...(id !== undefined && { id: String(id) }),
                attributes: value,
              },
            }
          : value,
      )
    const isFreelyPlaced = /^(put|patch|post)$/.test(transport)
    // {hookId: 5}, taken from `/teams/3/hooks`, is hook 5 that leaves the team.
    const isLeaving =
      verb === 'delete' && style.scope !== '' && (style.idKey === 'own' || kind.singular === 'user')
    const free = isLeaving && style.idAt === 'body' ? 'query' : style.idAt
    const at = isFreelyPlaced && id !== undefined ? free : 'path'
    const path =
      id === undefined || at === 'body' ? root : at === 'query' ? `${root}?${idKey}=${id}` : `${root}/${id}`
    const withId = at === 'body' ? { [idKey]: id, ...sent } : sent
    switch (verb) {
      case 'list':
        return { method: 'GET', path: root, answer: isApi ? document(answer) : listed(answer) }
      case 'get':
        return {
          method: 'GET',
          path: at === 'query' ? path : `${root}/${id}`,
          answer: document(answer),
        }
      case 'search':
        return {
          method: 'POST',
          path: `${root}/search`,
          body: JSON.stringify({ ...sent, page: 1 }),
          answer: listed(answer),
        }
      case 'preview':
        return { method: 'POST', path: `${root}/preview`, body: JSON.stringify(sent), answer }
      case 'create':
        return { method: 'POST', path: root, body: enveloped(sent), ...type, answer: document(answer) }
      case 'delete':
        return {
          method: 'DELETE',
          path,
          ...(at === 'body' && { body: JSON.stringify({ [idKey]: id }) }),
          answer: isApi ? undefined : answer,
        }
      default: {
        if (transport === 'json patch') {
          const steps = Object.entries(sent).map(([key, value]) => ({
            op: key in before ? 'replace' : 'add',
            path: `/${key}`,
            value,
          }))
          return {
            method: 'PATCH',
            path,
            body: JSON.stringify(steps),
            contentType: 'application/json-patch+json',
            answer,
          }
        }
        const method = transport === 'put' ? 'PUT' : transport === 'post' ? 'POST' : 'PATCH'
        return {
          method,
          path,
          body: enveloped(withId),
          ...type,
          ...(transport === 'merge patch' && { contentType: 'application/merge-patch+json' }),
          answer: document(answer),
        }
      }
    }
  }

  const odata = (deed: Deed): Request => {
    const { verb, id, content: sent, answer } = deed
    const set = spell(kind.plural, 'pascal')
    const key = typeof id === 'number' || /^[0-9a-f-]{36}$/.test(String(id)) ? id : `'${id}'`
    const at = `/odata/v4/${set}`
    const one = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? { '@odata.context': `$metadata#${set}/$entity`, ...value }
        : value
    switch (verb) {
      case 'list':
        return {
          method: 'GET',
          path: `${at}?$top=50`,
          answer: { '@odata.context': `$metadata#${set}`, value: answer },
        }
      case 'get':
        return { method: 'GET', path: `${at}(${key})`, answer: one(answer) }
      case 'create':
        return { method: 'POST', path: at, body: JSON.stringify(sent), answer: one(answer) }
      case 'update':
        return {
          method: 'PATCH',
          path: `${at}(${key})`,
          body: JSON.stringify(sent),
          headers: { 'if-match': '*' },
          answer: one(answer),
        }
      case 'delete':
        return { method: 'DELETE', path: `${at}(${key})`, answer: undefined }
      default:
        return rest(deed)
    }
  }

  const verbInPath = (deed: Deed): Request => {
    const { verb, id, content: sent = {}, answer } = deed
    const word = { list: 'list', get: 'get', update: 'update', create: 'create', delete: 'delete' }[
      verb as 'list'
    ]
    if (word === undefined) return rest(deed)
    const isInPath = style.idAt === 'path' && id !== undefined
    const path = isInPath ? `${root}/${id}/${word}` : `${root}/${word}`
    const isRead = verb === 'list' || verb === 'get'
    if (isRead)
      return {
        method: 'GET',
        path: id === undefined || isInPath ? path : `${path}?${idKey}=${id}`,
        answer: listed(answer),
      }
    return {
      method: 'POST',
      path: style.idAt === 'query' && id !== undefined ? `${path}?${idKey}=${id}` : path,
      body: JSON.stringify(style.idAt === 'body' && id !== undefined ? { [idKey]: id, ...sent } : sent),
      answer,
    }
  }

  const actionWord = ({ verb, id, content: sent = {}, answer }: Deed): Request => {
    const many = verb === 'list' || verb === 'search'
    const named = spell(`${verb} ${many ? kind.plural : kind.singular}`, 'snake')
    const given = { action: named, ...(id !== undefined && { [idKey]: id }), ...sent }
    const isForm = style.transport === 'action word in form'
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(given))
      if (Array.isArray(value)) for (const one of value) form.append(`${name}[]`, String(one))
      else form.append(name, String(value))
    if (isForm && style.isNoisy) form.append('_token', API_TOKEN)
    return {
      method: 'POST',
      path: isForm ? '/ajax.php' : `${style.prefix}/call`,
      body: isForm ? form.toString() : JSON.stringify(given),
      contentType: isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      answer: answer ?? { success: true },
    }
  }

  const jsonRpc = ({ verb, id, content: sent, answer, status }: Deed): Request => {
    const params = {
      ...(id !== undefined && { [idKey]: id }),
      ...(style.idAt === 'body' || sent === undefined ? sent : { data: sent }),
    }
    const refused = (status ?? 200) >= 400
    return {
      method: 'POST',
      path: `${style.prefix}/rpc`,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: `${noun}.${verb}`, params }),
      answer: {
        jsonrpc: '2.0',
        id: 1,
        ...(refused ? { error: { code: -32602, message: 'invalid' } } : { result: answer ?? true }),
      },
    }
  }

  const trpc = ({ verb, id, content: sent = {}, answer, status }: Deed): Request => {
    const isWrite = /^(update|create|delete)$/.test(verb)
    const input = { ...(id !== undefined && { [idKey]: id }), ...sent }
    const wrapped = style.idAt === 'body' ? { json: input } : input
    const batch = style.idAt === 'query'
    const refused = (status ?? 200) >= 400
    const one = refused
      ? { error: { message: 'invalid', code: -32600, data: { code: 'BAD_REQUEST', httpStatus: 400 } } }
      : { result: { data: style.idAt === 'body' ? { json: answer ?? null } : (answer ?? null) } }
    const told = JSON.stringify(batch ? { 0: wrapped } : wrapped)
    const path = `${style.prefix}/trpc/${noun}.${verb}`
    return isWrite || verb === 'preview'
      ? {
          method: 'POST',
          path: batch ? `${path}?batch=1` : path,
          body: told,
          answer: batch ? [one] : one,
        }
      : {
          method: 'GET',
          path: `${path}?${batch ? 'batch=1&' : ''}input=${encodeURIComponent(told)}`,
          answer: batch ? [one] : one,
        }
  }

  const graphql = ({ verb, id, content: sent, answer, status }: Deed): Request => {
    const type = spell(kind.singular, 'pascal')
    const refused = (status ?? 200) >= 400
    const selection = `{ ${[idKey, ...kind.fields.map(({ name }) => spell(name, 'camel')), ...Object.keys(noise())].join(' ')} }`
    const isWrite = /^(update|create|delete)$/.test(verb)
    const field = isWrite ? spell(`${verb} ${kind.singular}`, 'camel') : id === undefined ? nouns : noun
    const isInline = style.transport === 'graphql inline'
    const given: Content = {
      ...(id !== undefined && { [idKey]: id }),
      ...(sent !== undefined && (verb === 'search' ? sent : { input: sent })),
    }
    const literal = (value: unknown): string =>
      Array.isArray(value)
        ? `[${value.map(literal).join(', ')}]`
        : typeof value === 'object' && value !== null
          ? `{${Object.entries(value)
              .map(([key, one]) => `${key}: ${literal(one)}`)
              .join(', ')}}`
          : JSON.stringify(value)
    const declared = Object.keys(given).map(
      (key) => `$${key}: ${key === 'input' ? `${type}Input!` : key === idKey ? 'ID!' : 'String'}`,
    )
    const passed = Object.entries(given).map(
      ([key, value]) => `${key}: ${isInline ? literal(value) : `$${key}`}`,
    )
    const brackets = (list: readonly string[]): string => (list.length > 0 ? `(${list.join(', ')})` : '')
    const chosen = verb === 'delete' || (isWrite && !isShown(answer)) ? '' : ` ${selection}`
    const query = `${isWrite ? 'mutation' : 'query'} ${spell(field.replace(/[A-Z]/g, ' $&'), 'pascal')}${isInline ? '' : brackets(declared)} { ${field}${brackets(passed)}${chosen} }`
    const shown = isWrite && verb !== 'delete' && isShown(answer) ? shownIn(answer) : answer
    return {
      method: 'POST',
      path: '/graphql',
      body: JSON.stringify({ query, ...(!isInline && { variables: given }) }),
      answer: refused
        ? { errors: [{ message: 'invalid' }], data: null }
        : { data: { [field]: isWrite && (verb === 'delete' || !isShown(answer)) ? true : shown } },
    }
  }
  const isShown = (answer: unknown): boolean =>
    !/^(nothing|ok|message)$/.test(style.answer) && answer !== true
  const shownIn = (answer: unknown): unknown =>
    style.answer === 'data' || style.answer === 'named' ? Object.values(answer as Content)[0] : answer

  // What a person does

  const showList = (): void => {
    if (style.seen === 'list') tell({ verb: 'list', answer: stored.map(whole) })
    if (style.seen === 'list and detail') tell({ verb: 'list', answer: stored.map(short) })
  }
  const readAgain = (row?: Row): void => {
    if (!style.isReread) return
    showList()
    if (row && style.seen === 'detail') tell({ verb: 'get', id: row.id, answer: whole(row) })
  }
  const showNeighbours = (): void => {
    const neighbours = stored.map(({ id }, at) => ({
      [idKey]: id,
      ...content(Object.fromEntries(Object.entries(stored.at(at - 1)?.values ?? {}).slice(0, 2))),
      colour: '#c0ffee',
      pinned: at % 2 === 0,
    }))
    traffic.call(
      { method: 'GET', path: `${style.prefix}${style.scope}/stickers` },
      { status: 200, contentType: 'application/json', body: JSON.stringify(neighbours) },
    )
  }
  const start = (): void => {
    const embedded =
      style.seen === 'embedded'
        ? `<script type="application/json" id="state">${JSON.stringify({ [nouns]: stored.map(whole) })}</script>`
        : ''
    traffic.document(
      { method: 'GET', path: `/` },
      {
        status: 200,
        contentType: 'text/html',
        body: `<!doctype html><html><head><title>Console</title></head><body><div id="root"></div>${embedded}</body></html>`,
      },
    )
    showList()
    if (style.hasNeighbours && style.seen !== 'nothing') showNeighbours()
    traffic.pause()
  }
  start()

  const sentFor = (row: Row, changed: Readonly<Record<string, Value>>): Content =>
    style.transport === 'put'
      ? {
          ...content({ ...row.values, ...changed }),
          ...(style.isNoisy && { $$hashKey: 'object:12', isEditing: true }),
        }
      : content(changed)

  return {
    traffic,
    show: (row) => {
      if (style.seen.endsWith('detail')) tell({ verb: 'get', id: row.id, answer: whole(row) })
      traffic.pause()
    },
    update: (row, changed) => {
      const next = { ...row, values: { ...row.values, ...changed } }
      edits += 1
      stored = stored.map((one) => (one.id === row.id ? next : one))
      const sent = sentFor(row, changed)
      tell({
        verb: 'update',
        id: row.id,
        content: sent,
        before: content(row.values),
        answer: answerOf(next, sent),
      })
      readAgain(next)
      traffic.pause()
      return next
    },
    create: (row) => {
      edits += 1
      stored = [...stored, row]
      const sent = content(row.values)
      const answer = answerOf(row, sent)
      const isRest = /^(put|patch|post|merge patch|json patch|json:api|odata)$/.test(style.transport)
      tell({ verb: 'create', content: sent, answer, ...(isRest && answer !== undefined && { status: 201 }) })
      readAgain()
      traffic.pause()
    },
    remove: (row) => {
      edits += 1
      stored = stored.filter(({ id }) => id !== row.id)
      tell({ verb: 'delete', id: row.id, answer: style.answer === 'nothing' ? undefined : { ok: true } })
      readAgain()
      traffic.pause()
    },
    search: (word) => {
      tell({ verb: 'search', content: { query: word }, answer: stored.slice(0, 1).map(whole) })
      traffic.pause()
    },
    preview: (row) => {
      if (!isGraphql)
        tell({ verb: 'preview', content: content(row.values), answer: { html: '<p>Preview</p>' } })
      traffic.pause()
    },
    refuse: (row, changed) => {
      const sent = sentFor(row, changed)
      tell({
        verb: 'update',
        id: row.id,
        content: sent,
        answer: { message: 'invalid', errors: { [Object.keys(sent)[0] ?? '']: ['is invalid'] } },
        status: 422,
      })
      traffic.pause()
    },
  }
}
