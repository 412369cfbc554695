import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSignerFromSeed } from '../../lib/log/signature.ts'
import { createToken, MAX_TOKEN_LIFE_MS, TOKEN_SKEW_MS, verifyToken } from '../../lib/team/token.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'

const NOW = 1_790_000_000_000
const TEAM = 'ab'.repeat(16)
const device = await createSignerFromSeed(subtle, randomBytes(32))
const invite = await createSignerFromSeed(subtle, randomBytes(32))
const request = { audience: 'wss://relay.test', team: TEAM, nowMs: NOW, random: randomBytes(16), device }
const judge = (token: string, nowMs = NOW, audiences = ['wss://relay.test']) =>
  verifyToken(token, { audiences, nowMs, verifier })
const faultOf = async (...args: Parameters<typeof judge>) => {
  const verdict = await judge(...args)
  return verdict.ok ? 'ok' : verdict.fault
}

test('[A1] is good for its audience and its two minutes', async () => {
  const token = await createToken(request)
  expect(await judge(token)).toMatchObject({ ok: true, value: { team: TEAM, aud: 'wss://relay.test' } })
  expect(token).toMatch(/^[A-Za-z0-9_.-]+$/)
  expect(await faultOf(token, NOW + MAX_TOKEN_LIFE_MS - 1)).toBe('ok')
  expect(await faultOf(token, NOW + MAX_TOKEN_LIFE_MS)).toBe('expired')
  expect(await faultOf(token, NOW - TOKEN_SKEW_MS)).toBe('ok')
  expect(await faultOf(token, NOW - TOKEN_SKEW_MS - 1)).toBe('from the future')
  expect(await faultOf(token, NOW, ['wss://other.test'])).toBe('wrong audience')
})

test('[A2] claims can’t be changed, nor signed by another key', async () => {
  const [claims, signature] = (await createToken(request)).split('.') as [string, string]
  const other = await createToken({ ...request, random: randomBytes(16) })
  expect(await faultOf(`${other.split('.')[0]}.${signature}`)).toBe('bad signature')
  const longer = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))
  longer.exp += 1
  expect(await faultOf(`${btoa(JSON.stringify(longer)).replaceAll('=', '')}.${signature}`)).toBe(
    'lives too long',
  )
})

test('[A3] a joiner adds the invite’s signature, and must', async () => {
  const token = await createToken({ ...request, invite })
  expect(await judge(token)).toMatchObject({ ok: true, value: { invite: expect.any(String) } })
  const [claims, signature, proof] = token.split('.') as [string, string, string]
  expect(await faultOf(`${claims}.${signature}`)).toBe('malformed')
  expect(await faultOf(`${claims}.${signature}.${signature}`)).toBe('bad signature')
  const plain = await createToken(request)
  expect(await faultOf(`${plain}.${proof}`)).toBe('malformed')
})

test('text that is no token is refused, never thrown', async () => {
  const token = await createToken(request)
  const mutated = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.nat({ max: token.length - 1 }), fc.string({ minLength: 1, maxLength: 2 }))
      .map(([at, text]) => token.slice(0, at) + text + token.slice(at + 1)),
  )
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      const verdict = await judge(text)
      expect(verdict.ok).toBe(text === token)
    }),
    { numRuns: 1500 },
  )
  expect(await faultOf('a'.repeat(5000))).toBe('malformed')
})
