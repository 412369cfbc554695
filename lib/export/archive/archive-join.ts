/** How an archive becomes a device of a team: keys first, on disk, then one operation by the invite. Trying again joins once. */
import { createVerifier } from '../../log/signature.ts'
import { createRelayHttp } from '../../sync/relay-http.ts'
import { foldRoster } from '../../team/apply-operation.ts'
import { joinTeam } from '../../team/author.ts'
import { type DeviceKeys, signerOf } from '../../team/identity.ts'
import { type InviteLink, inviteKeysOf } from '../../team/invite.ts'
import { encodeOperation } from '../../team/operation.ts'
import { deviceByKey } from '../../team/roster.ts'
import { createToken } from '../../team/token.ts'
import type { ArchiveDeps, ArchiveTask } from './archive.ts'
import type { ArchiveState } from './archive-folder.ts'
import { makeDevice } from './device.ts'

const RETRY_MS = 3_000

/** The keys are on disk before anybody hears of them: a second try is the same device. */
export const prepareArchive = async (
  deps: ArchiveDeps,
  { invite, format }: ArchiveTask,
): Promise<ArchiveState> => {
  if (!invite) throw new Error('This folder has no archive yet: give an invite link with --invite.')
  const state = {
    version: 1 as const,
    team: invite.team,
    relay: invite.relay,
    format,
    device: await makeDevice(deps.subtle),
    roster: { length: 0, hash: '' },
    disk: '',
    segment: 0,
    heads: {},
  }
  await deps.folder.commit(state, '', '')
  return { ...state, day: null }
}

/** As a new member. Nothing to do where an earlier try got through. */
export const joinAsArchive = async (
  deps: ArchiveDeps,
  invite: InviteLink,
  name: string,
  keys: DeviceKeys,
): Promise<void> => {
  const { subtle, nowMs, random, say, signal } = deps
  const { team, relay, secret } = invite
  const http = createRelayHttp(relay, deps.fetch)
  const { id, signer } = await inviteKeysOf(subtle, secret)
  const token = (asGuest: boolean) =>
    createToken({
      audience: relay,
      team,
      nowMs: nowMs(),
      random: random(16),
      device: signerOf(subtle, keys),
      ...(asGuest && { invite: signer }),
    })
  while (!signal.aborted) {
    const shown = await http.operations(team, 0, await token(true))
    if (!shown.ok && shown.status === 0) {
      await deps.pause(RETRY_MS)
      continue
    }
    if (!shown.ok) {
      if ((await http.operations(team, 0, await token(false))).ok) return
      throw new Error('This invite was used, was withdrawn or has expired. Ask for a new one.')
    }
    const { roster } = await foldRoster(shown.value, createVerifier(subtle))
    if (roster?.team !== team) throw new Error('The relay does not show the team of this link.')
    if (deviceByKey(roster, keys.signPublic)) return
    const { operation, self } = await joinTeam(deps, keys, roster, secret, {
      member: name,
      device: 'Archive',
    })
    const answer = await http.appendOperation(team, encodeOperation(operation), await token(true))
    if (answer.ok && answer.value === 'stored') {
      const role = roster.invites.get(id)?.role
      if (role !== 'reader') say(`This invite makes a ${role}: a reader’s is enough for an archive.`)
      return say(`Joined as device ${self.feed}.`)
    }
    if (!answer.ok && answer.status !== 0)
      throw new Error(`The relay refused (${answer.reason}). Ask for a new invite link.`)
  }
}
