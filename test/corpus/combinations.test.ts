/** Simulated admin consoles in styles drawn at random: what each sends is recorded as an auditor would write it down. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiStyles } from './simulated/api-app.ts'
import { formStyles } from './simulated/form-app.ts'
import { faults } from './simulated/judge.ts'
import { KINDS, type Kind } from './simulated/kinds.ts'
import { playApi, playForms, stories } from './simulated/story.ts'
import { visit } from './visit.ts'

const RUNS = process.env.SLOW === undefined ? 300 : 6_000

test('an app that saves by script', () => {
  fc.assert(
    fc.property(apiStyles, stories, (style, story) => {
      const { found, told } = playApi(style, story)
      if (found.length > 0) throw new Error([...found, told].join('\n'))
    }),
    { seed: 20_260_105, numRuns: RUNS },
  )
})

test('an app of pages and forms', () => {
  fc.assert(
    fc.property(formStyles, stories, (style, story) => {
      const { found, told } = playForms(style, story)
      if (found.length > 0) throw new Error([...found, told].join('\n'))
    }),
    { seed: 20_260_105, numRuns: RUNS / 3 },
  )
})

describe('the judge', () => {
  const [kind] = KINDS as readonly [Kind]
  const drafts = visit()
    .get('/api/users/7', { id: 7, role: 'viewer', email: 'ana@northwind.test' })
    .send('PATCH', '/api/users/7', { role: 'editor' }, {})
    .drafts()
  const right = {
    action: 'update',
    id: '7',
    before: { role: 'viewer' },
    after: { role: 'editor' },
    isBeforeSeen: true,
  } as const

  test('has nothing to say of what is right', () => {
    expect(faults(drafts, [right], kind)).toEqual([])
  })

  test.each([
    ['nothing', []],
    ['one more', [right, right]],
    ['another action', [{ ...right, action: 'delete' as const }]],
    ['another id', [{ ...right, id: '8' }]],
    ['another field', [{ ...right, after: { email: 'x' } }]],
    ['another old value', [{ ...right, before: { role: 'owner' } }]],
    ['another new value', [{ ...right, after: { role: 'owner' } }]],
  ])('finds fault where %s is expected', (_what, expected) => {
    expect(faults(drafts, expected, kind)).not.toEqual([])
  })
})
