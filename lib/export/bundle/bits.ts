/** A set of small whole numbers at one bit each: which entries of a feed are meant, for millions of them. */

export interface Bits {
  readonly add: (value: number) => void
  readonly has: (value: number) => boolean
  /** The least, or undefined where there is none. */
  readonly first: () => number | undefined
}

export const createBits = (): Bits => {
  let bytes = new Uint8Array(64)
  return {
    add: (value) => {
      const at = Math.floor(value / 8)
      if (at >= bytes.length) {
        const grown = new Uint8Array(Math.max(bytes.length * 2, at + 1))
        grown.set(bytes)
        bytes = grown
      }
      bytes[at] = (bytes[at] as number) | (1 << (value % 8))
    },
    has: (value) => ((bytes[Math.floor(value / 8)] ?? 0) & (1 << (value % 8))) !== 0,
    first: () => {
      const at = bytes.findIndex(Boolean)
      if (at === -1) return undefined
      const byte = bytes[at] as number
      return at * 8 + Math.log2(byte & -byte)
    },
  }
}
