/**
 * Recordings of real apps, where they are at hand, with every call written in another dialect: what is recorded stays the same. No app
 * speaks like this, and another might.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recordHar } from '../../lib/capture/har/record-har.ts'
import { isJsonObject, type Json, parseJson } from '../../lib/model/json.ts'
import { summary } from './visit.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/corpus')
const CORPUS = existsSync(FOLDER) ? realpathSync(FOLDER) : FOLDER

interface HarCall {
  _resourceType?: string
  request: {
    method: string
    url: string
    headers: { name: string; value: string }[]
    postData?: { mimeType: string; text: string }
  }
  response: {
    status: number
    headers: { name: string; value: string }[]
    content: { text?: string; mimeType: string }
  }
}

const sentBody = ({ request }: HarCall): { [key: string]: Json } | undefined => {
  const sent = parseJson(request.postData?.text ?? '')
  const isCall =
    isJsonObject(sent) && ['query', 'jsonrpc', 'operationName'].some((key) => Object.hasOwn(sent, key))
  return isJsonObject(sent) && !isCall ? sent : undefined
}

const send = (call: HarCall, body: Json): void => {
  if (call.request.postData) call.request.postData.text = JSON.stringify(body)
}

const withUrl = (call: HarCall, change: (url: URL) => void): void => {
  const url = new URL(call.request.url)
  change(url)
  call.request.url = url.href
}

const isItem = (path: string): boolean =>
  /\d|[0-9a-f-]{8}/.test(decodeURIComponent(path.split('/').at(-1) ?? ''))

const DIALECTS: readonly [name: string, rewrite: (call: HarCall) => void][] = [
  [
    'bodies inside {data}',
    (call) => {
      const body = sentBody(call)
      if (body) send(call, { data: body })
    },
  ],
  [
    'a token beside what is sent',
    (call) => {
      const body = sentBody(call)
      if (body) send(call, { ...body, csrfToken: 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15' })
    },
  ],
  [
    'a number against caches in each address',
    (call) => {
      if (call._resourceType !== 'document')
        withUrl(call, (url) => url.searchParams.set('_', `17955${url.href.length}`))
    },
  ],
  [
    'methods overridden in a header',
    (call) => {
      if (!/^(PUT|PATCH|DELETE)$/.test(call.request.method)) return
      call.request.headers.push({ name: 'x-http-method-override', value: call.request.method })
      call.request.method = 'POST'
    },
  ],
  [
    'verbs at the end of the path',
    (call) => {
      const { method, postData } = call.request
      const isForm = /multipart|urlencoded/.test(postData?.mimeType ?? '')
      if (!/^(PUT|PATCH|DELETE)$/.test(method) || isForm || !isItem(new URL(call.request.url).pathname))
        return
      withUrl(call, (url) => {
        url.pathname += method === 'DELETE' ? '/delete' : '/update'
      })
      call.request.method = 'POST'
    },
  ],
  [
    'types of content that nobody says',
    (call) => {
      if (/multipart/.test(call.request.postData?.mimeType ?? '') || call._resourceType === 'document') return
      call.request.headers = call.request.headers.filter(({ name }) => !/^content-type$/i.test(name))
      if (call.request.postData) call.request.postData.mimeType = ''
    },
  ],
]

const recordings = existsSync(join(CORPUS, 'score.mjs'))
  ? readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.har'))
      .map((file) => {
        const text = readFileSync(join(CORPUS, file), 'utf8')
        return { file, text, plain: recordHar(text).map(summary) }
      })
  : []

describe.skipIf(recordings.length === 0)('what is recorded does not depend on', () => {
  test.each(DIALECTS)('%s', { timeout: 60_000 }, (_, rewrite) => {
    for (const { file, text, plain } of recordings) {
      const har = JSON.parse(text) as { log: { entries: HarCall[] } }
      for (const call of har.log.entries) rewrite(call)
      expect(recordHar(JSON.stringify(har)).map(summary), file).toEqual(plain)
    }
  })
})
