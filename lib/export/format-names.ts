/** The names of the formats, apart from what writes them, so that a button can offer them without loading it. */

export const EXPORT_FORMATS = ['csv', 'json', 'jsonl'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** What an export writes: entries in one of the formats, or an evidence bundle of a team's log. */
export type ExportKind = ExportFormat | 'bundle'
