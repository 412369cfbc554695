/** Places that secrets were found in by trying: each hides its secret, and names that only speak of one keep their values. */
import { expect, test } from 'vitest'
import { redactJson } from '../../../lib/capture/redact/redact-draft.ts'
import type { Json } from '../../../lib/model/json.ts'

const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const PASSWORD = 's3cretPw9'

const HIDING: readonly [place: string, value: Json, secret: string][] = [
  ['a German name', { geheimnis: PASSWORD }, PASSWORD],
  ['the seed of an authenticator', { seed: SEED }, SEED],
  ['a seed in one of its forms', { totp: { base32: SEED } }, SEED],
  ['an authenticator address', { notes: `scan otpauth://totp/A?secret=${SEED}` }, SEED],
  [
    "the address of a chat bot's",
    { url: 'https://chat.test/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz12345/send' },
    'AAF-abcdef',
  ],
  ['a cookie among headers', { headers: { Cookie: 'session=abc123def456; theme=x' } }, 'abc123def456'],
  ['a pair of k and v', { k: 'DB_PASSWORD', v: PASSWORD }, PASSWORD],
  ['XML that is escaped', { body: `&lt;apiKey&gt;${PASSWORD}&lt;/apiKey&gt;` }, PASSWORD],
  [
    'a part of a form post',
    { body: `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${PASSWORD}\r\n--b--` },
    PASSWORD,
  ],
  ['an option of a command', { command: `tool --token ${PASSWORD} -v` }, PASSWORD],
]

test.each(HIDING)('%s hides its secret', (_place, value, secret) => {
  const hidden = JSON.stringify(redactJson(value))
  expect(hidden).not.toContain(secret)
  expect(hidden).toContain('redacted')
})

const KEEPING: readonly Json[] = [
  { token_lifetime: '30d' },
  { password_policy: { minLength: 14, mode: 'strict' } },
  { passwortRichtlinie: 'streng' },
  { secretary: 'Bob Miller' },
  { seed_data: 'demo' },
  { seed: 42 },
  { headers: { Accept: 'text/html' } },
  { command: 'tool --token is required, --keyboard qwertz1 too' },
  { k: 'theme', v: 'dark' },
]

test.each(KEEPING)('%j keeps its values', (value) => {
  expect(redactJson(value)).toEqual(value)
})
