/** The words for a database that can't be used, in English. Loaded when it happens. */
import type { Trouble } from '../../lib/store/trouble.ts'

const count = new Intl.NumberFormat('en')
const entries = (amount: number) => `${count.format(amount)} ${amount === 1 ? 'entry' : 'entries'}`

export const enTrouble = {
  states: {
    full: [
      'This disk is full',
      'Nothing that was recorded is lost. Free some space on the disk, or let Daybook keep entries for a shorter time.',
    ],
    outdated: [
      'Daybook was updated',
      'This page is still the old version. Nothing was lost; reload it to go on.',
    ],
    unreadable: [
      'The log can’t be read',
      'The browser says that its database is damaged. Nothing was erased. Save what can still be read, then try again.',
    ],
  } satisfies Record<Trouble, readonly [title: string, help: string]>,
  freeSpace: 'Open storage settings',
  reload: 'Reload',
  retry: 'Try again',
  rescue: 'Save what can be read',
  rescued: (amount: number, lost: number) =>
    `${entries(amount)} saved to your downloads${lost === 0 ? '.' : `; ${count.format(lost)} could not be read.`}`,
  nothingRescued:
    'Nothing could be read now. A restart of the browser often helps; what is on the disk stays as it is.',
  startAnew: 'Start a new log',
  startAnewTitle: 'Start a new log?',
  startAnewHelp:
    'Erases the damaged log from this machine, with its apps, settings and your profile. Entries that a team’s relay stores come back when you join again. This can’t be undone.',
}
