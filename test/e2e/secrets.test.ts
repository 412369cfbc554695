/**
 * Not one byte of a secret is on disk, in an export or in a message, wherever in a page it was typed or sent; nor, once the app
 * is shared, in an evidence bundle, in an archive, on the relay's disk or in its log. The relay holds no plain text at all.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TeamAnswer, TeamCommand } from '../../lib/messages/team.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { unpackBundle } from '../helpers/bundle.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'
import { until } from '../helpers/sync-world.ts'

const SECRETS = {
  password: 'Tr0ub4dor-and-3-zebras',
  nestedToken: 'a81f0b6de92c47d5b3f8e6a1c0d94f72',
  oneTimeCode: '839174',
  tellingLabel: 'correct horse battery staple',
  authorization: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY21lLTQyIn0.c2lnbmF0dXJlLW9mLXRoaXM',
  privateKey: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  tokenInUrl: 'tk_9f8e7d6c5b4a39281706f5e4d3c2b1a0',
}

let app: RunningServer
let browser: ExtensionBrowser
let profile: string
const messages: string[] = []

beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'daybook-secrets-'))
  app = await listen(async (request, response) => {
    const body = await readBody(request)
    if (request.method === 'POST' && request.url?.startsWith('/form'))
      return response.writeHead(303, { location: '/?saved' }).end()
    if (request.url?.startsWith('/api/'))
      return response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  browser = await launchWithExtension({ profile })
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await app?.close()
  await rm(profile, { recursive: true, force: true, maxRetries: 5 })
})

test('secrets that are typed and sent in seven ways leave no trace', async () => {
  const listener = await browser.openPage('icon/16.png')
  await listener.exposeFunction('keep', (message: string) => messages.push(message))
  await listener.evaluate(() => {
    const { runtime } = (globalThis as unknown as { chrome: typeof import('wxt/browser').browser }).chrome
    runtime.onMessage.addListener((message: unknown) => {
      void (globalThis as unknown as { keep: (text: string) => void }).keep(JSON.stringify(message))
    })
  })

  const page = await browser.context.newPage()
  await page.goto(app.origin)
  await page.getByLabel('Password').fill(SECRETS.password)
  await page.getByLabel('Code').fill(SECRETS.oneTimeCode)
  await page.getByLabel('Recovery passphrase').fill(SECRETS.tellingLabel)
  await page
    .getByLabel('Certificate')
    .fill(`-----BEGIN PRIVATE KEY-----\n${SECRETS.privateKey}\n-----END PRIVATE KEY-----`)
  await page.getByLabel('Name').fill('Plain value')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/?saved')
  await page.evaluate(async (secrets) => {
    const send = (url: string, method: string, body: unknown) =>
      fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    await send('/api/integrations/1', 'PATCH', {
      name: 'Chat',
      auth: { settings: { apiToken: secrets.nestedToken } },
    })
    await send('/api/webhooks/2', 'PUT', {
      url: `https://hooks.example/in?token=${secrets.tokenInUrl}`,
      headers: { Authorization: `Bearer ${secrets.authorization}` },
    })
    await send(`/api/devices/3?access_token=${secrets.tokenInUrl}`, 'PATCH', { label: 'Phone' })
  }, SECRETS)
  const entries = await browser.waitForEntries(() => true, 4)

  expect(entries.map(({ resourceType }) => resourceType)).toEqual(
    expect.arrayContaining(['integration', 'webhook', 'device']),
  )
  expect(JSON.stringify(entries)).toContain('Plain value')
  expect(messages.length).toBeGreaterThan(0)
  expectNoSecret('entries', JSON.stringify(entries))
  expectNoSecret('messages', messages.join('\n'))
  for (const format of ['CSV', 'JSON', 'JSONL']) {
    const text = (await download(new RegExp(`^${format}\\b`))).toString()
    expect(text).toContain('Plain value')
    expectNoSecret(format, text)
  }

  const relay = await startRelayProcess()
  const archive = await mkdtemp(join(tmpdir(), 'daybook-secrets-archive-'))
  try {
    // Stays open: an admin's browser lets the archive in.
    const team = await shareWithTeam(relay, app.origin)
    const files = unpackBundle(await download(/^Evidence bundle/))
    expect(files['entries.jsonl']).toContain('Plain value')
    expectNoSecret('bundle', Object.values(files).join('\n'))
    expectNoSecret('bundle, decoded', hexIn(Object.values(files)))
    const invite = { type: 'team-invite', team: team.id, role: 'reader', uses: 1, days: 1 } as const
    const link = await ask({ ...invite, ownDevice: false })
    await team.page.bringToFront()
    await runArchive(link, archive)
    const archived = contentOf(filesIn(archive))
    expect(archived).toContain('Plain value')
    expectNoSecret('archive', archived)
    await relay.stop()
    const kept = `${contentOf(filesIn(relay.folder))}\n${relay.log.map((line) => JSON.stringify(line)).join('\n')}`
    expectNoSecret('relay', kept)
    for (const plain of ['Plain value', 'integration', 'Acme Ops', app.origin])
      expect([plain, kept.includes(plain) || kept.includes(utf16(plain))]).toEqual([plain, false])
  } finally {
    await relay.dispose()
    await rm(archive, { recursive: true, force: true })
  }

  await browser.context.close()
  const files = filesIn(profile).filter((file) =>
    /IndexedDB|Local Extension Settings|Session Storage/.test(file),
  )
  expect(files.length).toBeGreaterThan(0)
  const bytes = contentOf(files)
  expect(bytes.includes('Plain value') || bytes.includes(utf16('Plain value'))).toBe(true)
  expectNoSecret('disk', bytes)
}, 300_000)

const expectNoSecret = (where: string, text: string) => {
  const found = Object.entries(SECRETS).filter(
    ([, secret]) => text.includes(secret) || text.includes(utf16(secret)),
  )
  expect(found.map(([name]) => `${name} in ${where}`)).toEqual([])
}

/** As Chromium writes strings that are not Latin-1: two bytes each. */
const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('latin1')

/** What the menu's item saves. */
const download = async (item: RegExp): Promise<Buffer> => {
  const page = await browser.openPage('review.html')
  await page.getByRole('button', { name: 'Choose export format' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: item }).click()
  const bytes = await readFile(await (await saved).path())
  await page.close()
  return bytes
}

const ask = async (command: TeamCommand): Promise<string> => {
  const page = await browser.openPage('team.html')
  const answer = (await page.evaluate(`chrome.runtime.sendMessage(${JSON.stringify(command)})`)) as TeamAnswer
  await page.close()
  if (!answer.ok) throw new Error(`${command.type}: ${answer.reason}`)
  return answer.value ?? ''
}

/** Until the relay has confirmed all that was recorded. The team's page is left open. */
const shareWithTeam = async (relay: RelayProcess, origin: string): Promise<{ id: string; page: Page }> => {
  const id = await ask({ type: 'team-make', name: 'Acme Ops', device: 'Laptop' })
  await ask({ type: 'team-connect', team: id, relay: relay.address })
  await ask({ type: 'team-share-app', origin, team: id, older: true, holdMs: 0 })
  const page = await browser.openPage('team.html')
  await page.getByText('In step with the relay').waitFor({ timeout: 60_000 })
  await until('all is stored', () => page.evaluate(isAllStored))
  return { id, page }
}

/** In the page. */
const isAllStored = async (): Promise<boolean> => {
  const asked = <Value>(request: IDBRequest<Value>) =>
    new Promise<Value>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
  const opened = await asked(indexedDB.open('daybook'))
  const transaction = opened.transaction(['outbox', 'heads'])
  const waiting = await asked(transaction.objectStore('outbox').count())
  // The roster has a head too, which needs no receipt.
  const heads = (await asked(transaction.objectStore('heads').getAll())).filter(({ feed }) => feed > 0)
  opened.close()
  return waiting === 0 && heads.length > 0 && heads.every(({ seq, storedSeq }) => seq === storedSeq)
}

const runArchive = (link: string, folder: string): Promise<void> =>
  new Promise((done, fail) => {
    const main = join(import.meta.dirname, '../../lib/export/archive/main.ts')
    const child = spawn(process.execPath, [main, '--invite', link, '--out', folder, '--once'])
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error(said))))
  })

const contentOf = (paths: readonly string[]): string =>
  paths.map((path) => readFileSync(path).toString('latin1')).join('\n')

/** What a bundle has in hex, as bytes. */
const hexIn = (texts: readonly string[]): string =>
  texts
    .flatMap((text) => text.match(/\b(?:[0-9a-f]{2}){20,}\b/g) ?? [])
    .map((hex) => Buffer.from(hex, 'hex').toString('latin1'))
    .join('\n')

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())

const PAGE = `<!doctype html><title>Account</title><h1>Account</h1><form method="post" action="/form/account">
  <label>Name <input name="name" value="Old"></label>
  <label>Password <input type="password" name="pw"></label>
  <label>Code <input name="f3" autocomplete="one-time-code"></label>
  <label>Recovery passphrase <input name="f4"></label>
  <label>Certificate <textarea name="f5"></textarea></label>
  <button>Save</button></form>`
