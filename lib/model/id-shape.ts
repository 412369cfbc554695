/** What ids look like in addresses and keys, in whatever app. */

/** An id by its looks: number, UUID, ULID, Mongo id, cuid, prefixed or long random token, e-mail. */
export const looksLikeId = (text: string): boolean =>
  /^-?\d{1,20}$/.test(text) ||
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text) ||
  /^[0-9a-f]{16,64}$/i.test(text) ||
  /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text) ||
  /^[a-z]{1,12}_(?=[A-Za-z]*[A-Z\d])[A-Za-z0-9]{8,40}$/.test(text) ||
  (/^[A-Za-z0-9_-]{16,80}$/.test(text) &&
    /\d/.test(text) &&
    /[A-Za-z]/.test(text) &&
    !/^[a-z]+([-_][a-z]+)+\d?$/.test(text)) ||
  /^\(.{1,60}\)$/.test(text) ||
  /^[A-Z][A-Z\d]{1,9}-\d{1,9}$/.test(text)
