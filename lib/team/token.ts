/**
 * A device's word to a relay that it is itself: `claims . signature`, base64url, at most 120 s old. PROTOCOL.md section 7.
 * Fits into `Sec-WebSocket-Protocol` and into a URL. A joiner adds the invite key's signature, which lets a relay answer
 * somebody who is not in the roster yet. Whether the device belongs to the team, and whether `jti` was seen before, is for the relay to say.
 */
import * as v from 'valibot'
import {
  type Bytes,
  base64urlToBytes,
  bytesToBase64url,
  bytesToHex,
  bytesToText,
  concatBytes,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
} from '../log/bytes.ts'
import type { TeamId } from '../log/envelope.ts'
import type { Signer, Verifier } from '../log/signature.ts'
import { canonicalJson, parseJson } from '../model/json.ts'
import type { KeyText } from './operation.ts'

export interface TokenClaims {
  /** The relay's address as the client knows it, without a path: `wss://relay.example`. */
  readonly aud: string
  readonly team: TeamId
  /** The device's Ed25519 key. */
  readonly device: KeyText
  /** Unix time in milliseconds. */
  readonly iat: number
  readonly exp: number
  /** 32 hex digits, random: a token is good once. */
  readonly jti: string
  /** The invite's key, where the holder has yet to join. */
  readonly invite?: KeyText
}

export const MAX_TOKEN_LIFE_MS = 120_000
/** How far a client's clock may run ahead of the relay's. */
export const TOKEN_SKEW_MS = 60_000
const MAX_TOKEN_LENGTH = 2048
const SIGNATURE_DOMAIN = textToBytes('daybook/token/v1\n')

export type TokenFault =
  | 'malformed'
  | 'wrong audience'
  | 'expired'
  | 'from the future'
  | 'lives too long'
  | 'bad signature'

export interface TokenRequest {
  readonly audience: string
  readonly team: TeamId
  readonly nowMs: number
  /** At least 16 random bytes. */
  readonly random: Uint8Array
  readonly device: Signer
  readonly invite?: Signer
}

export const createToken = async ({
  audience,
  team,
  nowMs,
  random,
  device,
  invite,
}: TokenRequest): Promise<string> => {
  const claims = canonicalJson({
    aud: audience,
    team,
    device: bytesToHex(device.publicKey),
    iat: nowMs,
    exp: nowMs + MAX_TOKEN_LIFE_MS,
    jti: bytesToHex(random.subarray(0, 16)),
    ...(invite && { invite: bytesToHex(invite.publicKey) }),
  })
  const signed = concatBytes(SIGNATURE_DOMAIN, textToBytes(claims))
  const parts = [textToBytes(claims), await device.sign(signed)]
  if (invite) parts.push(await invite.sign(signed))
  return parts.map(bytesToBase64url).join('.')
}

/** `audiences`: the addresses under which this relay is known. */
export const verifyToken = async (
  token: string,
  { audiences, nowMs, verifier }: { audiences: readonly string[]; nowMs: number; verifier: Verifier },
): Promise<Decoded<TokenClaims, TokenFault>> => {
  if (token.length > MAX_TOKEN_LENGTH) return faulty('malformed')
  const parts = token.split('.').map(base64urlToBytes)
  const [json, signature, inviteSignature] = parts
  const claims = json && v.safeParse(claimsSchema, parseJson(bytesToText(json) ?? ''))
  if (!json || !signature || !claims?.success) return faulty('malformed')
  const { aud, iat, exp, device, invite } = claims.output
  if (parts.length !== (invite === undefined ? 2 : 3)) return faulty('malformed')
  if (!audiences.includes(aud)) return faulty('wrong audience')
  if (exp - iat > MAX_TOKEN_LIFE_MS) return faulty('lives too long')
  if (iat > nowMs + TOKEN_SKEW_MS) return faulty('from the future')
  if (exp <= nowMs) return faulty('expired')
  const signed = concatBytes(SIGNATURE_DOMAIN, json)
  if (!(await verifier.verify(hexToBytes(device, 32) as Bytes, signed, signature)))
    return faulty('bad signature')
  if (invite !== undefined) {
    const proof =
      inviteSignature && (await verifier.verify(hexToBytes(invite, 32) as Bytes, signed, inviteSignature))
    if (!proof) return faulty('bad signature')
  }
  return decoded(claims.output)
}

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)))
const timeMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const claimsSchema = v.strictObject({
  aud: v.pipe(v.string(), v.maxLength(512)),
  team: hex(16),
  device: hex(32),
  iat: timeMs,
  exp: timeMs,
  jti: hex(16),
  invite: v.exactOptional(hex(32)),
})
