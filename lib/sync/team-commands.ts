/** Does what pages ask about teams. The words for a person come from lib/sync/teams.ts; here is only who does what. */
import type { Bytes } from '../log/bytes.ts'
import type { TeamAnswer, TeamCommand } from '../messages/team.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { profile } from '../store/settings.ts'
import { wishErase } from './erasures.ts'
import { withdrawWaiting } from './outbox.ts'
import type { Outcome, Person, Teams } from './teams.ts'

export interface TeamCommandDeps {
  readonly db: DaybookDatabase
  readonly teams: Teams
  /** Puts what was recorded of an app before up for sharing. */
  readonly shareOlder: (origin: string, team: string) => Promise<unknown>
  readonly nowMs: () => number
  readonly random: (length: number) => Bytes
  /** False where it is too late. */
  readonly discard: (entry: string) => Promise<boolean>
  /** Something changed that the exchange with relays should look at now. */
  readonly wake: () => void
}

export const createTeamCommands = (
  deps: TeamCommandDeps,
): ((command: TeamCommand) => Promise<TeamAnswer>) => {
  const { db, teams } = deps

  const asPerson = async (
    device: string,
    act: (person: Person) => Promise<Outcome<string>>,
  ): Promise<TeamAnswer> => {
    const who = await profile(db)
    return who
      ? act({ id: who.id, name: who.name, device })
      : { ok: false, reason: 'Say who you are first: teammates see your name. Open the settings.' }
  }

  const run = (command: TeamCommand): Promise<TeamAnswer> => {
    switch (command.type) {
      case 'team-make':
        return asPerson(command.device, (person) => teams.make(command.name, person))
      case 'team-connect':
        return plain(teams.connect(command.team, command.relay))
      case 'team-join':
        return asPerson(command.device, (person) => teams.join(command.link, person))
      case 'team-invite':
        return teams.invite(command.team, command)
      case 'team-revoke':
        return plain(teams.revoke(command.team, command.invite))
      case 'team-role':
        return plain(teams.changeRole(command.team, command.member, command.role))
      case 'team-remove':
        return plain(teams.removeMember(command.team, command.member))
      case 'team-remove-device':
        return plain(teams.removeDevice(command.team, command.feed))
      case 'team-rename':
        return plain(teams.rename(command.team, command.name, command.member))
      case 'team-follow':
        return plain(teams.follow(command.team))
      case 'team-share-app':
        return shareApp(command)
      case 'team-discard':
        return deps
          .discard(command.entry)
          .then((done) =>
            done
              ? DONE
              : { ok: false, reason: 'Too late: it is in the team’s log already. It can be erased there.' },
          )
      case 'team-erase':
        return eraseEntry(command.entry)
      case 'team-forget':
        return forget(command.team)
    }
  }

  const shareApp = async ({
    origin,
    team,
    older,
    holdMs,
  }: Extract<TeamCommand, { type: 'team-share-app' }>): Promise<TeamAnswer> => {
    if (team !== undefined && (await db.teams.get(team))?.state === 'removed') {
      return { ok: false, reason: 'This browser is not in that team any more.' }
    }
    const known = await db.apps.get(origin)
    if (!known) return { ok: false, reason: 'That app is not recorded.' }
    const { team: before, sharedAt: _since, ...app } = known
    await db.transaction('rw', db.apps, db.outbox, db.bodies, async () => {
      await db.apps.put({
        ...app,
        ...(team !== undefined && { team, ...(!older && { sharedAt: deps.nowMs() }) }),
        holdMs,
      })
      if (before !== undefined && before !== team) await withdrawWaiting(db, origin)
    })
    if (team !== undefined && older) await deps.shareOlder(origin, team)
    return DONE
  }

  const eraseEntry = async (entry: string): Promise<TeamAnswer> => {
    const row = (await db.envelopes.where('entry').equals(entry).toArray())[0]
    const context = row && (await teams.context(row.team))
    if (!row || !context) return { ok: false, reason: 'It is in no team’s log. Nothing was erased.' }
    if (context.row.state === 'removed')
      return { ok: false, reason: 'This browser is not in that team any more. Nothing was erased.' }
    const fault = await wishErase(db, context, row, deps.nowMs(), deps.random(16))
    if (fault === undefined) return DONE
    return fault === 'not allowed'
      ? { ok: false, reason: 'Only its author and admins can erase it for everybody. Nothing was erased.' }
      : { ok: false, reason: 'It can’t be read. Nothing was erased.' }
  }

  const forget = async (team: string): Promise<TeamAnswer> => {
    const row = await db.teams.get(team)
    const isAlone = row?.relay === undefined
    if (row && row.state !== 'removed' && !isAlone) return { ok: false, reason: 'Leave the team first.' }
    await teams.forget(team)
    return DONE
  }

  return async (command) => {
    const answer = await run(command)
    deps.wake()
    return answer
  }
}

const DONE: TeamAnswer = { ok: true }

const plain = async (outcome: Promise<Outcome>): Promise<TeamAnswer> => {
  const done = await outcome
  return done.ok ? DONE : done
}
