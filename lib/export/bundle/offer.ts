/** Of which teams a filter's entries can be, and so whose evidence bundle can be made of it. Loads no code of bundles. */
import type { DaybookDatabase } from '../../store/database.ts'
import type { EntryFilter } from '../../store/query.ts'

export interface TeamChoice {
  readonly team: string
  readonly name: string
}

export interface BundleOffer {
  /** One bundle each. */
  readonly teams: readonly TeamChoice[]
  /** The one team that all of it belongs to; what names the file. */
  readonly whole?: TeamChoice
}

export const bundleOffer = async (db: DaybookDatabase, filter: EntryFilter): Promise<BundleOffer> => {
  const [teams, apps] = await Promise.all([db.teams.toArray(), db.apps.toArray()])
  if (teams.length === 0) return { teams: [] }
  const named =
    filter.app === undefined ? apps : filter.app.map((origin) => apps.find((app) => app.origin === origin))
  const ids = new Set(named.map((app) => app?.team))
  // Entries stay in the log of a team when their app has left it.
  const choices = teams
    .filter(({ team, state }) => state !== 'joining' && (ids.has(team) || filter.app === undefined))
    .map(({ team, view }): TeamChoice => ({ team, name: view.name }))
  const [whole] = ids.size === 1 ? choices.filter(({ team }) => ids.has(team)) : []
  return { teams: choices, ...(whole && { whole }) }
}
