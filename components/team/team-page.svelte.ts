/** What the team page shows and does: live rows of one team, and commands with their state. */
import type { TeamAnswer, TeamClient, TeamCommand } from '../../lib/messages/team.ts'
import { apps, type RecordedApp } from '../../lib/store/apps.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import type { AlarmRow, MemberView, SyncRow, TeamRow } from '../../lib/store/log-tables.ts'
import { Live } from '../live.svelte.ts'

export class TeamPage {
  readonly #teams: Live<TeamRow[]>
  readonly #syncs: Live<SyncRow[]>
  readonly #alarms: Live<AlarmRow[]>
  readonly #apps: Live<RecordedApp[]>
  readonly #db: DaybookDatabase
  #chosen = $state<string>()

  constructor(db: DaybookDatabase) {
    this.#db = db
    this.#teams = new Live(() => () => db.teams.toArray())
    this.#syncs = new Live(() => () => db.syncs.toArray())
    this.#alarms = new Live(() => () => db.alarms.filter(({ acknowledged }) => !acknowledged).toArray())
    this.#apps = new Live(() => () => apps(db))
  }

  get isReady(): boolean {
    return this.#teams.current !== undefined
  }
  get teams(): readonly TeamRow[] {
    return this.#teams.current ?? []
  }
  /** The chosen team, else the first; none where another one is to be made. */
  get team(): TeamRow | undefined {
    return this.#chosen === ''
      ? undefined
      : (this.teams.find(({ team }) => team === this.#chosen) ?? this.teams[0])
  }
  /** An empty text chooses none. */
  readonly choose = (team: string): void => {
    this.#chosen = team
  }
  get sync(): SyncRow | undefined {
    return this.#syncs.current?.find(({ team }) => team === this.team?.team)
  }
  get alarms(): readonly AlarmRow[] {
    return (this.#alarms.current ?? []).filter(({ team }) => team === this.team?.team)
  }
  get apps(): readonly RecordedApp[] {
    return this.#apps.current ?? []
  }
  readonly acknowledge = async ({ id }: AlarmRow): Promise<void> => {
    if (id !== undefined) await this.#db.alarms.update(id, { acknowledged: true })
  }
}

/** The member that this browser writes as. */
export const ownMember = (row: TeamRow): MemberView | undefined =>
  row.view.members.find(({ id }) => id === row.self.member)

/** One form's command: busy while it runs, then the problem in words, if there is one. */
export class Command {
  readonly #client: TeamClient
  #isBusy = $state(false)
  #problem = $state('')

  constructor(client: TeamClient) {
    this.#client = client
  }

  get isBusy(): boolean {
    return this.#isBusy
  }
  get problem(): string {
    return this.#problem
  }
  readonly run = async (command: TeamCommand): Promise<TeamAnswer> => {
    this.#isBusy = true
    this.#problem = ''
    const answer = await this.#client(command)
    this.#isBusy = false
    if (!answer.ok) this.#problem = answer.reason
    return answer
  }
}

/** For dialogs, which show what was thrown. */
export const orThrow = async (answer: Promise<TeamAnswer>): Promise<void> => {
  const done = await answer
  if (!done.ok) throw new Error(done.reason)
}

/** How this browser is called in the list of devices: "Chromium on Linux". */
export const deviceName = (userAgent: string): string => {
  const browser = /Firefox\//.test(userAgent) ? 'Firefox' : /Edg\//.test(userAgent) ? 'Edge' : 'Chrome'
  const system = /Windows/.test(userAgent)
    ? 'Windows'
    : /CrOS/.test(userAgent)
      ? 'ChromeOS'
      : /Mac OS/.test(userAgent)
        ? 'macOS'
        : 'Linux'
  return `${browser} on ${system}`
}
