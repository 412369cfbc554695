/** What can be wrong with the database as a whole, told apart by what a person has to do. */

/** `full`: no room on the disk. `outdated`: a newer Daybook has it. `unreadable`: anything else. */
export type Trouble = 'full' | 'outdated' | 'unreadable'

export const troubleOf = (error: unknown): Trouble => {
  const names = namesOf(error)
  if (names.includes('QuotaExceededError')) return 'full'
  // A database that was never open is "closed" as well: the cause tells.
  if (/^(VersionError|DatabaseClosedError)$/.test(names.at(-1) ?? '')) return 'outdated'
  return 'unreadable'
}

/** Under this key the background says in `storage.session`, which needs no disk, that it can't write. */
export const TROUBLE_KEY = 'store-trouble'

/** Of the error and of those that it was made from: Dexie wraps what the browser says. */
const namesOf = (error: unknown): string[] => {
  const names: string[] = []
  let next = error
  for (let depth = 0; depth < 8 && typeof next === 'object' && next !== null; depth++) {
    const { name, inner, cause } = next as { name?: unknown; inner?: unknown; cause?: unknown }
    if (typeof name === 'string') names.push(name)
    next = inner ?? cause
  }
  return names
}
