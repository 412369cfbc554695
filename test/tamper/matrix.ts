/** All attacks that are tried, as one list: against the log, the relay, the roster, whole teams and evidence bundles. */
import { checkBundle, faultsOf } from '../helpers/bundle.ts'
import { type BundleWorld, bundleWorld } from '../helpers/bundle-world.ts'
import type { Attack } from './attack.ts'
import { BUNDLE_TAMPERINGS } from './bundle-tamperings.ts'
import { LOG_ATTACKS } from './log-attacks.ts'
import { RELAY_ATTACKS } from './relay-attacks.ts'
import { ROSTER_ATTACKS } from './roster-attacks.ts'
import { TEAM_ATTACKS } from './team-attacks.ts'

export interface Matrix {
  readonly attacks: readonly Attack[]
  readonly close: () => Promise<void>
}

/** `withBundles` takes a team of three to make one; its own test tries those too. */
export const openMatrix = async (withBundles: boolean): Promise<Matrix> => {
  const live = [...LOG_ATTACKS, ...RELAY_ATTACKS, ...ROSTER_ATTACKS, ...TEAM_ATTACKS]
  if (!withBundles) return { attacks: live, close: async () => undefined }
  const world = await bundleWorld()
  return { attacks: [...live, ...bundleAttacks(world)], close: world.close }
}

const bundleAttacks = (world: BundleWorld): Attack[] =>
  BUNDLE_TAMPERINGS.map(({ attack, by, named, tamper }) => ({
    attack: `bundle: ${attack}`,
    by: by === 'whoever passes the file on' ? 'whoever has the file' : 'a member',
    foundBy: 'verify-bundle and Audit Logs',
    named,
    run: async () => {
      const { outcome } = await checkBundle(await tamper(world))
      const names = outcome.kind === 'checked' ? faultsOf(outcome.report).map(({ name }) => name) : []
      return { names, packed: [...new Set(names)] }
    },
  }))
