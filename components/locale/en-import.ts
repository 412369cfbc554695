/** The words of opening an exported file and of checking a bundle, in English. */
import type { BundleCounts } from '../../lib/export/bundle/verdict.ts'

const count = new Intl.NumberFormat('en')
const entries = (amount: number) => `${count.format(amount)} ${amount === 1 ? 'entry' : 'entries'}`

export const enImport = {
  open: 'Open a file',
  openHelp:
    'Opens an exported JSON, JSONL or CSV file beside your log, for reading only, or checks an evidence bundle',
  drop: 'Drop an exported file to open it beside your log, or an evidence bundle to check it',
  reading: (name: string, amount: number) => `Reading ${name}: ${entries(amount)}`,
  cancel: 'Cancel',
  close: 'Close',
  failed: (name: string) => `${name} could not be opened.`,
  storeFailed:
    'The browser could not hold the entries. Your own log is untouched. Make room on the disk and try again.',
  banner: (name: string) => `You are reading the file ${name}`,
  notLog: 'Not your log: anyone could have written or changed this file.',
  verified: 'Not your log: what a team signed, as far as this bundle discloses it.',
  bundleHolds: 'Integrity and completeness hold',
  bundleLacks: 'Integrity holds, completeness doesn’t',
  counts: ({ headers, feeds, disclosed, sealed, erased }: BundleCounts) =>
    `${entries(headers)} of ${count.format(feeds)} ${feeds === 1 ? 'device' : 'devices'}: ${count.format(disclosed)} disclosed, ${count.format(sealed)} sealed, ${count.format(erased)} erased`,
  madeBy: (team: string, name: string, time: string) => `Log of ${team}, by ${name}, ${time}`,
  place: (feed: number | undefined, seq: number | undefined) =>
    [...(feed === undefined ? [] : [`device ${feed}`]), ...(seq === undefined ? [] : [`entry ${seq}`])].join(
      ', ',
    ),
  moreFaults: (amount: number) => `and ${count.format(amount)} more`,
  contents: (amount: number) => entries(amount),
  skipped: (amount: number) => `${entries(amount)} could not be read`,
  line: (line: number, reason: string) => `Line ${count.format(line)}: ${reason}`,
  back: 'Back to your log',
}
