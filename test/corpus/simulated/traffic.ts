/** What a browser would have noted in a HAR file of a visit: calls by script, and documents that came by links and forms. */
import { recordHar } from '../../../lib/capture/har/record-har.ts'
import type { EntryDraft } from '../../../lib/model/entry.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly body?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Traffic {
  readonly call: (sent: Sent, answered: Answered) => void
  readonly document: (sent: Sent, answered: Answered) => void
  /** Time passes between what a person does. */
  readonly pause: () => void
  readonly recorded: () => EntryDraft[]
  /** For people who look at a failure. */
  readonly told: () => string
}

const ORIGIN = 'https://console.test'

export const createTraffic = (): Traffic => {
  const entries: unknown[] = []
  const lines: string[] = []
  let atMs = Date.UTC(2026, 0, 5, 9)
  let page = `${ORIGIN}/`
  const headers = (given: Readonly<Record<string, string>> = {}, contentType?: string): unknown[] =>
    Object.entries({ ...given, ...(contentType !== undefined && { 'content-type': contentType }) }).map(
      ([name, value]) => ({ name, value }),
    )
  const push = (type: 'document' | 'fetch', sent: Sent, answered: Answered): void => {
    atMs += 60
    const { method, path, body, contentType = '' } = sent
    lines.push(
      `${type === 'document' ? 'page' : 'call'} ${method} ${path}${body === undefined ? '' : ` ${body}`}`,
      `  ${answered.status} ${answered.headers?.location ?? ''}${(answered.body ?? '').slice(0, 3_000)}`,
    )
    entries.push({
      _resourceType: type,
      startedDateTime: new Date(atMs).toISOString(),
      time: 20,
      request: {
        method,
        url: ORIGIN + path,
        headers: headers({ referer: page, ...sent.headers }, sent.contentType),
        ...(body !== undefined && { postData: { mimeType: contentType, text: body } }),
      },
      response: {
        status: answered.status,
        headers: headers(answered.headers, answered.contentType),
        content: { mimeType: answered.contentType ?? '', text: answered.body ?? '' },
        redirectURL: answered.headers?.location ?? '',
      },
    })
    if (type === 'document' && answered.status < 300) page = ORIGIN + path
  }
  return {
    call: (sent, answered) => push('fetch', sent, answered),
    document: (sent, answered) => push('document', sent, answered),
    pause: () => {
      atMs += 8_000
    },
    recorded: () => recordHar(JSON.stringify({ log: { version: '1.2', entries } })),
    told: () => lines.join('\n'),
  }
}
