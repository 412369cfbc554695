/** Names of exported files: `daybook_<team>_<from>_<to>.<ext>`, days in UTC. */
import type { ExportKind } from './format-names.ts'

/** `from` and `to` are RFC 3339 times. */
export interface ExportWindow {
  readonly from: string | null
  readonly to: string | null
}

/** Who has no team is "private". */
export const exportFileName = (
  { team = 'private', from, to }: { readonly team?: string | undefined } & ExportWindow,
  kind: ExportKind,
): string => `daybook_${namePart(team)}_${dayOf(from)}_${dayOf(to)}.${kind === 'bundle' ? 'zip' : kind}`

/** Letters, digits and dashes: safe on every file system. */
const namePart = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40) || 'team'

const dayOf = (time: string | null): string => (time === null ? 'empty' : time.slice(0, 10))
