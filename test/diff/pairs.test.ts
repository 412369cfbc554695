/** Forty pairs with what a person would say changed. Daybook says that, and nothing more. */
import { expect, test } from 'vitest'
import { describeDifference } from '../../lib/diff/describe.ts'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import { canonicalJson, type Json } from '../../lib/model/json.ts'

const PROMPT = `You are a support agent for Acme. Answer in the language of the customer. Be concise and polite.
Never promise a refund. When you do not know the answer, say so and offer to open a ticket.
End each answer with a question that helps the customer to go on.`

const hooks = (...names: string[]): Json[] =>
  names.map((name, index) => ({ id: `h-${name}`, name, retries: 3 + (index % 1) }))
const numbered = (count: number): Json[] =>
  Array.from({ length: count }, (_, index) => ({ id: index, label: `Rule ${index}`, on: index % 2 === 0 }))

const PAIRS: readonly (readonly [name: string, before: Json, after: Json, says: readonly string[]])[] = [
  ['a number', { timeout: 30 }, { timeout: 15 }, ['timeout: 30 → 15']],
  ['a switch', { mfa: false, sso: true }, { mfa: true, sso: true }, ['mfa: false → true']],
  ['a short text', { plan: 'Team' }, { plan: 'Business' }, ['plan: "Team" → "Business"']],
  ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ['only the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['a value set for the first time', { owner: null }, { owner: 'ana' }, ['owner: null → "ana"']],
  ['a value cleared', { owner: 'ana' }, { owner: null }, ['owner: "ana" → null']],
  ['a field that came', { a: 1 }, { a: 1, limit: 20 }, ['added limit: 20']],
  ['a field that went', { a: 1, limit: 20 }, { a: 1 }, ['removed limit (was 20)']],
  ['empty text and null', { note: '' }, { note: null }, ['note: "" → null']],
  [
    'a deep field',
    { security: { session: { idle: 5 } } },
    { security: { session: { idle: 10 } } },
    ['security › session › idle: 5 → 10'],
  ],
  [
    'insert at the head of a list',
    { roles: ['editor', 'viewer'] },
    { roles: ['admin', 'editor', 'viewer'] },
    ['added "admin" to roles at 1'],
  ],
  [
    'insert at the head of a list of objects',
    { hooks: hooks('Ops', 'CRM') },
    { hooks: hooks('Billing', 'Ops', 'CRM') },
    ['added "Billing" to hooks at 1'],
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
    ['added 2 fields at 2'],
  ],
  [
    'remove from a list',
    { hooks: hooks('Ops', 'Billing', 'CRM') },
    { hooks: hooks('Ops', 'CRM') },
    ['removed "Billing" from hooks'],
  ],
  [
    'remove of one of two equal items',
    { steps: ['wait', 'mail', 'wait'] },
    { steps: ['mail', 'wait'] },
    ['removed "wait" from steps'],
  ],
  [
    'one item replaced',
    { roles: ['viewer', 'auditor'] },
    { roles: ['editor', 'auditor'] },
    ['roles › #1: "viewer" → "editor"'],
  ],
  [
    'reorder of a list',
    { columns: ['Time', 'Actor', 'Type', 'Action'] },
    { columns: ['Action', 'Time', 'Actor', 'Type'] },
    ['moved "Action" in columns 4 → 1'],
  ],
  [
    'reorder of objects',
    { hooks: hooks('A1', 'B1', 'C1', 'D1', 'E1') },
    { hooks: hooks('A1', 'E1', 'B1', 'C1', 'D1') },
    ['moved "E1" in hooks 5 → 2'],
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
    ['moved "3" 3 → 1', '"3" › on: true → false'],
  ],
  [
    'edit of one item of many',
    { hooks: [...hooks('Ops'), { id: 'h-x', name: 'CRM', retries: 3 }] },
    { hooks: [...hooks('Ops'), { id: 'h-x', name: 'CRM', retries: 5 }] },
    ['hooks › "CRM" › retries: 3 → 5'],
  ],
  [
    'insert above an edited item',
    [{ id: 1, v: 'x' }],
    [
      { id: 9, v: 'n' },
      { id: 1, v: 'y' },
    ],
    ['added "9" at 1', '"1" › v: "x" → "y"'],
  ],
  [
    'a new item that has no id yet',
    [{ id: 1, name: 'Ops' }],
    [{ id: 1, name: 'Ops' }, { name: 'Billing' }],
    ['added "Billing" at 2'],
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
    ['"Ops" › id: "q1" → "r1"', '"CRM" › id: "q2" → "r2"', '"CRM" › on: true → false'],
  ],
  [
    'a person renamed in a list without ids',
    [{ name: 'Bob', role: 'admin', team: 'Ops' }],
    [{ name: 'Robert', role: 'admin', team: 'Ops' }],
    ['"Robert" › name: "Bob" → "Robert"'],
  ],
  [
    'another person in a list without ids',
    [{ name: 'Bob', role: 'admin', age: 31 }],
    [{ name: 'Eve', role: 'viewer', age: 44 }],
    ['removed "Bob"', 'added "Eve" at 1'],
  ],
  [
    'rename of a key',
    { timeout: 30, theme: 'dark' },
    { timeout_seconds: 30, theme: 'dark' },
    ['renamed timeout to timeout_seconds'],
  ],
  [
    'rename of a key whose group changed a little',
    { smtp: { host: 'a.example', port: 25, tls: true, from: 'x@a' } },
    { mail: { host: 'a.example', port: 587, tls: true, from: 'x@a' } },
    ['renamed smtp to mail', 'mail › port: 25 → 587'],
  ],
  [
    'two switches, one gone and one come',
    { beta: true },
    { darkMode: true },
    ['removed beta (was true)', 'added darkMode: true'],
  ],
  [
    'members of a map by id',
    { '1041': { role: 'admin' }, '1042': { role: 'viewer' } },
    { '1042': { role: 'viewer' }, '1043': { role: 'admin' } },
    ['removed 1041 (was 1 field)', 'added 1043: 1 field'],
  ],
  [
    'a field moved to another group',
    { general: { timeout: 30, theme: 'dark' }, security: { mfa: true } },
    { general: { theme: 'dark' }, security: { mfa: true, timeout: 30 } },
    ['moved timeout from general to security'],
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
    ['moved "Ship it" from todo to done', 'done › "Ship it" › done: false → true'],
  ],
  ['number to text', { port: 8080 }, { port: '8080' }, ['port: 8080 → "8080" (number became text)']],
  ['text to list', { to: 'a@x' }, { to: ['a@x', 'b@x'] }, ['to: "a@x" → 2 items (text became list)']],
  [
    'list to group',
    { rules: ['a'] },
    { rules: { first: 'a' } },
    ['rules: 1 item → 1 field (list became group)'],
  ],
  [
    'a long prompt with three words changed',
    { prompt: PROMPT },
    {
      prompt: PROMPT.replace('concise', 'brief')
        .replace('refund', 'discount')
        .replace('question', 'proposal'),
    },
    ['prompt: 3 words changed'],
  ],
  [
    'a secret',
    { token: { $redacted: 'token' } },
    { token: { $redacted: 'token', fingerprint: 'a1' } },
    ['token: secret changed'],
  ],
  ['a secret set', { token: null }, { token: { $redacted: 'token' } }, ['token: null → a secret']],
  [
    'a row of switches',
    { days: [true, true, false, false] },
    { days: [true, false, false, true] },
    ['days › #2: true → false', 'days › #4: false → true'],
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
    ['grid › #2 › #2: 4 → 5'],
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
    ['added "First" at 1', 'removed "Rule 1200"', '"Rule 1701" › on: false → "maybe" (switch became text)'],
  ],
  [
    'hostile keys',
    JSON.parse('{"__proto__":{"a":1},"constructor":1}'),
    JSON.parse('{"__proto__":{"a":2},"constructor":1}'),
    ['__proto__ › a: 1 → 2'],
  ],
]

test.each(PAIRS)('says what a person would: %s', (_name, before, after, says) => {
  const differences = differencesBetween(before, after)
  expect(differences.map((difference) => describeDifference(difference, { before, after }))).toEqual(says)
  expect(canonicalJson(applyDifferences(before, differences) as Json)).toBe(canonicalJson(after))
})

test('the table has at least 40 pairs', () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(40)
})
