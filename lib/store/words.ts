/** How texts become words: the same cut for what is stored and for what is asked. */

const MAX_WORD_LENGTH = 32

/** Lower-case words of letters and digits; `sessionTimeout` gives `session`, `timeout`. */
export const textToWords = (text: string): Set<string> => {
  const words = new Set<string>()
  const parted = text.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').toLowerCase()
  for (const [word] of parted.matchAll(/[\p{L}\p{N}\p{M}]+/gu))
    words.add(word.slice(0, MAX_WORD_LENGTH).toWellFormed())
  return words
}

/** True where each asked word begins one of the words. */
export const beginAll = (asked: Iterable<string>, words: ReadonlySet<string>): boolean => {
  for (const word of asked) if (!begins(word, words)) return false
  return true
}

const begins = (asked: string, words: ReadonlySet<string>): boolean => {
  if (words.has(asked)) return true
  for (const word of words) if (word.startsWith(asked)) return true
  return false
}

/** True where each asked word is one of the words. */
export const includeAll = (asked: Iterable<string>, words: ReadonlySet<string>): boolean => {
  for (const word of asked) if (!words.has(word)) return false
  return true
}
