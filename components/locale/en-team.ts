/** The words of the team page, in English. */
import type { AlarmRow, MemberView, SyncRow } from '../../lib/store/log-tables.ts'
import { enTeamMarks } from './en-team-marks.ts'

const count = new Intl.NumberFormat('en')
const plural = (amount: number, one: string, many: string) =>
  `${count.format(amount)} ${amount === 1 ? one : many}`

export const enTeam = {
  ...enTeamMarks,
  nav: 'Teams',
  another: 'Make or join another',
  start: {
    title: 'Keep one log with your team',
    lead: 'Teammates see each other’s changes in the apps you share. Entries are sealed on your machine; the relay that carries them can’t read them.',
    make: 'Make a team',
    makeHelp: 'You become its first admin. It begins on this machine; a relay can come later.',
    name: 'Name of the team',
    namePlaceholder: 'Platform team',
    makeAction: 'Make the team',
    join: 'Join by link',
    joinHelp: 'Paste the whole invite link. Your name goes to the team, sealed.',
    link: 'Invite link',
    joinAction: 'Join',
  },
  busy: 'Working …',
  copied: 'Copied',
  copy: 'Copy link',
  rename: 'Rename',
  renameTeam: 'Name of the team',

  relay: {
    title: 'Relay',
    none: 'This team is on this machine only. Connect it to a relay, so that others can join.',
    help: 'The relay stores sealed entries and passes them on. It sees who writes when and how much, never what. Run one with “npm run relay”.',
    address: 'Address of the relay',
    connect: 'Connect',
    move: 'Move to another relay',
    retry: 'Try now',
    state: {
      off: 'Asleep: nothing to send. It wakes for new entries and when you look.',
      connecting: 'Connecting …',
      on: 'In step with the relay.',
      refused: 'The relay does not let this browser in.',
    } satisfies Record<SyncRow['connection'], string>,
    unsent: (amount: number) =>
      `${plural(amount, 'entry waits', 'entries wait')} on this machine and will be sent when the relay can be reached.`,
    backfill: (left: number, of: number) =>
      `Fetching the history: ${count.format(of - left)} of ${count.format(of)} parts.`,
    clockOff: (aheadMs: number) =>
      `This computer’s clock is ${plural(Math.round(Math.abs(aheadMs) / 60_000), 'minute', 'minutes')} ${aheadMs > 0 ? 'behind' : 'ahead of'} the relay’s. The exchange works all the same, but entries carry this computer’s time: set its clock right.`,
    lastSynced: (ago: string) => `Last exchange: ${ago}.`,
  },

  joining:
    'You have joined. A teammate’s browser hands over the key as soon as it is online; until then there is nothing to read.',
  removed:
    'This browser is not in the team any more. What it has stays readable here; nothing new comes or goes.',
  forget: 'Forget this team',
  forgetHelp: 'Takes the team and its keys off this machine. Entries that are here stay.',

  members: {
    title: 'Members',
    amount: (amount: number) => plural(amount, 'member', 'members'),
    you: 'you',
    unnamed: 'A member',
    role: (name: string) => `Role of ${name}`,
    roles: { admin: 'Admin', writer: 'Writer', reader: 'Reader' } satisfies Record<
      MemberView['role'],
      string
    >,
    rolesHelp: 'Admins invite and remove people. Writers add entries. Readers only read.',
    since: (date: string) => `since ${date}`,
    waits: 'waits for the key',
    thisDevice: 'this browser',
    remove: 'Remove',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeHelp: (name: string) =>
      `${name} gets nothing new from now on, and nothing that they write after this counts. What they wrote before stays in the log, and they keep the copies they have. The team gets a new key.`,
    removeDevice: 'Remove device',
    removeDeviceTitle: (device: string) => `Remove ${device}?`,
    removeDeviceHelp:
      'Nothing that it writes after this counts, and it gets nothing new. The team gets a new key.',
    former: (amount: number) => plural(amount, 'former member', 'former members'),
    leave: 'Leave the team',
    leaveTitle: (team: string) => `Leave ${team}?`,
    leaveHelp:
      'This ends your membership on all your devices. What you wrote stays in the team’s log; what is on this machine stays readable.',
  },

  invite: {
    title: 'Invite',
    help: 'Whoever has the link can join while it is good. Send it over a channel you trust.',
    role: 'As',
    uses: 'For',
    people: (amount: number) => plural(amount, 'person', 'people'),
    days: 'Good for',
    dayAmount: (amount: number) => plural(amount, 'day', 'days'),
    make: 'Make invite link',
    ownDevice: 'Link another browser of mine',
    ownDeviceHelp:
      'For your laptop, your other profile: it joins as you. The link is good once, for one day.',
    open: 'Open invites',
    made: 'Invite link',
    qr: 'QR code of the invite link',
    showQr: 'Show QR code',
    left: (role: string, uses: number) => `${role}, ${plural(uses, 'use', 'uses')} left`,
    own: 'A browser of yours',
    ownOf: (name: string) => `A browser of ${name}`,
    until: (date: string) => `until ${date}`,
    withdraw: 'Withdraw',
    elsewhere: 'made in another browser',
    show: 'Show link',
  },

  apps: {
    title: 'Shared apps',
    help: 'Changes in a shared app go to the team. All other apps stay private to this machine.',
    none: 'No app is recorded yet. Open one and click Daybook in the toolbar.',
    private: 'Private',
    shareTitle: (app: string, team: string) => `Share ${app} with ${team}?`,
    shareHelp: (team: string) => `From now on your changes there are seen by all members of ${team}.`,
    older: (amount: number) =>
      `Also share the ${plural(amount, 'older entry', 'older entries')}, marked as shared later`,
    hold: 'Hold new entries for 30 seconds, so that one can be taken back',
    share: 'Share',
    stop: 'Stop sharing',
    sharing: (team: string) => `Shared with ${team}`,
    with: (app: string) => `Share ${app}`,
  },

  alarms: {
    title: 'Something is wrong with this team’s log',
    kinds: {
      fork: 'One device wrote two different histories.',
      'bad signature': 'Something came that is not as its author signed it.',
      unreadable: 'An entry is as its author signed it, and can’t be read.',
      'relay lost data': 'The relay lost entries that it had confirmed.',
      'roster rolled back': 'The relay shows another list of members than before.',
      'id used twice': 'An entry came under an id that another one has.',
      withheld: 'Entries are missing that a teammate’s browser has seen.',
      'erase refused': 'A browser asked to erase what it may not erase.',
      'after removal': 'Entries were written after their author was removed.',
      'copied profile': 'This browser profile was copied, or restored from a backup.',
    } satisfies Record<AlarmRow['kind'], string>,
    advice: {
      fork: 'Both are kept. This happens when a browser profile was copied or restored, or when somebody cheats. Remove that device and link it anew.',
      'bad signature': 'It was not taken. If it comes again, ask who runs the relay.',
      unreadable:
        'Its sealed original is kept in this browser, and it is in no list. Ask its author to look at their own log: they have what they meant to write.',
      'relay lost data': 'Nothing is to be done here. Ask who runs the relay what happened.',
      'roster rolled back':
        'Nothing was changed here. The relay was restored from an old copy or is not to be trusted: ask who runs it.',
      'id used twice': 'Both are kept, the later one under another id.',
      withheld:
        'What is here is kept and complete up to the gap. If it is not filled within a day, ask its author to look at their own log, and who runs the relay what it has.',
      'erase refused': 'Nothing was erased. Ask the member whether it was them; if not, remove that device.',
      'after removal':
        'They are out of the lists, exports and search: nothing after a removal counts. Their sealed originals are kept in this browser. Nothing is to be done.',
      'copied profile':
        'Nothing was lost and no history was forked: this browser writes on under a new device of yours. Remove the old device on this page once no other copy uses it.',
    } satisfies Record<AlarmRow['kind'], string>,
    where: (member: string, device: string, seq: number | undefined) =>
      `${member}’s browser ${device}${seq === undefined ? '' : `, entry ${seq}`}`,
    acknowledge: 'Mark as read',
  },
}
