/** Pages that go, or never come back, right after a save: what was sent is in the store, once, and graded by what was seen of its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const TABS = 30

let app: RunningServer
let browser: ExtensionBrowser
/** Posts that are never answered, until the test says so. */
const posted = new Map<string, ServerResponse>()
let onPosted: (name: string) => void = () => {}

beforeAll(async () => {
  app = await listen(serve)
  browser = await launchWithExtension()
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

const open = async (path: string): Promise<Page> => {
  const page = await browser.context.newPage()
  await page.goto(`${app.origin}${path}`)
  return page
}

/** Fills and sends the form; resolves when the post has reached the server. */
const post = async (page: Page, siteName: string) => {
  const arrived = new Promise<void>((done) => {
    onPosted = (name) => name === siteName && done()
  })
  await page.getByLabel('Site name').fill(siteName)
  await page.getByRole('button', { name: 'Save' }).click({ noWaitAfter: true })
  await arrived
}

const saved = (siteName: string) => (entry: { changes: readonly { after?: unknown }[] }) =>
  entry.changes.some(({ after }) => after === siteName)

const killWorker = async (page: Page) => {
  const devtools = await browser.context.newCDPSession(page)
  const { targetInfos } = await devtools.send('Target.getTargets')
  const worker = targetInfos.find(
    ({ type, url }) => type === 'service_worker' && url.includes(browser.extensionId),
  )
  if (worker) await devtools.send('Target.closeTarget', { targetId: worker.targetId })
}

test(`${TABS} tabs that close as soon as their save is answered lose nothing`, async () => {
  const pages = await Promise.all(Array.from({ length: TABS }, () => open('/empty')))
  const save = (page: Page, id: number, colour: string) =>
    page.evaluate(
      ([path, body]) =>
        fetch(path as string, {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: body as string,
        }),
      [`/api/flags/${id}`, JSON.stringify({ colour })],
    )
  const isFlag = (wanted: string) => (entry: Entry) =>
    entry.resourceType === 'flag' && entry.changes.some(({ after }) => after === wanted)
  await Promise.all(pages.map((page, id) => save(page, id, 'grey')))
  await browser.waitForEntries(isFlag('grey'), TABS)

  await Promise.all(pages.map((page, id) => save(page, id, 'blue').then(() => page.close())))
  const stored = await browser.waitForEntries(isFlag('blue'), TABS)
  expect(stored.map(({ resourceId }) => Number(resourceId)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: TABS }, (_, id) => id),
  )
})

test('a form whose tab closes before it is answered counts as sent', async () => {
  const page = await open('/form/never')
  await post(page, 'Closed early')
  await page.close()
  const stored = await browser.waitForEntries(saved('Closed early'))
  expect(stored).toMatchObject([
    { action: 'update', changes: [{ before: 'Old' }], evidence: { grade: 'sent', via: 'form' } },
  ])
})

test('a form that is answered with a download counts as sent while its page stays', async () => {
  const page = await open('/form/file')
  const download = page.waitForEvent('download')
  await post(page, 'Downloaded')
  await (await download).cancel()
  expect(await browser.waitForEntries(saved('Downloaded'))).toMatchObject([{ evidence: { grade: 'sent' } }])
  await page.close()
})

test('a form that is answered with no page, and a worker that is stopped meanwhile, lose nothing', async () => {
  const page = await open('/form/nothing')
  await post(page, 'No content')
  await killWorker(page)
  await page.close()
  expect(await browser.waitForEntries(saved('No content'))).toMatchObject([{ evidence: { grade: 'sent' } }])
})

test('a form whose answer takes long waits for it', async () => {
  const page = await open('/form/never')
  await post(page, 'Slow')
  const other = await open('/form/nothing')
  await post(other, 'Meanwhile')
  await browser.waitForEntries(saved('Meanwhile'))
  expect((await browser.entries()).filter(saved('Slow'))).toEqual([])
  posted.get('Slow')?.writeHead(303, { location: '/form/never?saved' }).end()
  await page.getByText('Saved').waitFor()
  expect(await browser.waitForEntries(saved('Slow'))).toMatchObject([{ evidence: { grade: 'accepted' } }])
  await Promise.all([page.close(), other.close()])
})

test('a refused form is refused, whatever was foreseen', async () => {
  const page = await open('/form/refused')
  await post(page, 'Refused')
  await page.getByText('Site name is taken').waitFor()
  expect(await browser.waitForEntries(saved('Refused'))).toMatchObject([{ evidence: { grade: 'rejected' } }])
  await page.close()
})

test.each([
  ['a frame of the page', 'frame'],
  ['a new tab', '_blank'],
  ['a tab by its name', 'named'],
])('a form that is answered in %s is settled there', async (_name, target) => {
  const page = await open(`/targets/${target}`)
  const siteName = `Sent to ${target}`
  const answered =
    target === 'frame'
      ? page.frameLocator('iframe').getByText('Saved').waitFor()
      : browser.context.waitForEvent('page').then((tab) => tab.getByText('Saved').waitFor())
  await post(page, siteName)
  await answered
  expect(await browser.waitForEntries(saved(siteName))).toMatchObject([
    { changes: [{ before: 'Old' }], evidence: { grade: 'accepted' } },
  ])
  for (const one of browser.context.pages()) if (one.url().startsWith(app.origin)) await one.close()
})

test('nothing was stored twice', async () => {
  const entries = await browser.entries()
  const keys = entries.map(({ resourceId, changes }) => `${resourceId} ${changes.map(({ after }) => after)}`)
  expect(keys.sort()).toEqual([...new Set(keys)].sort())
})

const form = (kind: string, inner = '', attributes = '') => `<!doctype html><title>General</title>
  <h1>General settings</h1>${inner}<form method="post" action="/form/${kind}" ${attributes}>
  <label>Site name <input name="site_name" value="Old"></label><button>Save</button></form>`

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://x')
  const body = await readBody(request)
  const html = (text: string) => response.writeHead(200, { 'content-type': 'text/html' }).end(text)
  const [, folder, kind = ''] = pathname.split('/')
  if (folder === 'api') response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  else if (request.method === 'POST') {
    const siteName = new URLSearchParams(body).get('site_name') ?? ''
    posted.set(siteName, response)
    onPosted(siteName)
    if (kind === 'nothing') response.writeHead(204).end()
    else if (kind === 'file')
      response
        .writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename=a.csv' })
        .end('a,b')
    else if (kind === 'refused') html(form(kind, '<p role="alert" class="error">Site name is taken</p>'))
    else if (kind === 'redirect') response.writeHead(303, { location: '/form/redirect?saved' }).end()
  } else if (folder === 'targets')
    html(
      form(
        'redirect',
        kind === 'frame' ? '<iframe name="answer"></iframe>' : '',
        `target="${kind === 'frame' ? 'answer' : kind}"`,
      ),
    )
  else if (folder === 'form') html(form(kind, search === '?saved' ? '<p role="status">Saved</p>' : ''))
  else html('<!doctype html><title>Empty</title>')
}
