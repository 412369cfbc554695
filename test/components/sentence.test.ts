import { expect, test } from 'vitest'
import { fieldName, marksOf, rowToSentence, sentenceToText } from '../../components/sentence.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { entryToRow } from '../../lib/store/row.ts'
import { makeEntry } from '../helpers/entries.ts'

const say = (part: Partial<Entry> = {}, you?: string) =>
  sentenceToText(rowToSentence(entryToRow(makeEntry(0, part), 1), you))
const change = { pointer: '/apiKey', op: 'replace' } as const
const long = (word: string) => `Be concise and ${word}. Never promise a refund to anybody who asks for it.`

test.each<[string, Partial<Entry>]>([
  ['Ana Lima set Session timeout 30 → 15', {}],
  ['Ana Lima created setting Security', { action: 'create' }],
  ['Ana Lima deleted setting Security', { action: 'delete' }],
  ['Ana Lima set API key to 7', { changes: [{ ...change, after: 7 }] }],
  ['Ana Lima removed API key 7', { changes: [{ ...change, op: 'remove', before: 7 }] }],
  [
    'Ana Lima changed API key secret',
    { changes: [{ ...change, before: { $redacted: 'token' }, after: { $redacted: 'token' } }] },
  ],
  [
    'Ana Lima changed Signing secret',
    { changes: [{ ...change, label: 'Signing secret', after: { $redacted: 'token' } }] },
  ],
  [
    'Ana Lima set API key 1 → 2 and 1 more',
    {
      changes: [
        { ...change, before: 1, after: 2 },
        { ...change, pointer: '/x' },
      ],
    },
  ],
  [
    'Ana Lima tried to set Session timeout 30 → 15',
    { evidence: { grade: 'rejected', via: 'fetch', beforeFrom: 'read' } },
  ],
  [
    'Ana Lima removed Steps #2 Rotate keys',
    {
      changes: [{ pointer: '/steps/1', op: 'remove', before: { id: 7, title: 'Rotate keys', done: false } }],
    },
  ],
  [
    'Ana Lima set Hosts a, b → a, b, c',
    { changes: [{ pointer: '/hosts', op: 'replace', before: ['a', 'b'], after: ['a', 'b', 'c'] }] },
  ],
  [
    'Ana Lima set Panel {"name":"A","w":1} → {"name":"A","w":2}',
    {
      changes: [
        { pointer: '/panel', op: 'replace', before: { name: 'A', w: 1 }, after: { name: 'A', w: 2 } },
      ],
    },
  ],
  ['Ana Lima changed API key', { changes: [{ ...change, before: 100, after: '100' }] }],
  ['Ana Lima set API key a‹U+00A0›b → a b', { changes: [{ ...change, before: 'a\u00a0b', after: 'a b' }] }],
])('says %j', (sentence, part) => {
  expect(say(part)).toBe(sentence)
})

test('calls the person at this machine "You"', () => {
  expect(say({}, 'ana')).toMatch(/^You set/)
})

test('marks what differs in two long values', () => {
  const row = entryToRow(
    makeEntry(0, { changes: [{ ...change, before: long('friendly'), after: long('warm') }] }),
    1,
  )
  const marked = rowToSentence(row, undefined).flatMap(({ text, changed }) =>
    changed ? [text.slice(...changed)] : [],
  )
  expect(marked).toEqual(['friendly.', 'warm.'])
})

test('names a field by its label, or by its key in words', () => {
  expect(fieldName({ pointer: '/a/maxUploadSize_mb' })).toBe('Max upload size mb')
  expect(fieldName({ pointer: '/callbackUrl' })).toBe('Callback URL')
  expect(fieldName({ pointer: '/items/0' })).toBe('Items #1')
  expect(fieldName({ pointer: '/x', label: 'Upload limit' })).toBe('Upload limit')
})

test('marks only what is true and uncommon', () => {
  expect(marksOf(entryToRow(makeEntry(0), 1))).toEqual([])
  expect(
    marksOf(
      entryToRow(makeEntry(0, { evidence: { grade: 'sent', via: 'beacon', beforeFrom: 'unknown' } }), 1),
    ),
  ).toEqual(['sent', 'beforeUnknown'])
})
