/**
 * What the extension's pages ask of the background about teams. Pages read teams from the database and never wait for more
 * than an answer of yes, or no and why.
 */
import * as v from 'valibot'

const team = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const member = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))
const role = v.picklist(['admin', 'writer', 'reader'])
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max))
const feed = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const uuid = v.pipe(v.string(), v.maxLength(36))

const teamCommand = v.variant('type', [
  v.strictObject({ type: v.literal('team-make'), name, device: name }),
  /** Puts a team on a relay, or moves it to another. */
  v.strictObject({ type: v.literal('team-connect'), team, relay: v.pipe(v.string(), v.maxLength(500)) }),
  v.strictObject({ type: v.literal('team-join'), link: v.pipe(v.string(), v.maxLength(2000)), device: name }),
  /** Answered with the link. `ownDevice`: for another browser of the same person. */
  v.strictObject({
    type: v.literal('team-invite'),
    team,
    role,
    uses: count(1000),
    days: count(365),
    ownDevice: v.boolean(),
  }),
  v.strictObject({
    type: v.literal('team-revoke'),
    team,
    invite: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
  v.strictObject({ type: v.literal('team-role'), team, member, role }),
  v.strictObject({ type: v.literal('team-remove'), team, member }),
  v.strictObject({ type: v.literal('team-remove-device'), team, feed }),
  /** Without `member`, the team's own name. */
  v.strictObject({ type: v.literal('team-rename'), team, name, member: v.exactOptional(member) }),
  /** Asks the relay for news now. */
  v.strictObject({ type: v.literal('team-follow'), team }),
  /** Without `team`, the app becomes private again. `older`: what was recorded before is shared too, marked as such. */
  v.strictObject({
    type: v.literal('team-share-app'),
    origin: v.pipe(v.string(), v.maxLength(300)),
    team: v.exactOptional(team),
    older: v.boolean(),
    holdMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600_000)),
  }),
  /** Takes an entry back that has not been sealed yet. */
  v.strictObject({ type: v.literal('team-discard'), entry: uuid }),
  /** Erases the content of an entry in the team's log, for everybody. Its author and admins may. */
  v.strictObject({ type: v.literal('team-erase'), entry: uuid }),
  /** Forgets a team that this browser was removed from, or that never came to be. Entries stay. */
  v.strictObject({ type: v.literal('team-forget'), team }),
])

export type TeamCommand = v.InferOutput<typeof teamCommand>

/** `value`: the team's id for make and join, the link for invite. */
export type TeamAnswer =
  | { readonly ok: true; readonly value?: string }
  /** In words for a person. */
  | { readonly ok: false; readonly reason: string }

export const parseTeamCommand = (message: unknown): TeamCommand | undefined => {
  const parsed = v.safeParse(teamCommand, message)
  return parsed.success ? parsed.output : undefined
}

/** Sends to the background. A background that does not answer is a failure in words, too. */
export const createTeamClient =
  (ask: (command: TeamCommand) => Promise<unknown>) =>
  async (command: TeamCommand): Promise<TeamAnswer> => {
    const answer = await ask(command).catch(() => undefined)
    return typeof answer === 'object' && answer !== null && 'ok' in answer
      ? (answer as TeamAnswer)
      : { ok: false, reason: 'Daybook was restarting. Nothing was changed; try again.' }
  }

export type TeamClient = ReturnType<typeof createTeamClient>
