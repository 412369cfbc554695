/** The worker may die at any moment: what was shown as recorded is there, and what wasn't yet is sent again, once. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const CHANGES = 500
const KILLS = 50

let app: RunningServer
let browser: ExtensionBrowser

/** Anew for each try: a second one must not find what the first has left. */
beforeEach(async () => {
  app = await listen(async (request, response) => {
    const body = await readBody(request)
    if (request.url === '/')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Burst</title>')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  browser = await launchWithExtension()
}, 180_000)

afterEach(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

test(`${KILLS} kills of the worker during ${CHANGES} changes and more lose nothing and double nothing`, async () => {
  const page = await browser.context.newPage()
  await page.goto(app.origin)
  const devtools = await browser.context.newCDPSession(page)
  const kill = async () => {
    const { targetInfos } = await devtools.send('Target.getTargets')
    const worker = targetInfos.find(
      ({ type, url }) => type === 'service_worker' && url.includes(browser.extensionId),
    )
    if (!worker) return false
    await devtools.send('Target.closeTarget', { targetId: worker.targetId })
    return true
  }

  // As long as there is something to kill: only the next change starts the worker again.
  const burst = page.evaluate(async (changes) => {
    let sent = 0
    while (sent < changes || !Object.hasOwn(window, 'enough')) {
      sent += 1
      await fetch(`/api/flags/${sent}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ enabled: sent % 2 === 0 }),
      })
      await new Promise((done) => setTimeout(done, 15))
    }
    return sent
  }, CHANGES)
  let kills = 0
  while (kills < KILLS) {
    if (await kill()) kills += 1
    await new Promise((done) => setTimeout(done, 100))
  }
  await page.evaluate(() => Object.assign(window, { enough: true }))
  const sent = await burst

  const stored = await browser.waitForEntries(() => true, sent)
  const ids = stored.map(({ resourceId }) => Number(resourceId)).sort((a, b) => a - b)
  expect(ids).toEqual(Array.from({ length: sent }, (_, index) => index + 1))
}, 120_000)
