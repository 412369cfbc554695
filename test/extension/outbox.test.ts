/** The background may be stopped with a message in hand: then there is no answer, and no word that there will be none. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createOutbox } from '../../entrypoints/page/outbox.ts'
import type { Client, Stored } from '../../lib/messages/messages.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const draft = (id: string): EntryDraft => ({
  id,
  time: '2026-11-23T20:00:00.000Z',
  resourceType: 'flag',
  resourceId: id,
  action: 'delete',
  changes: [],
  evidence: {
    grade: 'accepted',
    via: 'fetch',
    method: 'DELETE',
    url: 'https://app.test/flags',
    status: 204,
    beforeFrom: 'unknown',
  },
  redactions: [],
})

/** What was sent, and how each message is answered: in the order in which they come, the last for all that follow. */
const outboxAgainst = (...answers: (() => Promise<Stored>)[]) => {
  const sent: string[][] = []
  const client = (async ({ drafts }: { drafts: readonly EntryDraft[] }) => {
    sent.push(drafts.map(({ id }) => id))
    return (answers.length > 1 ? answers.shift() : answers[0])?.()
  }) as unknown as Client
  const outbox = createOutbox({ client, origin: 'https://app.test', isAlive: () => true, stop: () => {} })
  return { outbox, sent }
}

const never = () => new Promise<Stored>(() => {})
const stored =
  (...ids: string[]) =>
  async (): Promise<Stored> => ({ stored: ids, refused: [] })

test('what is not answered is sent again within seconds, with what came meanwhile', async () => {
  const { outbox, sent } = outboxAgainst(never, stored('a', 'b'))
  outbox.add(draft('a'))
  outbox.add(draft('b'))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(sent).toEqual([['a'], ['a', 'b']])
})

test('what was refused to be taken is sent again, and what is stored is not', async () => {
  const gone = () => Promise.reject(new Error('Receiving end does not exist'))
  const { outbox, sent } = outboxAgainst(gone, stored('a'))
  outbox.add(draft('a'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([['a'], ['a']])
})

test('an answer that comes late after all counts', async () => {
  let answer: (value: Stored) => void = () => {}
  const late = () => new Promise<Stored>((resolve) => (answer = resolve))
  const { outbox, sent } = outboxAgainst(late, never)
  outbox.add(draft('a'))
  await vi.advanceTimersByTimeAsync(5_000)
  answer({ stored: ['a'], refused: [] })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([['a'], ['a']])
})
