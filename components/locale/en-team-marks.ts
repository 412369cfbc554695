/** What every page says of a team, in English. */
import type { Shared } from '../../lib/store/log-tables.ts'

const count = new Intl.NumberFormat('en')
const plural = (amount: number, one: string, many: string) =>
  `${count.format(amount)} ${amount === 1 ? one : many}`

export const enTeamMarks = {
  title: 'Team',
  shared: {
    private: 'On this machine only',
    kept: 'Kept private: on this machine only',
    waiting: 'On this machine; about to be shared',
    sealed: 'On this machine; sent as soon as the relay can be reached',
    stored: 'Stored by the relay',
  } satisfies Record<Shared, string>,
  notice: {
    alarm: 'Something is wrong with the team’s log. Nothing was lost here.',
    open: 'See what',
    waiting: (amount: number) =>
      `Not connected: ${plural(amount, 'change waits', 'changes wait')} here and will be sent by themselves.`,
  },
  keep: { action: 'Keep it private', busy: 'Taking it back …' },
  erase: {
    action: 'Erase for everybody …',
    title: 'Erase what this entry says for everybody?',
    help: 'Its content goes from your browser, your teammates’ and the relay, and can’t be brought back. That there was an entry, by whom and when, stays, with your name as the one who erased it. Copies that somebody exported stay with them.',
    confirm: 'Erase it',
  },
}
