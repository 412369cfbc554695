/** [A3] Who has yet to join is let in by an invite that is good now, and by no other. */
import { expect, test } from 'vitest'
import { revokeInvite } from '../../lib/team/author.ts'
import { createDeviceKeys, signerOf } from '../../lib/team/identity.ts'
import type { InviteLink } from '../../lib/team/invite.ts'
import { inviteKeysOf } from '../../lib/team/invite.ts'
import { createToken } from '../../lib/team/token.ts'
import { createAuthenticate } from '../../server/auth.ts'
import { createNodeVerifier } from '../../server/signature.ts'
import { createTestTeam, RELAY, randomBytes, subtle, WEEK_MS } from '../helpers/team.ts'

const world = async () => {
  const team = await createTestTeam()
  const authenticate = createAuthenticate({
    audiences: [RELAY],
    verifier: createNodeVerifier(),
    now: team.deps.nowMs,
    rememberedTokens: 100,
  })
  const guest = signerOf(subtle, await createDeviceKeys(subtle))
  const enter = async (link: InviteLink) => {
    const token = await createToken({
      audience: RELAY,
      team: team.roster.team,
      nowMs: team.deps.nowMs(),
      random: randomBytes(16),
      device: guest,
      invite: (await inviteKeysOf(subtle, link.secret)).signer,
    })
    const entered = await authenticate(token, team.roster)
    return entered.ok ? entered.value.kind : entered.reason
  }
  return { team, enter, link: await team.invite(team.founder, 'writer') }
}

test('a good invite lets in as a guest', async () => {
  const { enter, link } = await world()
  expect(await enter(link)).toBe('guest')
})

test('an invite that was withdrawn, used up or is too old lets nobody in', async () => {
  const withdrawn = await world()
  const { team } = withdrawn
  const { id } = [...team.roster.invites.values()][0] as { id: string }
  await team.append(await revokeInvite(team.deps, team.founder, team.roster, id))
  expect(await withdrawn.enter(withdrawn.link)).toBe('not a member')

  const used = await world()
  await used.team.accept(used.link, 'Ben')
  expect(await used.enter(used.link)).toBe('not a member')

  const old = await world()
  old.team.deps.set(old.team.deps.nowMs() + WEEK_MS + 1)
  expect(await old.enter(old.link)).toBe('not a member')
})
