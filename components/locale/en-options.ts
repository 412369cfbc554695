/** The words of the settings page, in English. */
const count = new Intl.NumberFormat('en')
const plural = (amount: number, one: string, many: string) =>
  `${count.format(amount)} ${amount === 1 ? one : many}`

export const enOptions = {
  places: 'Parts of the settings',
  profile: 'You',
  profileHelp: 'Written into each entry from now on. Entries already recorded keep the name they have.',
  saved: 'Saved',
  apps: 'Recorded apps',
  appsNone: 'No app is recorded yet. Open one and click Daybook in the toolbar.',
  pause: 'Pause',
  resume: 'Resume',
  stop: 'Stop recording',
  more: (app: string) => `More about ${app}`,
  forget: 'Forget what was recorded …',
  forgetAction: 'Forget',
  forgetTitle: (app: string) => `Forget ${app}?`,
  forgetHelp: (amount: number) =>
    `Stops recording it and erases its ${plural(amount, 'entry', 'entries')} from this machine. This can’t be undone.`,
  corrections: 'Corrections',
  correctionsHelp:
    'What you told Daybook about an app. They shape what is recorded next and how the past is shown, never the log itself.',
  correctionsNone: 'No corrections. Choose “This isn’t a change” and the like on a row.',
  appearance: 'Appearance',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  zone: 'Times',
  zones: { local: 'Local time', utc: 'UTC' },
  fold: 'Fold repeated edits of one field into one row',
  retention: 'Keep entries',
  retentionDays: {
    0: 'For ever',
    30: '30 days',
    90: '90 days',
    365: 'One year',
    1095: 'Three years',
  } as Record<number, string>,
  retentionHelp: 'Older entries are erased from this machine.',
  retentionTitle: 'Erase older entries?',
  retentionConfirm: (days: string) =>
    `Entries older than ${days} are erased from this machine now and from then on. This can’t be undone.`,
  erase: 'Erase',
  refusals: 'Refused records',
  refusalsHelp: 'What a page sent and the background did not store, with the reason. The latest 200.',
  refusalsNone: 'Nothing was refused.',
  storage: 'On this machine',
  storageUsed: (entries: string, size: string) => `${entries}, ${size}`,
  used: 'Stored now',
  wipe: 'Wipe everything',
  wipeAll: 'Entries, apps, corrections and profile',
  wipeTitle: 'Wipe everything?',
  wipeHelp:
    'Erases all entries, apps, corrections and your profile from this machine. Export first if you need them. This can’t be undone.',
  leaves: 'What leaves this machine',
  leavesHelp:
    'Nothing, as long as you share no app with a team. Entries of shared apps go to the team’s relay, sealed: it can’t read them. Daybook talks to no other server.',
  team: 'Team',
  teamHelp: 'Keep one log with others: make a team, join one, see who belongs to it.',
  openTeam: 'Open',
  watched: 'Watched',
  watchedHelp: 'New changes of these are counted on the toolbar icon until you look at them.',
  watchedNone: 'Nothing is watched. Choose “Watch” in an entry’s details, or the bell of a saved view.',
  unwatch: 'Stop watching',
  look: 'Look',
  desktop: 'Notify on the desktop too',
  bellOwn: 'Count my own changes too',
  presence: 'Show teammates which page of a shared app I have open, and see theirs',
  presenceHelp:
    'Only while a side panel is open, sealed for the team, and kept nowhere. Off: nothing is sent, and nobody is shown.',
}
