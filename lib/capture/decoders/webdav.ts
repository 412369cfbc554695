/** Files over HTTP: PROPFIND and its like ask, MKCOL, MOVE and COPY change. The last word of the path is the file. https://www.rfc-editor.org/rfc/rfc4918 */
import { placeOf } from '../address.ts'
import type { Finding } from '../finding.ts'
import { type Decoder, NO_CHANGE, outcomeFields } from './decoder.ts'

export const decodeWebdav: Decoder = (call) => {
  const { method, address, exchange } = call
  if (/^(PROPFIND|REPORT|SEARCH|LOCK|UNLOCK|ACL|CHECKOUT|CHECKIN)$/.test(method)) return NO_CHANGE
  const isDav = address.segments.some((segment) => /^(web|cal|card)?dav$/i.test(segment))
  const isFileMethod = /^(MKCOL|MOVE|COPY|PROPPATCH|MKCALENDAR)$/.test(method)
  if (!isFileMethod && !(isDav && /^(PUT|DELETE)$/.test(method))) return undefined
  const file = address.segments.at(-1)
  if (file === undefined) return NO_CHANGE
  const isNew = /^(MKCOL|MKCALENDAR|COPY)$/.test(method) || (method === 'PUT' && exchange.status === 201)
  const target = exchange.requestHeaders.destination?.replace(/\/$/, '').split('/').at(-1)
  const action: Finding['action'] = isNew ? 'create' : method === 'DELETE' ? 'delete' : 'update'
  return {
    findings: [
      {
        action,
        type: method === 'MKCOL' ? 'folder' : method === 'MKCALENDAR' ? 'calendar' : 'file',
        id: file,
        place: placeOf(address.segments),
        extent: 'partial',
        ...(isNew && { after: { name: target === undefined ? file : decode(target) } }),
        ...(method === 'MOVE' &&
          target !== undefined && {
            before: { name: file },
            beforeFrom: 'read' as const,
            after: { name: decode(target) },
          }),
        ...outcomeFields(call.outcome, call.refusal),
      },
    ],
  }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
