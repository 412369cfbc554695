import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Bytes } from '../../lib/log/bytes.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { createPen, createTestTeam } from '../helpers/relay-team.ts'
import { foundOn, openWriter, pause, until, WIRE_ADDRESS } from '../helpers/wire-client.ts'

const isSlow = process.env.SLOW !== undefined
vi.setConfig({ testTimeout: 120_000 })

const relays: RelayProcess[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.dispose()
})

const startWithTeam = async (...settings: string[]) => {
  const relay = await startRelayProcess(['--address', WIRE_ADDRESS, ...settings])
  relays.push(relay)
  return { ...(await foundOn(relay)), relay }
}

describe('the process', () => {
  test('says how it is, keeps its key, and stops on SIGTERM', async () => {
    const { relay, http } = await startWithTeam()
    const get = async (path: string) => (await fetch(relay.operations + path)).text()
    expect(await get('/healthz')).toBe('ok\n')
    expect(await get('/readyz')).toBe('ready\n')
    expect(await get('/metrics')).toContain('daybook_roster_operations_total 4\n')
    const key = await http.key()
    expect(await relay.stop()).toBe(0)
    expect(relay.log.at(-1)).toMatchObject({ event: 'stop' })
    await relay.start()
    expect(await http.key()).toEqual(key)
  })

  test('creates teams only for who has the create token, where there is one', async () => {
    const relay = await startRelayProcess(['--create-token', 'let-me'])
    relays.push(relay)
    const { operations } = await createTestTeam([])
    const post = (headers: Record<string, string>) =>
      fetch(`${relay.address}/v1/teams`, { method: 'POST', body: operations[0] as Bytes, headers })
    expect((await post({})).status).toBe(401)
    expect((await post({ authorization: 'Bearer let-her' })).status).toBe(401)
    expect((await post({ authorization: 'Bearer let-me' })).status).toBe(201)
  })

  test('closes what is no protocol and lives on', async () => {
    const { relay, bo, token } = await startWithTeam()
    const socket = new WebSocket(`${relay.address.replace('http', 'ws')}/${bo.self.team}.0`, [
      `daybook.token.${await token(bo)}`,
    ])
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('hello')
    expect(await closed).toBe(4400)
    const answers = await Promise.all(
      ['/v1/none', '/v1/teams', '/%', `/v1/${bo.self.team}/0/1`].map(
        async (path) => (await fetch(relay.address + path)).status,
      ),
    )
    expect(answers).toEqual([404, 404, 404, 404])
    expect((await fetch(`${relay.operations}/healthz`)).status).toBe(200)
  })
})

describe('a stock y-websocket client', () => {
  const join = async ({ relay, bo, token }: Awaited<ReturnType<typeof startWithTeam>>, inQuery: boolean) => {
    const doc = new Y.Doc()
    const given = await token(bo)
    const provider = new WebsocketProvider(relay.address.replace('http', 'ws'), `${bo.self.team}.0`, doc, {
      ...(inQuery ? { params: { token: given } } : { protocols: [`daybook.token.${given}`] }),
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    })
    let drops = 0
    provider.on('connection-close', () => {
      drops += 1
    })
    return { doc, provider, drops: () => drops }
  }

  test.each([
    ['query', true],
    ['subprotocol', false],
  ])('joins with a token in the %s, reads and follows', async (_, inQuery) => {
    const scene = await startWithTeam()
    const writer = await openWriter(scene, scene.ana, createPen(scene.ana))
    await writer.write(3)
    const { doc, provider } = await join(scene, inQuery)
    const array = doc.getArray<Uint8Array>(`f:${scene.ana.self.feed}`)
    await until(() => array.length === 3)
    await writer.write(2)
    await until(() => array.length === 5)
    expect(array.toArray().map((bytes) => new Uint8Array(bytes))).toEqual(writer.entries)
    expect(provider.synced).toBe(true)
    provider.destroy()
    writer.close()
  })

  test.runIf(isSlow)('stays connected for two minutes', { timeout: 180_000 }, async () => {
    const scene = await startWithTeam()
    const { provider, drops } = await join(scene, true)
    await until(() => provider.synced)
    await pause(120_000)
    expect(drops()).toBe(0)
    expect(provider.synced).toBe(true)
    provider.destroy()
  })
})
