import { describe, expect, test } from 'vitest'
import {
  applyRules,
  callType,
  describeRule,
  idField,
  ignoreField,
  isCaptureRule,
  notAChange,
  type Ruled,
} from '../../lib/model/rules.ts'

const entry: Ruled = {
  resourceType: 'widget',
  resourceId: '5',
  action: 'update',
  before: { code: 'w-5', name: 'a', sort: 1 },
  after: { code: 'w-5', name: 'b', sort: 2 },
  changes: [
    { pointer: '/name', op: 'replace', before: 'a', after: 'b' },
    { pointer: '/sort', op: 'replace', before: 1, after: 2 },
  ],
  evidence: {
    grade: 'accepted',
    via: 'fetch',
    method: 'PATCH',
    url: 'https://app.example/api/widgets/5',
    beforeFrom: 'read',
  },
}
const other: Ruled = {
  ...entry,
  resourceId: '6',
  evidence: { ...entry.evidence, url: 'https://app.example/api/widgets/6' },
}
const elsewhere: Ruled = {
  ...entry,
  evidence: { ...entry.evidence, url: 'https://other.example/api/widgets/5' },
}

describe('a correction', () => {
  test('mutes requests of one shape, whatever their ids, in one app', () => {
    const rules = [notAChange(entry)]
    expect(applyRules(entry, rules)).toBeUndefined()
    expect(applyRules(other, rules)).toBeUndefined()
    expect(applyRules(elsewhere, rules)).toBe(elsewhere)
    expect(applyRules({ ...entry, action: 'delete' }, rules)).toBeDefined()
  })
  test('renames a type', () => {
    expect(applyRules(other, [callType(entry, 'gauge')])?.resourceType).toBe('gauge')
  })
  test('leaves out a field, and the entry that has no other', () => {
    const rules = [ignoreField(entry, '/sort')]
    expect(applyRules(entry, rules)?.changes.map(({ pointer }) => pointer)).toEqual(['/name'])
    expect(applyRules({ ...entry, changes: entry.changes.slice(1) }, rules)).toBeUndefined()
  })
  test('says where the id is, also for a renamed type', () => {
    expect(applyRules(entry, [callType(entry, 'gauge'), idField(entry, '/code')])).toMatchObject({
      resourceType: 'gauge',
      resourceId: 'w-5',
    })
  })
  test('never changes the entry itself', () => {
    const before = JSON.stringify(entry)
    applyRules(entry, [callType(entry, 'x'), ignoreField(entry, '/name'), idField(entry, '/code')])
    expect(JSON.stringify(entry)).toBe(before)
  })
  test('is plain data that can be checked and described', () => {
    for (const rule of [
      notAChange(entry),
      callType(entry, 'x'),
      ignoreField(entry, '/a/0/b'),
      idField(entry, '/code'),
    ]) {
      expect(isCaptureRule(JSON.parse(JSON.stringify(rule)))).toBe(true)
      expect(describeRule(rule)).not.toBe('')
    }
    expect(isCaptureRule({ kind: 'call-type', origin: 1 })).toBe(false)
  })
})

test('an entry that other rules had renamed is muted as it came and as it was named', () => {
  const renamed: Ruled = { ...entry, resourceType: 'gadget', resourceId: 'w-5' }
  const rules = [callType(entry, 'gadget'), idField(entry, '/code'), notAChange(renamed)]
  expect(applyRules(entry, rules)).toBeUndefined()
  expect(applyRules(renamed, rules)).toBeUndefined()
  expect(applyRules(entry, rules.slice(0, 2))).toMatchObject({ resourceType: 'gadget', resourceId: 'w-5' })
})
