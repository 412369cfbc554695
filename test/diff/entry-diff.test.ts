import { expect, test } from 'vitest'
import { toEntryDiff } from '../../lib/diff/entry-diff.ts'
import { entryToMarkdown } from '../../lib/diff/markdown.ts'
import { toTreeLines } from '../../lib/diff/tree.ts'
import type { Json } from '../../lib/model/json.ts'
import { makeEntry } from '../helpers/entries.ts'

const hooks = (...names: string[]): Json[] =>
  names.map((name, index) => ({ id: name, name, order: index * 0 }))

test('changes are grouped by place, with what stayed beside them', () => {
  const { groups } = toEntryDiff(
    makeEntry(1, {
      before: { timeout: 30, mfa: true, hooks: hooks('Ops', 'CRM', 'Chat') },
      after: { timeout: 15, mfa: true, hooks: hooks('Chat', 'Ops', 'CRM') },
      changes: [{ pointer: '/timeout', label: 'Session timeout', op: 'replace', before: 30, after: 15 }],
    }),
  )
  expect(
    groups.map(({ path, items, unchanged }) => [path, items.length, unchanged.map(({ key }) => key)]),
  ).toEqual([
    [[], 1, ['mfa']],
    [['hooks'], 1, ['Ops', 'CRM']],
  ])
  expect(groups[0]?.items[0]).toMatchObject({ label: 'Session timeout', name: 'timeout', kind: 'value' })
  expect(groups[1]?.items[0]).toMatchObject({ name: 'Chat', kind: 'move', place: { from: 3, to: 1 } })
})

test('the fields of what was created or deleted are told one by one', () => {
  const value = { name: 'Billing', url: 'https://a' }
  const created = toEntryDiff(makeEntry(1, { action: 'create', before: null, after: value, changes: [] }))
  const deleted = toEntryDiff(makeEntry(1, { action: 'delete', before: value, after: null, changes: [] }))
  expect(created.differences.map(({ op, pointer }) => `${op} ${pointer}`)).toEqual(['add /name', 'add /url'])
  expect(deleted.differences.map(({ op, pointer }) => `${op} ${pointer}`)).toEqual([
    'remove /name',
    'remove /url',
  ])
})

test('where the old value was not seen, it is said to be unknown and not made up', () => {
  const { before: _unseen, ...entry } = makeEntry(1, {
    changes: [{ pointer: '/sessionTimeout', op: 'replace', after: 15 }],
  })
  const diff = toEntryDiff(entry)
  expect(diff.isWhole).toBe(false)
  expect(diff.groups[0]?.items[0]).toMatchObject({ isBeforeUnknown: true, isAfterUnknown: false })
  expect(entryToMarkdown(entry)).toContain('unknown → `15`')
})

test('Markdown says the change, and recorded text stays inside its marks', () => {
  const markdown = entryToMarkdown(
    makeEntry(1, {
      actor: { id: 'x', name: '**Ana** [link](http://x)' },
      before: { mode: 'a`b', text: `${'long '.repeat(20)}old\n\`\`\`\n# no heading` },
      after: { mode: '``c', text: `${'long '.repeat(20)}new\n\`\`\`\n# no heading` },
      changes: [],
    }),
  )
  expect(markdown).toContain('\\*\\*Ana\\*\\* \\[link\\](http://x)')
  expect(markdown).toContain('`` a`b `` → ``` ``c ```')
  expect(markdown).toContain('````diff')
})

test('the whole is an outline of both sides', () => {
  const lines = toTreeLines(
    { a: 1, list: ['x', 'y'], gone: true },
    { a: 2, list: ['new', 'x', 'y'], fresh: { deep: null } },
  )
  expect(lines.map(({ depth, op, key, oldKey }) => `${depth} ${op} ${oldKey ?? ''}>${key}`)).toEqual([
    '0 same >',
    '1 replace >a',
    '1 same >list',
    '2 add >1',
    '2 same 1>2',
    '2 same 2>3',
    '1 remove >gone',
    '1 add >fresh',
    '2 add >deep',
  ])
})
