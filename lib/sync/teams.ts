/**
 * The teams of this device: makes, joins and changes them, follows their rosters, and does an admin device's duties
 * (hand keys to newcomers, rotate after a removal). Everything is stored before it counts; a team works without a relay.
 * Runs in the background alone. The exchange of entries is not here: it asks `context` for roster and keys.
 */
import type { Bytes } from '../log/bytes.ts'
import type { FeedId, TeamId } from '../log/envelope.ts'
import { ROSTER_FEED } from '../log/frames.ts'
import { createVerifier } from '../log/signature.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { TeamRow } from '../store/log-tables.ts'
import { setting } from '../store/settings.ts'
import { applyOperation, foldRoster } from '../team/apply-operation.ts'
import {
  type AuthorDeps,
  changeRole,
  foundTeam,
  type Heads,
  inviteMember,
  joinTeam,
  removeDevice,
  removeMember,
  rename,
  revokeInvite,
  rotateKey,
  type Self,
  setRelay,
  shareKeys,
  succeed,
} from '../team/author.ts'
import { createDeviceKeys, signerOf } from '../team/identity.ts'
import { inviteKeysOf, inviteLinkToText, parseInviteLink } from '../team/invite.ts'
import {
  decodeOperation,
  encodeOperation,
  type MemberId,
  type Role,
  type SignedOperation,
} from '../team/operation.ts'
import { currentEpoch, deviceByKey, inviteFault, roleOf } from '../team/roster.ts'
import { actorIdToMember } from '../team/timeline.ts'
import { createToken } from '../team/token.ts'
import { createRelayClocks, type RelayClocks } from './relay-clock.ts'
import { createRelayHttp, type RelayAnswer, type RelayHttp } from './relay-http.ts'
import { createRosterBook } from './roster-book.ts'
import { rowOf, type TeamContext } from './team-context.ts'
import { INVITE_OVER, LINK_FAULTS, refusalText, relayFault } from './team-words.ts'

export interface TeamsDeps extends AuthorDeps {
  readonly db: DaybookDatabase
  readonly fetch: typeof fetch
}

export type Outcome<Value = undefined> =
  | { readonly ok: true; readonly value: Value }
  /** In words for a person: what happened and what to do. */
  | { readonly ok: false; readonly reason: string }

export interface Person {
  /** The profile's id, a UUID. */
  readonly id: string
  readonly name: string
  readonly device: string
}

export interface Teams {
  /** Undefined for a team that this device does not know. */
  readonly context: (team: TeamId) => Promise<TeamContext | undefined>
  readonly clocks: RelayClocks
  /** Good once, for 120 s by the relay's clock, at the team's relay. */
  readonly token: (team: TeamId) => Promise<string | undefined>
  readonly make: (name: string, person: Person) => Promise<Outcome<TeamId>>
  /** Puts the team on a relay, or moves it to another. */
  readonly connect: (team: TeamId, relay: string) => Promise<Outcome>
  readonly join: (link: string, person: Person) => Promise<Outcome<TeamId>>
  /** Fetches what is new in the roster and does this device's duties. Nothing to do without a relay. */
  readonly follow: (team: TeamId) => Promise<Outcome>
  /** The link. It needs a relay, or nobody could come. */
  readonly invite: (
    team: TeamId,
    request: { role: Role; uses: number; days: number; ownDevice: boolean },
  ) => Promise<Outcome<string>>
  readonly revoke: (team: TeamId, invite: string) => Promise<Outcome>
  readonly changeRole: (team: TeamId, member: MemberId, role: Role) => Promise<Outcome>
  readonly removeMember: (team: TeamId, member: MemberId) => Promise<Outcome>
  readonly removeDevice: (team: TeamId, feed: FeedId) => Promise<Outcome>
  /** Without `member`, the team's own name. */
  readonly rename: (team: TeamId, name: string, member?: MemberId) => Promise<Outcome>
  /** This browser writes on under a new device of the same member. */
  readonly succeed: (team: TeamId) => Promise<Outcome>
  /** Takes a team off this machine, its keys included. Entries stay. */
  readonly forget: (team: TeamId) => Promise<void>
}

const DAY_MS = 24 * 3_600_000
const MAX_ATTEMPTS = 8

export const createTeams = (deps: TeamsDeps): Teams => {
  const { db, subtle, random, nowMs } = deps
  const verifier = createVerifier(subtle)
  const book = createRosterBook(deps)
  const clocks = createRelayClocks(nowMs)
  const turns = new Map<TeamId, Promise<unknown>>()

  /** One change of a team at a time. */
  const inTurn = <Value>(team: TeamId, work: () => Promise<Value>): Promise<Value> => {
    const done = (turns.get(team) ?? Promise.resolve()).then(work, work)
    turns.set(
      team,
      done.catch(() => undefined),
    )
    return done
  }

  const tokenFor = async (
    { row, self }: Pick<TeamContext, 'row' | 'self'>,
    secret?: Bytes,
  ): Promise<string> =>
    createToken({
      audience: row.relay ?? '',
      team: row.team,
      nowMs: clocks.nowAt(row.relay ?? ''),
      random: random(16),
      device: signerOf(subtle, self.keys),
      ...(secret && { invite: (await inviteKeysOf(subtle, secret)).signer }),
    })

  const relayOf = (row: TeamRow): RelayHttp | undefined =>
    row.relay === undefined ? undefined : createRelayHttp(row.relay, deps.fetch, clocks)

  /** Brings the stored roster up to the relay's. */
  const pull = async (team: TeamContext): Promise<RelayAnswer<TeamContext>> => {
    const relay = relayOf(team.row)
    if (!relay) return { ok: true, value: team }
    const { length } = team.roster.head
    // From the last one that is known: its hash tells whether the relay has the same history.
    const answer = await relay.operations(team.row.team, length - 1, () => tokenFor(team))
    if (!answer.ok) {
      if (answer.status === 404 || isStranger(answer)) return refill(team, relay)
      if (answer.status === 403 && answer.reason === 'removed') await markRemoved(team)
      return answer
    }
    const [last, ...added] = answer.value
    if (!last) return refill(team, relay)
    const signed = decodeOperation(last)
    if (!signed.ok || signed.value.hash !== team.roster.head.hash) {
      await raiseRolledBack(team, answer.value)
      return { ok: false, status: 0, reason: 'the relay shows another history of this team' }
    }
    if (added.length === 0) return { ok: true, value: team }
    const folded = await foldRoster(added, verifier, team.roster)
    const stored = await book.store(team.row, team.roster, folded.operations)
    const value = await moveAlong(team, stored)
    return folded.fault
      ? { ok: false, status: 0, reason: `the relay’s roster is not valid: ${folded.fault}` }
      : { ok: true, value }
  }

  /** Where an admin moved the team to another relay. */
  const moveAlong = (before: TeamContext, after: TeamContext): Promise<TeamContext> | TeamContext => {
    const address = after.roster.relay?.address
    return address !== undefined && address !== before.roster.relay?.address && address !== after.row.relay
      ? book.update(after, { relay: address })
      : after
  }

  /** The relay that a team leaves, if it still runs, tells the others where to. */
  const tellOldRelay = async (left: TeamContext): Promise<void> => {
    const relay = relayOf(left.row)
    if (!relay) return
    for (const { bytes, index } of await book.operations(left.row.team))
      if (index >= left.roster.head.length)
        await relay.appendOperation(left.row.team, bytes, () => tokenFor(left))
  }

  /** A relay that lost its disk, or a new one, gets the operations from a member. */
  const refill = async (
    team: TeamContext,
    relay: RelayHttp,
    createToken?: string,
  ): Promise<RelayAnswer<TeamContext>> => {
    const [genesis, ...later] = await book.operations(team.row.team)
    if (!genesis) return { ok: false, status: 0, reason: 'this team has no genesis' }
    const permit = createToken ?? (await setting<string>(db, permitKey(team.row.team)))
    const made = await relay.createTeam(genesis.bytes, permit)
    if (!made.ok) return made
    for (const { bytes } of later) {
      const stored = await relay.appendOperation(team.row.team, bytes, () => tokenFor(team))
      if (!stored.ok) return stored
    }
    return { ok: true, value: team }
  }

  /** Makes operations on the newest roster and appends them; again, where somebody else was faster. */
  const change = async (
    team: TeamId,
    make: (context: TeamContext) => Promise<readonly SignedOperation[]>,
  ): Promise<Outcome<TeamContext>> => {
    const known = await book.context(team)
    if (!known) return { ok: false, reason: 'This browser is not in that team.' }
    let current: TeamContext = known
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const pulled = await pull(current)
      if (!pulled.ok) return { ok: false, reason: relayFault(pulled) }
      current = pulled.value
      let operations: readonly SignedOperation[]
      try {
        operations = await make(current)
      } catch (error) {
        return { ok: false, reason: refusalText(error) }
      }
      const outcome = await push(current, operations)
      if (!outcome.ok) return outcome
      current = outcome.value.context
      if (outcome.value.all) return { ok: true, value: current }
    }
    return {
      ok: false,
      reason: 'Others keep changing the team at the same time. Nothing was changed; try again.',
    }
  }

  const push = async (
    team: TeamContext,
    operations: readonly SignedOperation[],
  ): Promise<Outcome<{ readonly context: TeamContext; readonly all: boolean }>> => {
    const relay = relayOf(team.row)
    let current = team
    for (const operation of operations) {
      const judged = applyOperation(current.roster, operation)
      if (!judged.ok) return { ok: false, reason: refusalText(new Error(judged.fault)) }
      if (relay) {
        const answer = await relay.appendOperation(team.row.team, encodeOperation(operation), () =>
          tokenFor(current),
        )
        if (!answer.ok) return { ok: false, reason: relayFault(answer) }
        if (answer.value === 'conflict') return { ok: true, value: { context: current, all: false } }
      }
      current = await book.store(current.row, current.roster, [operation])
    }
    return { ok: true, value: { context: current, all: true } }
  }

  /** What a device owes its team without being asked. */
  const doDuties = async (team: TeamId): Promise<Outcome> => {
    const duties = async ({ self, roster, keys }: TeamContext): Promise<SignedOperation[]> => {
      if (roleOf(roster, self.feed) === undefined || !keys.has(currentEpoch(roster).epoch)) return []
      if (roster.rotationDue && roleOf(roster, self.feed) === 'admin')
        return [await rotateKey(deps, self, roster, keys)]
      const shared = await shareKeys(deps, self, roster, keys)
      return shared ? [shared] : []
    }
    const known = await book.context(team)
    if (!known || (await duties(known)).length === 0) return DONE
    const outcome = await change(team, duties)
    return outcome.ok ? DONE : outcome
  }

  const markRemoved = async (team: TeamContext): Promise<void> => {
    await book.update(team, { state: 'removed' })
  }

  const raiseRolledBack = async ({ row }: TeamContext, evidence: readonly Bytes[]): Promise<void> => {
    const open = await db.alarms.where('team').equals(row.team).toArray()
    if (open.some(({ kind, acknowledged }) => kind === 'roster rolled back' && !acknowledged)) return
    await db.alarms.add({
      team: row.team,
      kind: 'roster rolled back',
      time: nowMs(),
      feed: ROSTER_FEED,
      detail: 'The relay shows a list of members that contradicts the one this browser has seen.',
      evidence,
      acknowledged: false,
    })
  }

  const headsOf = async (team: TeamId): Promise<Heads> => {
    const rows = await db.heads.where('[team+feed]').between([team, 0], [team, Infinity]).toArray()
    return new Map(rows.map(({ feed, seq, hash }) => [feed, { seq, hash }]))
  }

  const changed = async (
    team: TeamId,
    make: (context: TeamContext) => Promise<readonly SignedOperation[]>,
  ): Promise<Outcome> => {
    const outcome = await inTurn(team, () => change(team, make))
    return outcome.ok ? DONE : outcome
  }

  return {
    context: book.context,
    clocks,
    token: async (team) => {
      const known = await book.context(team)
      return known?.row.relay === undefined ? undefined : tokenFor(known)
    },
    make: async (name, person) => {
      const member = actorIdToMember(person.id)
      const { self, genesis, roster } = await foundTeam(deps, {
        team: name,
        member: person.name,
        device: person.device,
        ...(member !== undefined && { id: member }),
      })
      await book.store(rowOf(self, undefined, 'active'), undefined, [genesis])
      return { ok: true, value: roster.team }
    },
    connect: (team, address) =>
      inTurn(team, async () => {
        const known = await book.context(team)
        if (!known) return { ok: false, reason: 'This browser is not in that team.' }
        const relay = normalRelay(address)
        if (relay === undefined)
          return { ok: false, reason: 'That is no address of a relay. It looks like https://relay.example.' }
        const http = createRelayHttp(relay, deps.fetch, clocks)
        const key = await http.key()
        if (!key.ok) return { ok: false, reason: relayFault(key) }
        const moved: TeamContext = { ...known, row: { ...known.row, relay } }
        const filled = await refill(moved, http, createTokenOf(address))
        if (!filled.ok) return { ok: false, reason: relayFault(filled) }
        await book.update(known, { relay })
        const outcome = await change(team, async ({ self, roster }) =>
          // The exchange may have asked for the same in the meantime.
          roster.relay?.address === relay && roster.relay.key === key.value
            ? []
            : [await setRelay(deps, self, roster, { address: relay, key: key.value })],
        )
        if (outcome.ok && known.row.relay !== relay) await tellOldRelay(known)
        return outcome.ok ? DONE : outcome
      }),
    join: async (text, person) => {
      const link = parseInviteLink(text, nowMs())
      if (!link.ok) return { ok: false, reason: LINK_FAULTS[link.fault] }
      const { relay: address, team, secret } = link.value
      if (await db.teams.get(team)) return { ok: false, reason: 'This browser is in that team already.' }
      return inTurn(team, async () => {
        const relay = createRelayHttp(address, deps.fetch, clocks)
        // The same keys on every attempt: an answer that got lost must not make a second device.
        const keys = await createDeviceKeys(subtle)
        const invite = await inviteKeysOf(subtle, secret)
        const guest = () =>
          createToken({
            audience: address,
            team,
            nowMs: clocks.nowAt(address),
            random: random(16),
            device: signerOf(subtle, keys),
            invite: invite.signer,
          })
        const id = actorIdToMember(person.id)
        for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
          const operations = await relay.operations(team, 0, guest)
          if (!operations.ok)
            return { ok: false, reason: operations.status === 403 ? INVITE_OVER : relayFault(operations) }
          const folded = await foldRoster(operations.value, verifier)
          if (!folded.roster || folded.roster.team !== team)
            return { ok: false, reason: 'The relay does not show the team of this link.' }
          const fault = deviceByKey(folded.roster, keys.signPublic)
            ? undefined
            : inviteFault(folded.roster, invite.id, clocks.nowAt(address))
          if (fault) return { ok: false, reason: refusalText(new Error(fault)) }
          const names = { member: person.name, device: person.device, ...(id !== undefined && { id }) }
          const own = deviceByKey(folded.roster, keys.signPublic)
          if (own) {
            const self: Self = { keys, team, feed: own.feed, member: own.member }
            await book.store(rowOf(self, address, 'joining'), undefined, folded.operations)
            return { ok: true, value: team }
          }
          const { self, operation } = await joinTeam(
            { ...deps, nowMs: () => clocks.nowAt(address) },
            keys,
            folded.roster,
            secret,
            names,
          )
          const answer = await relay.appendOperation(team, encodeOperation(operation), guest)
          if (answer.ok && answer.value === 'stored') {
            await book.store(rowOf(self, address, 'joining'), undefined, [...folded.operations, operation])
            return { ok: true, value: team }
          }
          if (!answer.ok && answer.status !== 0) return { ok: false, reason: relayFault(answer) }
        }
        return { ok: false, reason: 'The relay could not be reached. Try the link again.' }
      })
    },
    follow: (team) =>
      inTurn(team, async () => {
        const known = await book.context(team)
        if (!known) return { ok: false, reason: 'This browser is not in that team.' }
        const pulled = await pull(known)
        return pulled.ok ? doDuties(team) : { ok: false, reason: relayFault(pulled) }
      }),
    invite: (team, { role, uses, days, ownDevice }) =>
      inTurn(team, async () => {
        let link: { readonly id: string; readonly text: string } | undefined
        const outcome = await change(team, async ({ row, self, roster, keys }) => {
          if (row.relay === undefined) throw new Error('no relay')
          const request = { relay: row.relay, role, uses, expiresMs: nowMs() + days * DAY_MS }
          const made = await inviteMember(deps, self, roster, keys, request, ownDevice)
          const { operation } = made.operation
          link = {
            id: operation.kind === 'invite' ? operation.invite : '',
            text: inviteLinkToText(made.link),
          }
          return [made.operation]
        })
        if (!outcome.ok) return outcome
        const { id, text } = link as NonNullable<typeof link>
        await book.update(outcome.value, { links: { ...outcome.value.row.links, [id]: text } })
        return { ok: true, value: text }
      }),
    revoke: (team, invite) =>
      changed(team, async ({ self, roster }) => [await revokeInvite(deps, self, roster, invite)]),
    changeRole: (team, member, role) =>
      changed(team, async ({ self, roster }) => [
        await changeRole(deps, self, roster, member, role, await headsOf(team)),
      ]),
    removeMember: (team, member) =>
      changed(team, async ({ self, roster, keys }) =>
        roster.members.get(member)?.removed
          ? []
          : removeMember(deps, self, roster, keys, member, await headsOf(team)),
      ),
    removeDevice: (team, feed) =>
      changed(team, async ({ self, roster, keys }) =>
        roster.devices.get(feed)?.removed
          ? []
          : removeDevice(deps, self, roster, keys, feed, await headsOf(team)),
      ),
    rename: (team, name, member) =>
      changed(team, async ({ self, roster, keys }) => [await rename(deps, self, roster, keys, name, member)]),
    succeed: (team) =>
      inTurn(team, async () => {
        let successor: Self | undefined
        const outcome = await change(team, async ({ row, self, roster, keys }) => {
          const member = row.view.members.find(({ id }) => id === self.member)
          const device = member?.devices.find(({ feed }) => feed === self.feed)
          const names = { member: member?.name ?? '', device: device?.name || 'Browser' }
          const made = await succeed(deps, self, roster, keys, names)
          successor = made.self
          return made.operations
        })
        if (!outcome.ok || !successor) return outcome.ok ? DONE : outcome
        const { keys, feed, member } = successor
        await db.teams.update(team, { self: { ...keys, feed, member } })
        book.drop(team)
        return DONE
      }),
    forget: (team) =>
      inTurn(team, async () => {
        const tables = [
          db.teams,
          db.operations,
          db.envelopes,
          db.heads,
          db.outbox,
          db.segments,
          db.syncs,
          db.apps,
        ]
        await db.transaction('rw', tables, async () => {
          await db.teams.delete(team)
          await db.syncs.delete(team)
          for (const table of [db.operations, db.envelopes, db.heads, db.outbox, db.segments]) {
            await table.filter((row) => row.team === team).delete()
          }
          await db.apps.toCollection().modify((app: { team?: string }) => {
            if (app.team === team) delete app.team
          })
        })
        book.drop(team)
      }),
  }
}

const DONE: Outcome = { ok: true, value: undefined }

/** To a relay whose disk was lost, and that was given but the beginning, all but the founder are strangers. */
export const isStranger = ({
  status,
  reason,
}: {
  readonly status: number
  readonly reason: string
}): boolean => status === 403 && reason === 'not a member'

/** What a relay with `--create-token` wants is written behind its address: `https://relay.example#TOKEN`. */
const createTokenOf = (address: string): string | undefined =>
  decodeURIComponent(URL.parse(address.trim())?.hash.slice(1) ?? '') || undefined

/** Where the permit of a team stands in the settings. */
export const permitKey = (team: TeamId): string => `permit of ${team}`

/** `wss://relay.example/` and `https://relay.example` are the same relay. */
const normalRelay = (address: string): string | undefined => {
  const trimmed = address.trim()
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`)
  if (!url || !/^(https?|wss?):$/.test(url.protocol) || url.search) return undefined
  return `${url.protocol.replace('ws', 'http')}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}
