import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactDraft, redactJson } from '../../../lib/capture/redact/redact-draft.ts'
import { redactUrl } from '../../../lib/capture/redact/redact-text.ts'
import { createSecretMemory } from '../../../lib/capture/redact/secret-memory.ts'
import type { Change, EntryDraft } from '../../../lib/model/entry.ts'
import type { Json } from '../../../lib/model/json.ts'

const draft = (fields: Partial<EntryDraft>): EntryDraft => ({
  id: '0',
  time: '2026-01-01T00:00:00.000Z',
  resourceType: 'setting',
  resourceId: 'general',
  action: 'update',
  changes: [],
  evidence: { grade: 'accepted', via: 'fetch', beforeFrom: 'read' },
  redactions: [],
  ...fields,
})
const replaced = (pointer: string, before: Json, after: Json, label?: string): Change =>
  label === undefined
    ? { pointer, op: 'replace', before, after }
    : { pointer, op: 'replace', before, after, label }
const hidden = (after: Json, rules = {}): Json => {
  const redacted = redactDraft(draft({ after }), rules).after
  if (redacted === undefined) throw new Error('no after')
  return redacted
}
const mark = ($redacted: string): Json => ({ $redacted })

describe('by name', () => {
  test.each([
    ['password', 'x9', 'password'],
    ['newPass2', 'hello', 'password'],
    ['passchk', 'hello', 'password'],
    ['smtp_password', 'strict', 'password'],
    ['client_secret', 'abc-def', 'secret'],
    ['accessToken', 'abcdef', 'token'],
    ['api-key', 'k-1', 'key'],
    ['X_API_KEY', 'k-1', 'key'],
    ['apikey', 'k-1', 'key'],
    ['private_key', 'zzz', 'private key'],
    ['otp', '123456', 'one-time code'],
    ['recovery_codes', 'abcd-efgh', 'one-time code'],
    ['pin', '4711', 'pin'],
    ['cvc', '123', 'card'],
    ['authorization', 'xyz 12', 'credentials'],
    ['password_hash', 'abcdef', 'hash'],
    ['snmp_community', 'public2', 'credentials'],
    ['\u30d1\u30b9\u30ef\u30fc\u30c9', 'abc', 'password'],
  ])('%s is secret', (key, value, kind) => {
    expect(hidden({ [key]: value })).toEqual({ [key]: mark(kind) })
    expect(hidden({ a: [{ b: { [key]: value } }] })).toEqual({ a: [{ b: { [key]: mark(kind) } }] })
  })

  test.each([
    ['password_policy', 'strict'],
    ['token_lifetime', 30],
    ['token_lifetime', '30 days'],
    ['tokenCount', 4],
    ['max_tokens', 4096],
    ['passwordless', true],
    ['passwordless', 'optional'],
    ['secret', true],
    ['requirePassword', 'always'],
    ['compass', 'north'],
    ['pinned', 'top'],
    ['passenger', 'Ana'],
    ['author', 'Ana'],
    ['authentication', 'ldap'],
    ['auth', 'basic'],
    ['key', 'summer'],
    ['keyboard', 'qwerty'],
    ['token_url', 'https://example.test/oauth/token'],
    ['password', ''],
    ['password', '********'],
    ['password', '\u2022\u2022\u2022\u2022\u2022\u2022'],
    ['password', '<hidden>'],
    ['api_key_name', 'Backup job'],
    ['public_key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE ana@host'],
    ['session_timeout', '15'],
    ['spin', 'fast'],
    ['shipping', 'express'],
  ])('%s: %j is no secret', (key, value) => {
    expect(hidden({ [key]: value })).toEqual({ [key]: value })
  })

  test('a telling label makes a plain field secret', () => {
    const redacted = redactDraft(
      draft({
        before: { field_7: 'old-one' },
        after: { field_7: 'new-one' },
        changes: [replaced('/field_7', 'old-one', 'new-one', 'API token')],
      }),
    )
    expect(redacted.changes).toEqual([replaced('/field_7', mark('token'), mark('token'), 'API token')])
    expect(redacted.before).toEqual({ field_7: mark('token') })
  })

  test('a field that was a password by its type is secret under any name', () => {
    expect(hidden({ x: '1234', y: 'a' }, { secretPointers: ['/x'] })).toEqual({ x: mark('password'), y: 'a' })
  })

  test("the user's own names are secret", () => {
    expect(hidden({ shoe_size: '42', b: 1 }, { secretNames: ['shoe size'] })).toEqual({
      shoe_size: mark('rule'),
      b: 1,
    })
  })
})

describe('by place', () => {
  test('a generic field under a secret parent is secret, what describes it is not', () => {
    expect(hidden({ apiKey: { id: '7', name: 'Backup', value: 'qwe-rty' } })).toEqual({
      apiKey: { id: '7', name: 'Backup', value: mark('key') },
    })
  })
  test('a value beside a secret name is secret', () => {
    expect(
      hidden([
        { name: 'DB_PASSWORD', value: 'tiger' },
        { name: 'LEVEL', value: 'debug' },
      ]),
    ).toEqual([
      { name: 'DB_PASSWORD', value: mark('password') },
      { name: 'LEVEL', value: 'debug' },
    ])
  })
  test('custom headers are secret, well-known ones are not', () => {
    expect(hidden({ headers: { 'X-Key': 'abc', 'Content-Type': 'text/html' } })).toEqual({
      headers: { 'X-Key': mark('header'), 'Content-Type': 'text/html' },
    })
    expect(hidden({ headers: [{ key: 'X-Key', value: 'abc' }] })).toEqual({
      headers: [{ key: 'X-Key', value: mark('header') }],
    })
  })
  test('random values of an environment are secret, settings in it are not', () => {
    expect(hidden({ env: { LEVEL: 'debug', HOME: '/root', SALT: 'a8Kf93Lq0zPw' } })).toEqual({
      env: { LEVEL: 'debug', HOME: '/root', SALT: mark('secret') },
    })
    expect(hidden({ env: { ALPHA: 'a8Kf93Lq0zPw' } })).toEqual({ env: { ALPHA: mark('environment') } })
  })
  test('the value of an "API key" resource is secret', () => {
    const redacted = redactDraft(draft({ resourceType: 'API key', after: { name: 'ci', key: 'abc123' } }))
    expect(redacted.after).toEqual({ name: 'ci', key: mark('key') })
  })
})

describe('by shape', () => {
  const random = 'a8Kf93Lq0zPwR5tY7uI1oP3s'
  test.each([
    [`ghp_${random}`, 'token'],
    [`glpat-${random}`, 'token'],
    [`sk_live_${random}`, 'key'],
    [`xoxb-123-${random}`, 'token'],
    [`AIza${random}${random}`, 'key'],
    ['AKIAIOSFODNN7EXAMPLE', 'key'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'token'],
    ['$2y$10$abcdefghijklmnopqrstuuMDgCk0FyGQe1xTzF3J9k2L4m6N8o0Pq', 'hash'],
    ['$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub', 'hash'],
    ['Bearer abcdefghijklmnop', 'token'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'private key'],
  ])('%s is secret wherever it stands', (secret, kind) => {
    expect(hidden({ note: secret })).toEqual({ note: mark(kind) })
    const inText = JSON.stringify(hidden({ note: `before ${secret} after` }))
    expect(inText).toContain(`before [redacted ${kind}] after`)
  })

  test('a private key pasted into a text leaves the text', () => {
    const text =
      'Use this:\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----\nthanks'
    expect(hidden({ notes: text })).toEqual({ notes: 'Use this:\n[redacted private key]\nthanks' })
  })

  test.each([
    ['https://ana:tiger@db.test/x', 'https://ana:[redacted password]@db.test/x'],
    [
      'see https://x.test/a?token=abcdef&page=2 now',
      'see https://x.test/a?token=[redacted token]&page=2 now',
    ],
    ['https://x.test/invite/a8Kf93Lq0zPwR5tY7uI1oP3s', 'https://x.test/invite/[redacted token]'],
    [
      'https://hooks.slack.com/services/T0001/B0001/a8Kf93Lq0zPwR5tY7uI1',
      'https://hooks.slack.com/[redacted token]',
    ],
    ['DB_HOST=x\nDB_PASSWORD=tiger\nLEVEL=debug', 'DB_HOST=x\nDB_PASSWORD=[redacted password]\nLEVEL=debug'],
    ['smtp:\n  password: "tiger"\n  port: 25', 'smtp:\n  password: "[redacted password]"\n  port: 25'],
    ['<user><password>tiger</password></user>', '<user><password>[redacted password]</password></user>'],
    ['https://x.test/users/42?sort=name', 'https://x.test/users/42?sort=name'],
    [
      'Passwords change every year.\nTwo factors for all.',
      'Passwords change every year.\nTwo factors for all.',
    ],
    ['Token lifetime: 30', 'Token lifetime: 30'],
  ])('%s', (text, rest) => {
    expect(hidden({ text })).toEqual({ text: rest })
  })

  test('JSON inside a string is looked into', () => {
    const [text] = Object.values(hidden({ config: '{"a":{"password":"tiger"}}' }) as object)
    expect(JSON.parse(String(text))).toEqual({ a: { password: mark('password') } })
  })
})

describe('echoes', () => {
  test('a known secret is hidden wherever it comes again, in any disguise', () => {
    const secret = 'p&ss w"rd/9'
    const after = {
      password: secret,
      note: `my ${secret}!`,
      url: `/x?q=${encodeURIComponent(secret)}`,
      json: JSON.stringify({ q: secret }),
      basic: btoa(`ana:${secret}`),
    }
    const text = JSON.stringify(redactDraft(draft({ resourceName: secret, after })))
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      btoa(secret).replace(/=+$/, ''),
    ])
      expect(text).not.toContain(form)
    expect(text).not.toContain(btoa(`ana:${secret}`))
  })
  test('a secret of one entry is hidden in the next of the same visit', () => {
    const memory = createSecretMemory()
    redactDraft(draft({ after: { password: 'tiger-lily' } }), { memory })
    expect(hidden({ title: 'tiger-lily' }, { memory })).toEqual({ title: mark('password') })
  })
  test('a secret in an id or a key is hidden', () => {
    const token = 'ghp_a8Kf93Lq0zPwR5tY7uI1oP3s'
    const text = JSON.stringify(
      redactDraft(
        draft({
          resourceId: token,
          before: { [token]: 1 },
          changes: [{ pointer: `/${token}`, op: 'remove', before: 1 }],
        }),
      ),
    )
    expect(text).not.toContain(token)
  })
})

describe('what stays', () => {
  const key = new Uint8Array(32).fill(7)
  test('a changed secret is still a change, with fingerprints for tokens only', () => {
    const redacted = redactDraft(
      draft({
        before: { token: 'aaaaaaaa1', password: 'one1' },
        after: { token: 'bbbbbbbb2', password: 'two2' },
        changes: [replaced('/token', 'aaaaaaaa1', 'bbbbbbbb2'), replaced('/password', 'one1', 'two2')],
      }),
      { fingerprintKey: key },
    )
    expect(redacted.changes).toHaveLength(2)
    expect(redacted.redactions).toEqual([
      { pointer: '/token', reason: 'token', fingerprint: expect.stringMatching(/^[0-9a-f]{4}$/) },
      { pointer: '/password', reason: 'password' },
    ])
  })
  test('no key, no fingerprint', () => {
    expect(redactDraft(draft({ after: { token: 'abcdef' } })).redactions).toEqual([
      { pointer: '/token', reason: 'token' },
    ])
  })
  test('an address keeps what is no secret', () => {
    expect(
      redactUrl('https://x.test/a/7?page=2&_wpnonce=af16a77f62&key=a8Kf93Lq0zPwR5tY', createSecretMemory()),
    ).toBe('https://x.test/a/7?page=2&_wpnonce=[redacted token]&key=[redacted token]')
  })
})

test('a password that is a plain word hides no labels, types or ids, but its own value', () => {
  const memory = createSecretMemory()
  memory.learn('admin', 'password', 'typed')
  const redacted = redactDraft(
    draft({
      resourceType: 'admin user',
      resourceId: 'admin',
      account: 'admin',
      after: { adminEmail: 'a@acme.example', login: 'admin' },
      changes: [{ pointer: '/login', op: 'replace', before: 'bo', after: 'admin', label: 'The admin of it' }],
    }),
    { memory },
  )
  expect(redacted).toMatchObject({
    resourceType: 'admin user',
    resourceId: 'admin',
    account: 'admin',
    after: { adminEmail: 'a@acme.example', login: mark('password') },
  })
  expect(redacted.changes[0]?.label).toBe('The admin of it')
})

test('a value beside a type that says password is one', () => {
  expect(hidden({ type: 'password', temporary: true, value: 'summer' })).toEqual({
    type: 'password',
    temporary: true,
    value: mark('password'),
  })
})

describe('hostile input', () => {
  test('__proto__ keys, lone surrogates and deep nesting pass through', () => {
    let deep: Json = 'tiger'
    for (let level = 0; level < 10_000; level++) deep = { password: deep }
    const after = JSON.parse('{"__proto__":{"password":"tiger"},"s":"\\ud800"}')
    expect(JSON.stringify(hidden({ ...after, deep, own: after }))).not.toContain('tiger')
    expect(JSON.stringify(hidden(after))).not.toContain('tiger')
    expect(({} as Record<string, unknown>).password).toBeUndefined()
  })
  test('long texts that only begin like secrets come out as they are, or hidden', () => {
    for (const unit of [
      'a',
      'a=',
      'a:',
      '<a>',
      'https://',
      'eyJ',
      '$',
      'x-',
      'a.b.',
      '"',
      '?a=b&',
      '/',
      '-----BEGIN ',
    ]) {
      const text = unit.repeat(10_000 / unit.length)
      const shown = hidden({ text })
      expect([text, undefined]).toContain(
        typeof (shown as { text: Json }).text === 'string' &&
          !String((shown as { text: Json }).text).includes('[redacted')
          ? (shown as { text: Json }).text
          : undefined,
      )
    }
  })
})

test('no secret under a secret name survives, whatever it is and wherever it is echoed', () => {
  const name = fc.constantFrom('password', 'apiKey', 'client_secret', 'access_token', 'passphrase')
  const secret = fc
    .string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })
    .filter(
      (text) => /\d/.test(text) && /[a-z]/.test(text) && text.trim().length >= 8 && !/^[\d-]+/.test(text),
    )
  fc.assert(
    fc.property(name, secret, fc.string(), (key, value, around) => {
      const text = JSON.stringify(
        redactDraft(
          draft({
            after: {
              list: [{ [key]: value }],
              echo: `${around} ${value}`,
              url: `https://x.test/${encodeURIComponent(value)}`,
              coded: btoa(value),
            },
            changes: [replaced(`/list/0/${key}`, 'x1y2z3-before', value)],
          }),
        ),
      )
      for (const form of [
        JSON.stringify(value).slice(1, -1),
        encodeURIComponent(value),
        btoa(value).replace(/=+$/, ''),
      ])
        expect(text.includes(form) && !JSON.stringify(draft({})).includes(form)).toBe(false)
    }),
  )
})

test('JSON that is kept loses its secrets', () => {
  expect(redactJson({ a: { password: 'tiger' } })).toEqual({ a: { password: mark('password') } })
})
