/**
 * Invite links: `<relay>/join#<team>.<secret>.<expiry>`. The secret stays in the fragment, which browsers send to no
 * server; the roster and the relay know only its public key. Whoever has the link can join while the invite is good.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  type Bytes,
  base64urlToBytes,
  bytesToBase64url,
  bytesToHex,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
} from '../log/bytes.ts'
import type { TeamId } from '../log/envelope.ts'
import { createSignerFromSeed, type Signer } from '../log/signature.ts'
import type { KeyText } from './operation.ts'

export interface InviteLink {
  /** http or https, without a trailing slash. */
  readonly relay: string
  readonly team: TeamId
  /** 32 bytes. */
  readonly secret: Bytes
  readonly expiresMs: number
}

export const INVITE_SECRET_BYTES = 32

export const inviteLinkToText = ({ relay, team, secret, expiresMs }: InviteLink): string =>
  `${relay}/join#${team}.${bytesToBase64url(secret)}.${expiresMs.toString(36)}`

export type InviteLinkFault = 'no link' | 'not a relay' | 'incomplete' | 'expired'

/** Takes what a person pasted. `expired` by this machine's clock; the relay decides by its own. */
export const parseInviteLink = (text: string, nowMs: number): Decoded<InviteLink, InviteLinkFault> => {
  const url = URL.parse(text.trim())
  if (!url) return faulty('no link')
  if (!['http:', 'https:'].includes(url.protocol) || !url.pathname.endsWith('/join'))
    return faulty('not a relay')
  const [team, secretText, expiry, ...more] = url.hash.slice(1).split('.')
  const secret = secretText === undefined ? undefined : base64urlToBytes(secretText)
  const expiresMs = /^[0-9a-z]{1,10}$/.test(expiry ?? '') ? Number.parseInt(expiry as string, 36) : undefined
  if (
    !team ||
    !hexToBytes(team, 16) ||
    secret?.length !== INVITE_SECRET_BYTES ||
    !expiresMs ||
    more.length > 0
  ) {
    return faulty('incomplete')
  }
  if (nowMs > expiresMs) return faulty('expired')
  return decoded({ relay: url.origin + url.pathname.slice(0, -'/join'.length), team, secret, expiresMs })
}

/** What the secret is good for: to sign joins, and to open the names that joiners give. */
export interface InviteKeys {
  readonly id: KeyText
  readonly signer: Signer
  readonly nameKey: Bytes
}

export const inviteKeysOf = async (subtle: SubtleCrypto, secret: Bytes): Promise<InviteKeys> => {
  const derive = (domain: string): Bytes => hkdf(sha256, secret, undefined, textToBytes(domain), 32) as Bytes
  const signer = await createSignerFromSeed(subtle, derive('daybook/invite-sign/v1\n'))
  return { id: bytesToHex(signer.publicKey), signer, nameKey: derive('daybook/invite-name/v1\n') }
}
