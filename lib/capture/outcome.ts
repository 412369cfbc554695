/** Did the app take it? A success status is no proof by itself: many apps say no with a 200. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type Body, fieldsToObject } from './body.ts'
import type { Outcome } from './finding.ts'
import { identityOf, nameOf } from './identity.ts'

export const outcomeOf = (
  status: number,
  answer: Body,
  request: Body = { kind: 'none' },
): { outcome: Outcome; refusal?: string } => {
  if (status >= 400) return { outcome: 'rejected', refusal: messageOf(answer) ?? `status ${status}` }
  if (answer.kind === 'json') {
    const refusal = refusalIn(withoutEchoes(answer.value, request))
    if (refusal !== undefined) return { outcome: 'rejected', refusal }
  }
  return { outcome: status === 0 ? 'sent' : 'accepted' }
}

/** {error: '80'} where an error of 80 was sent: what was saved, and no refusal. */
const withoutEchoes = (told: Json, request: Body): Json => {
  const sent =
    request.kind === 'json'
      ? request.value
      : request.kind === 'fields'
        ? fieldsToObject(request.fields)
        : null
  if (!isJsonObject(told) || !isJsonObject(sent)) return told
  return Object.fromEntries(
    Object.entries(told).filter(([key, value]) => !Object.hasOwn(sent, key) || sent[key] !== value),
  )
}

/** The message of a refusal that an answer of success status holds; undefined where it holds none. */
export const refusalIn = (value: Json | undefined): string | undefined => {
  if (!isJsonObject(value)) return undefined
  for (const key of [
    'ok',
    'success',
    'succeeded',
    'isSuccess',
    'valid',
    'accepted',
    'Success',
    'OK',
    'saved',
  ]) {
    const flag = value[key]
    if (flag === false || flag === 'false') return textIn(value) ?? `${key}: false`
  }
  if (/^(fail|failed|failure|error)$/i.test(String(value.stat))) return textIn(value) ?? String(value.stat)
  const { error, errors, status } = value
  for (const key of ['notice', 'flash', 'alert', 'toast', 'notification']) {
    const notice = value[key]
    if (
      isJsonObject(notice) &&
      /^(error|danger|failure)$/i.test(String(notice.type ?? notice.level ?? notice.kind))
    )
      return textIn(notice) ?? 'error'
  }
  const [envelope, ...others] = Object.values(value)
  const { meta } = others.length === 0 && isJsonObject(envelope) ? envelope : value
  if (isJsonObject(meta) && /^(failure|error|fail)$/i.test(String(meta.status)))
    return textIn(meta) ?? String(meta.status)
  // {"code": 403, "msg": "…"}: a status of its own inside a 200.
  for (const key of ['code', 'status', 'statusCode', 'status_code']) {
    const code = value[key]
    if (
      typeof code === 'number' &&
      (code < 0 || (code >= 400 && code < 600)) &&
      Object.keys(value).length <= 6
    )
      return textIn(value) ?? `${key} ${code}`
  }
  for (const key of ['errno', 'errcode', 'errorCode', 'error_code', 'errCode'])
    if (typeof value[key] === 'number' && value[key] !== 0) return textIn(value) ?? `${key} ${value[key]}`
  if (status === false && Object.keys(value).length <= 6 && !showsResource(value))
    return textIn(value) ?? 'status: false'
  if (
    typeof value.result === 'string' &&
    /^(error|fail|failed|failure|denied|invalid|not[ _][a-z]{3,20})$/i.test(value.result)
  )
    return textIn(value) ?? value.result
  if (error === true || (typeof error === 'string' && error !== '' && Object.keys(value).length <= 4))
    return textIn(value) ?? 'error'
  if (
    isJsonObject(error) &&
    Object.keys(error).length > 0 &&
    !saysSuccess(error) &&
    (value.data === undefined || value.data === null) &&
    (value.result === undefined || value.result === null)
  )
    return textIn(error) ?? 'error'
  const many = Array.isArray(errors) ? errors.length : isJsonObject(errors) ? Object.keys(errors).length : 0
  if (many > 0 && (value.data === undefined || value.data === null || Object.keys(value).length <= 4))
    return textIn(errors) ?? 'error'
  if (
    typeof status === 'string' &&
    /^(error|fail|failed|failure|invalid|denied|ko|nok)$/i.test(status) &&
    Object.keys(value).length <= 5
  )
    return textIn(value) ?? status
  return undefined
}

/** Its id and name are there: what is false is a member of its own. */
const showsResource = (value: JsonObject): boolean =>
  identityOf(value)?.strength === 'strong' && nameOf(value) !== undefined

/** {error: {code: 'Base.Success'}}: an envelope for messages of any kind. */
const saysSuccess = (error: JsonObject): boolean => {
  const text = JSON.stringify(error)
  return (
    /\bsuccess\b/i.test(text) &&
    !/fail|denied|invalid|not found|error[^"]*"\s*:\s*"[^"]*(?!success)[a-z]+error/i.test(text)
  )
}

const messageOf = (answer: Body): string | undefined => {
  if (answer.kind === 'json') return textIn(answer.value)
  return answer.kind === 'text' && answer.text.length < 200 ? answer.text : undefined
}

const textIn = (value: Json | undefined, depth = 0): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value.slice(0, 300)
  if (depth > 3) return undefined
  if (Array.isArray(value)) return textIn(value[0], depth + 1)
  if (!isJsonObject(value)) return undefined
  for (const key of [
    'message',
    'msg',
    'error',
    'errors',
    'detail',
    'details',
    'reason',
    'description',
    'title',
    'error_description',
  ]) {
    const text = textIn(value[key], depth + 1)
    if (text !== undefined) return text
  }
  return undefined
}
