/**
 * Pairs with what a person would say changed. The diff on screen says that, and nothing more: sign, way there, name and values
 * are read off the rendered component, of long texts the words that it marks.
 */
import { expect, test } from 'vitest'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import { canonicalJson, type Json } from '../../lib/model/json.ts'
import { shownChanges } from '../helpers/shown-changes.ts'

const PROMPT = `You are a support agent for Acme. Answer in the language of the customer. Be concise and polite.
Never promise a refund. When you do not know the answer, say so and offer to open a ticket.
End each answer with a question that helps the customer to go on.`

const hooks = (...names: string[]): Json[] =>
  names.map((name, index) => ({ id: `h-${name}`, name, retries: 3 + (index % 1) }))
const numbered = (count: number): Json[] =>
  Array.from({ length: count }, (_, index) => ({ id: index, label: `Rule ${index}`, on: index % 2 === 0 }))

const dashboard = (height: number, isPretty = false) =>
  JSON.stringify(
    {
      panels: ['Errors', 'Latency', 'Load'].map((title, id) => ({
        id,
        title,
        height: id === 1 ? height : 8,
      })),
    },
    null,
    isPretty ? 2 : 0,
  )

const PAIRS: readonly (readonly [name: string, before: Json, after: Json, says: readonly string[]])[] = [
  ['a number', { timeout: 30 }, { timeout: 15 }, ['~ Timeout 30 → 15']],
  ['a switch', { mfa: false, sso: true }, { mfa: true, sso: true }, ['~ MFA false → true']],
  ['a short text', { plan: 'Team' }, { plan: 'Business' }, ['~ Plan Team → Business']],
  ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ['only the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['a value set for the first time', { owner: null }, { owner: 'ana' }, ['~ Owner null → ana']],
  ['a value cleared', { owner: 'ana' }, { owner: null }, ['~ Owner ana → null']],
  ['a field that came', { a: 1 }, { a: 1, limit: 20 }, ['+ Limit 20']],
  ['a field that went', { a: 1, limit: 20 }, { a: 1 }, ['− Limit 20']],
  ['empty text and null', { note: '' }, { note: null }, ['~ Note empty → null']],
  [
    'a deep field',
    { security: { session: { idle: 5 } } },
    { security: { session: { idle: 10 } } },
    ['security › session › ~ Idle 5 → 10'],
  ],
  [
    'insert at the head of a list',
    { roles: ['editor', 'viewer'] },
    { roles: ['admin', 'editor', 'viewer'] },
    ['roles › + admin added at 1'],
  ],
  [
    'insert at the head of a list of objects',
    { hooks: hooks('Ops', 'CRM') },
    { hooks: hooks('Billing', 'Ops', 'CRM') },
    ['hooks › + Billing added at 1'],
  ],
  [
    'insert in the middle of objects without identity',
    [
      { from: 1, to: 5 },
      { from: 9, to: 12 },
    ],
    [
      { from: 1, to: 5 },
      { from: 6, to: 8 },
      { from: 9, to: 12 },
    ],
    ['+ #2 added at 2'],
  ],
  [
    'remove from a list',
    { hooks: hooks('Ops', 'Billing', 'CRM') },
    { hooks: hooks('Ops', 'CRM') },
    ['hooks › − Billing removed, was at 2'],
  ],
  [
    'remove of one of two equal items',
    { steps: ['wait', 'mail', 'wait'] },
    { steps: ['mail', 'wait'] },
    ['steps › − wait removed, was at 1'],
  ],
  [
    'one item replaced',
    { roles: ['viewer', 'auditor'] },
    { roles: ['editor', 'auditor'] },
    ['roles › ~ #1 viewer → editor'],
  ],
  [
    'reorder of a list',
    { columns: ['Time', 'Actor', 'Type', 'Action'] },
    { columns: ['Action', 'Time', 'Actor', 'Type'] },
    ['columns › ↕ Action moved 4 → 1'],
  ],
  [
    'reorder of objects',
    { hooks: hooks('A1', 'B1', 'C1', 'D1', 'E1') },
    { hooks: hooks('A1', 'E1', 'B1', 'C1', 'D1') },
    ['hooks › ↕ E1 moved 5 → 2'],
  ],
  [
    'reorder and edit of the same item',
    [
      { id: 1, on: true },
      { id: 2, on: true },
      { id: 3, on: true },
    ],
    [
      { id: 3, on: false },
      { id: 1, on: true },
      { id: 2, on: true },
    ],
    ['↕ 3 moved 3 → 1', '“3” › ~ On true → false'],
  ],
  [
    'edit of one item of many',
    { hooks: [...hooks('Ops'), { id: 'h-x', name: 'CRM', retries: 3 }] },
    { hooks: [...hooks('Ops'), { id: 'h-x', name: 'CRM', retries: 5 }] },
    ['hooks › “CRM” › ~ Retries 3 → 5'],
  ],
  [
    'insert above an edited item',
    [{ id: 1, v: 'x' }],
    [
      { id: 9, v: 'n' },
      { id: 1, v: 'y' },
    ],
    ['+ 9 added at 1', '“1” › ~ V x → y'],
  ],
  [
    'a new item that has no id yet',
    [{ id: 1, name: 'Ops' }],
    [{ id: 1, name: 'Ops' }, { name: 'Billing' }],
    ['+ Billing added at 2'],
  ],
  [
    'ids made anew at each save',
    [
      { id: 'q1', name: 'Ops', on: true },
      { id: 'q2', name: 'CRM', on: true },
    ],
    [
      { id: 'r1', name: 'Ops', on: true },
      { id: 'r2', name: 'CRM', on: false },
    ],
    ['“Ops” › ~ ID q1 → r1', '“CRM” › ~ ID q2 → r2', '“CRM” › ~ On true → false'],
  ],
  [
    'a person renamed in a list without ids',
    [{ name: 'Bob', role: 'admin', team: 'Ops' }],
    [{ name: 'Robert', role: 'admin', team: 'Ops' }],
    ['“Robert” › ~ Name Bob → Robert'],
  ],
  [
    'another person in a list without ids',
    [{ name: 'Bob', role: 'admin', age: 31 }],
    [{ name: 'Eve', role: 'viewer', age: 44 }],
    ['− Bob removed, was at 1', '+ Eve added at 1'],
  ],
  [
    'rename of a key',
    { timeout: 30, theme: 'dark' },
    { timeout_seconds: 30, theme: 'dark' },
    ['~ Timeout seconds was called timeout'],
  ],
  [
    'rename of a key whose group changed a little',
    { smtp: { host: 'a.example', port: 25, tls: true, from: 'x@a' } },
    { mail: { host: 'a.example', port: 587, tls: true, from: 'x@a' } },
    ['~ Mail was called smtp', 'mail › ~ Port 25 → 587'],
  ],
  [
    'two switches, one gone and one come',
    { beta: true },
    { darkMode: true },
    ['− Beta true', '+ Dark mode true'],
  ],
  [
    'members of a map by id',
    { '1041': { role: 'admin' }, '1042': { role: 'viewer' } },
    { '1042': { role: 'viewer' }, '1043': { role: 'admin' } },
    ['− 1041', '+ 1043'],
  ],
  [
    'a field moved to another group',
    { general: { timeout: 30, theme: 'dark' }, security: { mfa: true } },
    { general: { theme: 'dark' }, security: { mfa: true, timeout: 30 } },
    ['security › ↕ Timeout moved here from general'],
  ],
  [
    'a card moved to another list, and edited',
    {
      todo: [
        { id: 7, title: 'Ship it', done: false },
        { id: 8, title: 'Rest', done: false },
      ],
      done: [],
    },
    { todo: [{ id: 8, title: 'Rest', done: false }], done: [{ id: 7, title: 'Ship it', done: true }] },
    ['done › ↕ Ship it moved here from todo', 'done › “Ship it” › ~ Done false → true'],
  ],
  ['number to text', { port: 8080 }, { port: '8080' }, ['~ Port 8080 → "8080" number became text']],
  ['text to list', { to: 'a@x' }, { to: ['a@x', 'b@x'] }, ['~ To "a@x" → 2 items text became list']],
  [
    'list to group',
    { rules: ['a'] },
    { rules: { first: 'a' } },
    ['~ Rules 1 item → 1 field list became group'],
  ],
  [
    'a long prompt with three words changed',
    { prompt: PROMPT },
    {
      prompt: PROMPT.replace('concise', 'brief')
        .replace('refund', 'discount')
        .replace('question', 'proposal'),
    },
    ['~ Prompt −“concise” −“refund” −“question” +“brief” +“discount” +“proposal”'],
  ],
  [
    'a secret',
    { token: { $redacted: 'token' } },
    { token: { $redacted: 'token', fingerprint: 'a1' } },
    ['~ Token changed'],
  ],
  ['a secret set', { token: null }, { token: { $redacted: 'token' } }, ['~ Token set']],
  [
    'a row of switches',
    { days: [true, true, false, false] },
    { days: [true, false, false, true] },
    ['days › ~ #2 true → false', 'days › ~ #4 false → true'],
  ],
  [
    'a table cell',
    {
      grid: [
        [1, 2],
        [3, 4],
      ],
    },
    {
      grid: [
        [1, 2],
        [3, 5],
      ],
    },
    ['grid › #2 › ~ #2 4 → 5'],
  ],
  [
    '2,000 items: one in, one out, one edited',
    numbered(2_000),
    [
      { id: 'new', label: 'First', on: true },
      ...numbered(2_000)
        .filter((_, index) => index !== 1_200)
        .map((rule, index) => (index === 1_700 ? { ...(rule as object), on: 'maybe' } : rule)),
    ],
    [
      '+ First added at 1',
      '− Rule 1200 removed, was at 1,201',
      '“Rule 1701” › ~ On false → "maybe" switch became text',
    ],
  ],
  [
    'hostile keys',
    JSON.parse('{"__proto__":{"a":1},"constructor":1}'),
    JSON.parse('{"__proto__":{"a":2},"constructor":1}'),
    ['__proto__ › ~ A 1 → 2'],
  ],
  [
    'both ends of a list swapped',
    { steps: ['build', 'test', 'sign', 'ship'] },
    { steps: ['ship', 'test', 'sign', 'build'] },
    ['steps › ↕ ship moved 4 → 1', 'steps › ↕ build moved 1 → 4'],
  ],
  [
    'a list turned round',
    { order: ['low', 'middle', 'high'] },
    { order: ['high', 'middle', 'low'] },
    ['order › ↕ high moved 3 → 1', 'order › ↕ low moved 1 → 3'],
  ],
  [
    'one more of what was there twice',
    { codes: ['A', 'B', 'A'] },
    { codes: ['A', 'B', 'A', 'A'] },
    ['codes › + A added at 4'],
  ],
  [
    'a set of scopes where one went and one came at other ends',
    { scopes: ['admin', 'read:org', 'read:user', 'repo'] },
    { scopes: ['read:org', 'read:user', 'repo', 'write:org'] },
    ['scopes › − admin removed, was at 1', 'scopes › + write:org added at 4'],
  ],
  [
    'a list emptied',
    { owners: ['ana', 'bo'] },
    { owners: [] },
    ['owners › − ana removed, was at 1', 'owners › − bo removed, was at 2'],
  ],
  [
    'a list filled',
    { owners: [] },
    { owners: ['ana', 'bo'] },
    ['owners › + ana added at 1', 'owners › + bo added at 2'],
  ],
  [
    'a group taken away',
    { proxy: { host: 'a', port: 8080 }, on: true },
    { proxy: null, on: true },
    ['~ Proxy 2 fields → null'],
  ],
  [
    'a group set for the first time',
    { proxy: null },
    { proxy: { host: 'a', port: 8080 } },
    ['~ Proxy null → 2 fields'],
  ],
  ['spaces at the end of a text', { name: 'Billing ' }, { name: 'Billing' }, ['~ Name "Billing " → Billing']],
  ['only the case of a letter', { name: 'Github' }, { name: 'GitHub' }, ['~ Name Github → GitHub']],
  [
    'a switch kept as text',
    { enabled: 'true' },
    { enabled: true },
    ['~ Enabled "true" → true text became switch'],
  ],
  ['a number kept as 0 and as nothing', { limit: 0 }, { limit: null }, ['~ Limit 0 → null']],
  [
    'numbers that are written otherwise',
    JSON.parse('{"rate":1.0,"cap":1e3}'),
    JSON.parse('{"rate":1,"cap":1000}'),
    [],
  ],
  ['a symbol of several parts', { icon: '👩‍💻' }, { icon: '👩‍🔬' }, ['~ Icon 👩‍💻 → 👩‍🔬']],
  ['a key with a slash, a dot and a tilde', { 'a/b.c~d': 1 }, { 'a/b.c~d': 2 }, ['~ A/b c~d 1 → 2']],
  ['a key that is empty', { '': { on: true } }, { '': { on: false } }, ['“” › ~ On true → false']],
  ['a secret taken away', { token: { $redacted: 'token' } }, { token: null }, ['~ Token removed']],
  ['text to list of the same', { to: 'a@x' }, { to: ['a@x'] }, ['~ To "a@x" → 1 item text became list']],
  [
    'two items of one name',
    [
      { name: 'Default', days: 30 },
      { name: 'Default', days: 90 },
    ],
    [
      { name: 'Default', days: 30 },
      { name: 'Default', days: 60 },
    ],
    ['“Default” › ~ Days 90 → 60'],
  ],
  [
    'two items whose names were exchanged',
    [
      { id: 1, name: 'North' },
      { id: 2, name: 'South' },
    ],
    [
      { id: 1, name: 'South' },
      { id: 2, name: 'North' },
    ],
    ['“South” › ~ Name North → South', '“North” › ~ Name South → North'],
  ],
  [
    'a rule in a rule',
    { rules: [{ id: 'r1', when: { any: [{ field: 'country', in: ['DE', 'FR'] }] } }] },
    { rules: [{ id: 'r1', when: { any: [{ field: 'country', in: ['DE', 'AT', 'FR'] }] } }] },
    ['rules › “r1” › when › any › #1 › in › + AT added at 2'],
  ],
  [
    'a language added to all texts',
    { title: { en: 'Hello' }, footer: { en: 'Bye' } },
    { title: { en: 'Hello', de: 'Hallo' }, footer: { en: 'Bye', de: 'Tschüss' } },
    ['title › + De Hallo', 'footer › + De Tschüss'],
  ],
  [
    'the secret of one hook of several',
    {
      hooks: [
        { id: 1, name: 'Ops', key: { $redacted: 'key', fingerprint: 'a1' } },
        { id: 2, name: 'CRM', key: { $redacted: 'key', fingerprint: 'b1' } },
      ],
    },
    {
      hooks: [
        { id: 1, name: 'Ops', key: { $redacted: 'key', fingerprint: 'a1' } },
        { id: 2, name: 'CRM', key: { $redacted: 'key', fingerprint: 'b2' } },
      ],
    },
    ['hooks › “CRM” › ~ Key changed'],
  ],
  [
    'a line put into a script',
    { script: 'set -e\nnpm ci\nnpm test\nnpm run build\n./deploy.sh production --wait --timeout 300' },
    {
      script:
        'set -e\nnpm ci\nnpm run lint\nnpm test\nnpm run build\n./deploy.sh production --wait --timeout 300',
    },
    ['~ Script +“npm run lint”'],
  ],
  [
    'one value in a long address',
    { url: 'https://hooks.example.com/services/incoming?team=ops&channel=alerts&level=warning' },
    { url: 'https://hooks.example.com/services/incoming?team=ops&channel=incidents&level=warning' },
    ['~ URL −“alerts” +“incidents”'],
  ],
  [
    'a text written anew',
    { note: 'Rotate the signing key each quarter and tell the on-call engineer.' },
    { note: 'Ask Priya before anything here is touched, she owns the contract now.' },
    [
      '~ Note −“Rotate the signing key each quarter and tell the on-call engineer.” +“Ask Priya before anything here is touched, she owns the contract now.”',
    ],
  ],
  [
    'a number in a sentence of a long text',
    { policy: 'Accounts are locked after 5 failed attempts within ten minutes, for one hour.' },
    { policy: 'Accounts are locked after 3 failed attempts within ten minutes, for one hour.' },
    ['~ Policy −“5” +“3”'],
  ],
  [
    'a long text cleared',
    { note: 'Rotate the signing key each quarter and tell the on-call engineer.' },
    { note: '' },
    ['~ Note −“Rotate the signing key each quarter and tell the on-call engineer.”'],
  ],
  [
    'one field in JSON that is kept as a text',
    { model: dashboard(8) },
    { model: dashboard(10, true) },
    ['~ Model JSON in a text', '~ Model JSON in a text › panels › “Latency” › ~ Height 8 → 10'],
  ],
  [
    'JSON in a text that no number can keep',
    { model: '{"id":9007199254740993,"on":true}' },
    { model: '{"id":9007199254740992,"on":true}' },
    ['~ Model {"id":9007199254740993,"on":true} → {"id":9007199254740992,"on":true}'],
  ],
  [
    'a key written another way, and its value',
    { retention_days: 30, smtpHost: 'a' },
    { retentionDays: 90, smtp_host: 'a' },
    [
      '~ Retention days was called retention_days',
      '~ Retention days 30 → 90',
      '~ SMTP host was called smtpHost',
    ],
  ],
  [
    'another kind of space',
    { name: 'Ana\u00a0Lima' },
    { name: 'Ana Lima' },
    ['~ Name "Ana‹U+00A0›Lima" → "Ana Lima" reads alike, is not the same'],
  ],
  [
    'a letter without width',
    { role: 'ad\u200bmin' },
    { role: 'admin' },
    ['~ Role "ad‹U+200B›min" → "admin" reads alike, is not the same'],
  ],
  [
    'nothing, written out',
    { owner: null },
    { owner: 'null' },
    ['~ Owner null → "null" reads alike, is not the same'],
  ],
  ['the whole is a number', 5, 6, ['~ 5 → 6']],
  ['the whole is a list of numbers', [1, 2, 3], [1, 3], ['− 2 removed, was at 2']],
]

test.each(PAIRS)('shows what a person would say: %s', (_name, before, after, says) => {
  expect(shownChanges(before, after)).toEqual(says)
  const differences = differencesBetween(before, after)
  expect(canonicalJson(applyDifferences(before, differences) as Json)).toBe(canonicalJson(after))
})

test('the table has at least 40 pairs', () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(40)
})
