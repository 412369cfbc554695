/** Three people in three browsers over a real relay: live, offline and back, relay killed, its disk lost, workers killed. */
import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { listen, type RunningServer } from '../helpers/server.ts'

interface Person {
  readonly name: string
  readonly browser: ExtensionBrowser
  /** Open and visible, so that the browser is live. */
  readonly review: Page
  readonly app: Page
}

let relay: RelayProcess
let server: RunningServer
let team: string
const people: Person[] = []

beforeAll(async () => {
  relay = await startRelayProcess()
  server = await listen((request, response) => {
    request.resume()
    response.setHeader('content-type', request.method === 'PUT' ? 'application/json' : 'text/html')
    response.end(request.method === 'PUT' ? '{"ok":true}' : '<title>Console</title><h1>Console</h1>')
  })
  for (const name of ['Ana', 'Bo', 'Cy']) people.push(await startPerson(name))
  const [ana, ...others] = people as [Person, ...Person[]]
  team = await command(ana, { type: 'team-make', name: 'Acme', device: 'Laptop' })
  await command(ana, { type: 'team-connect', team, relay: relay.address })
  for (const other of others) {
    const invite = { type: 'team-invite', team, role: 'writer', uses: 1, days: 1, ownDevice: false }
    await command(other, { type: 'team-join', link: await command(ana, invite), device: 'Laptop' })
  }
  for (const person of people) {
    await send(person, { type: 'record-app', origin: server.origin })
    await command(person, { type: 'team-share-app', origin: server.origin, team, older: false, holdMs: 0 })
  }
}, 180_000)

afterAll(async () => {
  for (const { browser } of people) await browser.close()
  await server?.close()
  await relay?.dispose()
})

const startPerson = async (name: string): Promise<Person> => {
  const browser = await launchWithExtension()
  const review = await browser.openPage('review.html')
  const id = crypto.randomUUID()
  await review.evaluate(
    (profile) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('daybook')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('settings', 'readwrite')
          transaction.objectStore('settings').put({ key: 'profile', value: profile })
          transaction.oncomplete = () => {
            opening.result.close()
            resolve()
          }
        }
      }),
    { id, name, email: `${name}@acme.test` },
  )
  const app = await browser.context.newPage()
  await app.goto(server.origin)
  await review.bringToFront()
  return { name, browser, review, app }
}

const send = ({ review }: Person, message: object): Promise<unknown> =>
  review.evaluate((sent) => {
    const { chrome } = globalThis as unknown as {
      chrome: { runtime: { sendMessage(message: unknown): Promise<unknown> } }
    }
    return chrome.runtime.sendMessage(sent)
  }, message)

const command = async (person: Person, message: object): Promise<string> => {
  const answer = (await send(person, message)) as { ok: boolean; reason?: string; value?: string }
  if (!answer?.ok) throw new Error(`${person.name}: ${answer?.reason ?? 'no answer'}`)
  return answer.value ?? ''
}

/** Changes settings in the app, as its page would. */
const change = ({ app }: Person, from: number, count = 1): Promise<void> =>
  app.evaluate(
    async ({ from, count }) => {
      for (let index = from; index < from + count; index++)
        await fetch(`/api/settings/${index}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ sessionTimeout: index }),
        })
    },
    { from, count },
  )

const idsOf = async ({ browser }: Person): Promise<string[]> =>
  (await browser.entries()).filter(({ app }) => app.origin === server.origin).map(({ id }) => id)

const all = async (count: number, limitMs = 30_000): Promise<void> => {
  const end = Date.now() + limitMs
  for (;;) {
    const ids = await Promise.all(people.map(idsOf))
    if (ids.every((list) => list.length === count && list.join() === ids[0]?.join())) return
    if (Date.now() > end)
      throw new Error(`${count} wanted everywhere, got ${ids.map(({ length }) => length).join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const killWorker = async ({ browser }: Person): Promise<void> => {
  const page = await browser.context.newPage()
  const session = await browser.context.newCDPSession(page)
  await session.send('ServiceWorker.enable').catch(() => undefined)
  await session.send('ServiceWorker.stopAllWorkers').catch(() => undefined)
  await page.close()
}

test('teammates see a change within a second', async () => {
  await change(people[0] as Person, 1)
  await all(1)
  const took: number[] = []
  for (let round = 2; round <= 6; round++) {
    const author = people[round % 3] as Person
    await change(author, round)
    // The recorder gives a page some seconds to read back what it saved. The clock starts when the change is recorded.
    while ((await idsOf(author)).length < round) await new Promise((resolve) => setTimeout(resolve, 5))
    const start = Date.now()
    await all(round)
    took.push(Date.now() - start)
  }
  took.sort((a, b) => a - b)
  console.log(`recorded by one to seen by all three: ${took.join(', ')} ms`)
  expect(took[2]).toBeLessThanOrEqual(1000)
})

test('two who were offline and one who was not are equal again', async () => {
  await relay.kill()
  await change(people[0] as Person, 100, 40)
  await change(people[1] as Person, 200, 40)
  await killWorker(people[0] as Person)
  await relay.start()
  await all(86, 90_000)
}, 150_000)

test('a relay that lost its disk is filled again', async () => {
  await relay.stop()
  rmSync(relay.folder, { recursive: true })
  await relay.start()
  await change(people[2] as Person, 300)
  await all(87, 90_000)
}, 150_000)
