/** A background that is stopped with a question in hand never answers it: pages wake it first, and give a command once. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAsk } from '../../lib/messages/reach.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const command = { type: 'team-make', name: 'Acme', device: 'Laptop' } as const

/** A background that answers wakings in turn, the last for all that follow, and every command with its own type. */
const background = (...wakings: (() => Promise<unknown>)[]) => {
  const heard: string[] = []
  const ask = createAsk(async (message) => {
    const { type } = message as { type: string }
    heard.push(type)
    if (type !== 'wake') return { ok: true, value: type }
    return (wakings.length > 1 ? wakings.shift() : wakings[0])?.()
  })
  return { ask, heard }
}

const never = () => new Promise<never>(() => {})
const awake = async () => ({ ok: true })
const gone = () => Promise.reject(new Error('Could not establish connection'))

test('one that is awake hears a command at once', async () => {
  const { ask, heard } = background(awake)
  await expect(ask(command)).resolves.toEqual({ ok: true, value: 'team-make' })
  expect(heard).toEqual(['wake', 'team-make'])
})

test.each([
  ['never answers', never],
  ['is gone', gone],
  ['closes without a word', async () => undefined],
])('one that %s is woken again within seconds and hears the command once', async (_, stopped) => {
  const { ask, heard } = background(stopped, awake)
  const answer = ask(command)
  await vi.advanceTimersByTimeAsync(5_000)
  await expect(answer).resolves.toEqual({ ok: true, value: 'team-make' })
  expect(heard).toEqual(['wake', 'wake', 'team-make'])
})

test('one that can not be woken is said to be out of reach, and is given no command', async () => {
  const { ask, heard } = background(never)
  const refused = expect(ask(command)).rejects.toThrow('could not be woken')
  await vi.advanceTimersByTimeAsync(60_000)
  await refused
  expect(new Set(heard)).toEqual(new Set(['wake']))
})
