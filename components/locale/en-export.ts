/** The words of exporting, in English. */
const count = new Intl.NumberFormat('en')
const entries = (amount: number) => `${count.format(amount)} ${amount === 1 ? 'entry' : 'entries'}`

export const enExport = {
  choose: 'Choose export format',
  formats: {
    csv: ['CSV', 'for spreadsheets'],
    json: ['JSON', 'with a manifest'],
    jsonl: ['JSONL', 'one entry a line'],
  },
  entries,
  soFar: (amount: number) => `${count.format(amount)}+ entries`,
  window: (from: string, to: string) => (from === to ? from : `${from} – ${to}`),
  none: 'No entries match',
  running: (amount: number) => `${entries(amount)} written`,
  rate: (perSecond: number) => `${count.format(perSecond)} a second`,
  cancel: 'Cancel',
  close: 'Close',
  done: (amount: number, name: string) => `${entries(amount)} saved as ${name}`,
  cancelled: 'Cancelled. No file was saved.',
  leftOut: (amount: number) =>
    `${entries(amount)} that match ${amount === 1 ? 'is' : 'are'} in no log of the team and not in the bundle.`,
  failures: {
    unknown: 'The export stopped, and no file was saved. Your entries are untouched. Try again.',
    'disk full':
      'The disk is full, so no file was saved. Your entries are untouched. Make room and try again.',
    'too large':
      'A bundle holds at most 4 GB, so no file was saved. Your entries are untouched. Choose a shorter time.',
  },
  bundle: 'Evidence bundle',
  bundleOf: (team: string) => `of ${team}, for auditors`,
  bundleHelp: 'A zip with proof: signatures, chain, roster and receipts, which anybody can check offline',
  shareFirst: 'share with a team first',
  noBundle: 'A bundle needs signatures, and these apps are private to this browser.',
  large: 'This is more than 50 MB. Where shall it go?',
  chooseFile: 'Choose a file …',
  toDownloads: 'Downloads folder',
}
