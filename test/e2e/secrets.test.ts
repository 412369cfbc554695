/** Not one byte of a secret is on disk, in an export or in a message, wherever in a page it was typed or sent. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

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
  for (const format of ['CSV', 'JSON', 'JSONL']) expectNoSecret(format, await exported(format))

  await browser.context.close()
  const files = filesIn(profile).filter((file) =>
    /IndexedDB|Local Extension Settings|Session Storage/.test(file),
  )
  expect(files.length).toBeGreaterThan(0)
  const bytes = files.map((file) => readFileSync(file).toString('latin1')).join('\n')
  expect(bytes.includes('Plain value') || bytes.includes(utf16('Plain value'))).toBe(true)
  expectNoSecret('disk', bytes)
}, 120_000)

const expectNoSecret = (where: string, text: string) => {
  const found = Object.entries(SECRETS).filter(
    ([, secret]) => text.includes(secret) || text.includes(utf16(secret)),
  )
  expect(found.map(([name]) => `${name} in ${where}`)).toEqual([])
}

/** As Chromium writes strings that are not Latin-1: two bytes each. */
const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('latin1')

const exported = async (format: string): Promise<string> => {
  const page = await browser.openPage('review.html')
  await page.getByRole('button', { name: 'Choose export format' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: new RegExp(`^${format}\\b`) }).click()
  const text = await readFile(await (await download).path(), 'utf8')
  await page.close()
  expect(text).toContain('Plain value')
  return text
}

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
