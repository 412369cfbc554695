/** Who the app says is signed in, from what it reads about the person: /me, /session, viewer {…}. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Address } from './address.ts'
import { singularNoun, splitWords } from './words.ts'

/** `noun` is what was asked for, where the address doesn't say (GraphQL, RPC). */
export const accountIn = (value: Json, address: Address): string | undefined => {
  const asked = [...address.segments.slice(-2), ...(address.noun === undefined ? [] : [address.noun])]
  const own = asked.some((segment) => SELF.test(segment)) || SELF.test(address.id ?? '')
  const body = isJsonObject(value) && isJsonObject(value.data) ? value.data : value
  if (!isJsonObject(body)) return undefined
  for (const [key, child] of Object.entries(body).slice(0, 100))
    if (
      isJsonObject(child) &&
      (SELF_KEY.test(splitWords(key).join('')) ||
        (own && /^(user|account|profile|result|user_?info)$/i.test(key)))
    ) {
      const name = accountName(child)
      if (name !== undefined) return name
    }
  if (own) return accountName(body)
  if (saysSignedIn(body)) return textOf(body.username) ?? textOf(body.userName) ?? textOf(body.login)
  // Settings that carry the signed-in person with what that person may: {…, tenant: {username, isAdmin}}.
  if (address.id === undefined)
    for (const child of Object.values(body).slice(0, 40))
      if (
        isJsonObject(child) &&
        typeof child.username === 'string' &&
        Object.keys(child).some((key) => RIGHTS.test(key))
      )
        return textOf(child.username)
  // Settings that carry the signed-in user: {…, user: {username}}.
  const user = body.user
  return isJsonObject(user) &&
    address.id === undefined &&
    singularNoun(address.noun ?? '') !== 'user' &&
    !isPluralList(body)
    ? textOf(user.username)
    : undefined
}

/** {status: 'loggedIn', username}, {authenticated: true, username} */
const saysSignedIn = (body: JsonObject): boolean =>
  Object.entries(body).some(
    ([key, value]) =>
      (value === true && SIGNED_IN.test(splitWords(key).join(' '))) ||
      (typeof value === 'string' &&
        /^(status|state)$/i.test(key) &&
        SIGNED_IN.test(splitWords(value).join(' '))),
  )
const SIGNED_IN = /^(?:is )?(?:logged ?in|signed ?in|authenticated)$/

const SELF =
  /^(me|self|myself|@me|whoami|who-am-i|current|current-?_?user|session|profile|my-?account|account|user-?info|userinfo|identity|viewer|auth|authenticated|logged-?in-?user|check-?auth)$|^user$/i
const SELF_KEY =
  /^(me|viewer|currentuser|authenticateditem|authenticateduser|session|whoami|loggedinuser|activeuser|self|sessionuser|currentaccount|signedinuser|(active|current|authenticated)(admin|administrator|member|account|identity|profile))$/

const RIGHTS =
  /^(is_?(super_?)?(admin|user|staff|root)|permissions|roles?|rights|scopes|privileges|authorities)$/i

export const accountName = (object: JsonObject): string | undefined => {
  const inner = object.user ?? object.item ?? object.account ?? object.identity
  const direct =
    textOf(object.username) ??
    textOf(object.login) ??
    textOf(object.userName) ??
    textOf(object.user_name) ??
    (textOf(object.email) || undefined) ??
    textOf(object.identifier) ??
    textOf(object.emailAddress) ??
    textOf(object.label) ??
    textOf(object.displayName) ??
    textOf(object.display_name) ??
    textOf(object.name) ??
    textOf(inner)
  return direct ?? (isJsonObject(inner) ? accountName(inner) : undefined)
}

const isPluralList = (body: JsonObject): boolean =>
  Object.values(body).some((child) => Array.isArray(child) && child.length > 20)
const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 120 ? value.trim() : undefined
