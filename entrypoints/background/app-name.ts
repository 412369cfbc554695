/** What an app calls itself, read from the title of its page: "Feature flags – Acme Console" is the Acme Console. */

const MAX_LENGTH = 40

/** Undefined where the title has no part that can be told to be the app's name. */
export const titleToAppName = (title: string | undefined): string | undefined => {
  const parts = (title ?? '').split(/\s+[–—|·•\-/:]\s+/)
  const name = parts.at(-1)?.trim() ?? ''
  const isName = parts.length > 1 && name.length > 1 && name.length <= MAX_LENGTH && /\p{L}/u.test(name)
  return isName ? name.toWellFormed() : undefined
}
