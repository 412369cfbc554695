/** The words of opening an exported file, in English. */
const count = new Intl.NumberFormat('en')
const entries = (amount: number) => `${count.format(amount)} ${amount === 1 ? 'entry' : 'entries'}`

export const enImport = {
  open: 'Open a file',
  openHelp: 'Opens an exported JSON, JSONL or CSV file beside your log, for reading only',
  drop: 'Drop an exported file to open it beside your log',
  reading: (name: string, amount: number) => `Reading ${name}: ${entries(amount)}`,
  cancel: 'Cancel',
  close: 'Close',
  failed: (name: string) => `${name} could not be opened.`,
  storeFailed:
    'The browser could not hold the entries. Your own log is untouched. Make room on the disk and try again.',
  banner: (name: string) => `You are reading the file ${name}`,
  notLog: 'Not your log: anyone could have written or changed this file.',
  contents: (amount: number) => entries(amount),
  skipped: (amount: number) => `${entries(amount)} could not be read`,
  line: (line: number, reason: string) => `Line ${count.format(line)}: ${reason}`,
  back: 'Back to your log',
}
