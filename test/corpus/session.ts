/** A visit to a server-rendered app, told as a live page and a HAR file would: pages, forms that leave, answers. Also over the memory between pages. */
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import type { Submission } from '../../lib/capture/exchange.ts'
import { parsePage } from '../../lib/capture/har/navigations.ts'
import type { Recorder } from '../../lib/capture/recorder.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'

export interface Session {
  /** A page that was opened. `html` is its body. */
  readonly open: (path: string, html: string) => Session
  /** A form that left. `fields` as url-encoded text; the page that came, maybe after a redirect. */
  readonly post: (path: string, fields: string, answer: Answer) => Session
  /** A link that was followed. */
  readonly follow: (path: string, answer: Answer) => Session
  /** The same form by script. */
  readonly send: (
    method: string,
    path: string,
    fields: string,
    answer: Answer & { json?: unknown; htmx?: true },
  ) => Session
  readonly recorded: () => string[]
  readonly drafts: () => EntryDraft[]
  /** What each page left for the next. */
  readonly kept: () => readonly string[]
}

interface Answer {
  readonly status?: number
  /** Where it was redirected to. */
  readonly to?: string
  readonly html?: string
  /** It left from a form of nothing but hidden fields, which no page told of. */
  readonly isHidden?: true
}

const ORIGIN = 'https://app.test'

/** `acrossPages`: every page gets a new recorder that knows only what the one before left behind, as in a browser. */
export const session = ({ acrossPages = false } = {}): Session => {
  const drafts: EntryDraft[] = []
  let atMs = Date.UTC(2026, 0, 1)
  let pageUrl = `${ORIGIN}/`
  let memory: string | undefined
  const kept: string[] = []
  const start = (): Recorder =>
    createRecorder({
      now: () => atMs,
      random: (count) => new Uint8Array(count),
      parsePage,
      fingerprintKey: new Uint8Array(32).fill(3),
      ...(memory !== undefined && { memory }),
      emit: (draft) => drafts.push(draft),
      onRefused: (reason) => {
        throw new Error(reason)
      },
    })
  let recorder = start()

  const arrive = (url: string, html: string, status: number, redirects: number, method: string): void => {
    if (acrossPages) {
      recorder.flush('all')
      memory = recorder.memory()
      kept.push(memory)
      recorder = start()
    }
    atMs += 100
    pageUrl = url
    const body = `<!doctype html><html><head><title>App</title></head><body>${html}</body></html>`
    recorder.load({ page: parsePage(body, url), status, redirects, method, atMs })
  }

  const leave = (
    method: 'get' | 'post',
    path: string,
    fields: Submission['fields'],
    { status = 200, to, html = '', isHidden }: Answer,
  ): void => {
    atMs += 10_000
    recorder.flush()
    recorder.submit({
      form: {
        action: ORIGIN + path,
        method,
        fields: isHidden ? fields.map(([name, value]) => ({ name, type: 'hidden', values: [value] })) : [],
        submitters: [],
      },
      fields,
      pageUrl,
      atMs,
    })
    arrive(
      to === undefined ? ORIGIN + path : ORIGIN + to,
      html,
      status,
      to === undefined ? 0 : 1,
      method.toUpperCase(),
    )
  }

  const self: Session = {
    open: (path, html) => {
      arrive(ORIGIN + path, html, 200, 0, 'GET')
      return self
    },
    post: (path, fields, answer) => {
      leave('post', path, [...new URLSearchParams(fields)], answer)
      return self
    },
    follow: (path, answer) => {
      leave('get', path, [...new URL(ORIGIN + path).searchParams], answer)
      return self
    },
    send: (method, path, fields, { status = 200, html = '', json, htmx }) => {
      atMs += 10_000
      recorder.exchange({
        via: 'xhr',
        method,
        url: ORIGIN + path,
        pageUrl,
        requestHeaders: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(htmx && { 'hx-request': 'true' }),
        },
        ...(fields !== '' && { requestBody: fields }),
        status,
        responseHeaders: { 'content-type': json === undefined ? 'text/html' : 'application/json' },
        responseBody: json === undefined ? html : JSON.stringify(json),
        startedAtMs: atMs,
        endedAtMs: atMs + 50,
      })
      return self
    },
    kept: () => kept,
    drafts: () => {
      recorder.flush('all')
      return drafts
    },
    recorded: () =>
      self
        .drafts()
        .filter(({ evidence }) => evidence.grade !== 'rejected')
        .map(sentence),
  }
  return self
}

const sentence = ({ action, resourceType, resourceId, changes }: EntryDraft): string => {
  const leaves = changes.map(
    (change) =>
      `${change.pointer}${action === 'update' ? ` ${JSON.stringify(change.before)} →` : ''} ${JSON.stringify(change.after)}`,
  )
  return `${action} ${resourceType}${resourceId === '' ? '' : ` ${resourceId}`}${action === 'delete' || leaves.length === 0 ? '' : `: ${leaves.join(', ')}`}`
}
