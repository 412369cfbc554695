/** A recording written by hand: what a page asked and was answered, in order. `recorded` says in one line an entry what Daybook made of it. */

import { recordHar } from '../../lib/capture/har/record-har.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'

export interface Visit {
  readonly get: (path: string, answer: unknown) => Visit
  /** `form` bodies are url-encoded text. */
  readonly send: (method: string, path: string, body?: unknown, answer?: unknown, how?: How) => Visit
  readonly socket: (path: string, ...frames: readonly (readonly ['send' | 'receive', unknown])[]) => Visit
  readonly drafts: () => EntryDraft[]
  readonly recorded: () => string[]
}

export interface How {
  readonly status?: number
  readonly requestHeaders?: Readonly<Record<string, string>>
  readonly responseHeaders?: Readonly<Record<string, string>>
  readonly type?: string
}

const ORIGIN = 'https://app.example'

export const visit = (): Visit => {
  const entries: unknown[] = []
  let atMs = Date.UTC(2026, 0, 5, 9)
  const text = (value: unknown): string =>
    value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const headers = (given: Readonly<Record<string, string>> = {}): unknown[] =>
    Object.entries(given).map(([name, value]) => ({ name, value }))
  const push = (
    method: string,
    path: string,
    body: unknown,
    answer: unknown,
    how: How,
    extra: object = {},
  ): void => {
    atMs += 400
    entries.push({
      _resourceType: how.type ?? 'fetch',
      startedDateTime: new Date(atMs).toISOString(),
      time: 20,
      request: {
        method,
        url: URL.canParse(path) ? path : ORIGIN + path,
        headers: headers(how.requestHeaders),
        ...(body !== undefined && {
          postData: { mimeType: how.requestHeaders?.['content-type'] ?? '', text: text(body) },
        }),
      },
      response: {
        status: how.status ?? 200,
        headers: headers(how.responseHeaders),
        content: { mimeType: '', text: text(answer) },
        redirectURL: how.responseHeaders?.location ?? '',
      },
      ...extra,
    })
  }
  const drafts = (): EntryDraft[] => recordHar(JSON.stringify({ log: { version: '1.2', entries } }))
  const self: Visit = {
    get: (path, answer) => {
      push('GET', path, undefined, answer, {})
      return self
    },
    send: (method, path, body, answer, how = {}) => {
      push(method, path, body, answer, how)
      return self
    },
    socket: (path, ...frames) => {
      push(
        'GET',
        path,
        undefined,
        '',
        { type: 'websocket', status: 101 },
        {
          _webSocketMessages: frames.map(([type, data], index) => ({
            type,
            time: atMs / 1_000 + index * 0.1,
            opcode: 1,
            data: text(data),
          })),
        },
      )
      return self
    },
    drafts,
    recorded: () => drafts().map(summary),
  }
  return self
}

/** `update user 5: /name "Ana" → "Anna", /role "viewer" → "editor"` */
export const summary = ({ action, resourceType, resourceId, changes, evidence }: EntryDraft): string => {
  const head = `${evidence.grade === 'rejected' ? 'refused ' : ''}${action} ${resourceType}${resourceId === '' ? '' : ` ${resourceId}`}`
  if (action !== 'update') return head
  const told = changes.map(
    (change) =>
      `${change.pointer} ${JSON.stringify(change.before) ?? '?'} → ${JSON.stringify(change.after) ?? 'gone'}`,
  )
  return told.length === 0 ? head : `${head}: ${told.join(', ')}`
}
