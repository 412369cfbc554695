import { afterAll, beforeEach, expect, test } from 'vitest'
import { createDemo } from './server.ts'

const demo = await createDemo({ now: () => new Date('2026-11-22T12:00:00Z') })
beforeEach(demo.reset)
afterAll(demo.close)

test('a flag is patched, and a rollout over 100 is refused with a message', async () => {
  const saved = await send('PATCH', '/api/feature-flags/new-checkout', { enabled: true })
  expect(saved.status).toBe(200)
  expect(saved.body).toMatchObject({ key: 'new-checkout', enabled: true, rolloutPercent: 25 })

  const refused = await send('PATCH', '/api/feature-flags/new-checkout', { rolloutPercent: 101 })
  expect(refused.status).toBe(422)
  expect(refused.body).toMatchObject({ error: 'Rollout is a whole number from 0 to 100.' })
})

test('a member is invited once and removed once', async () => {
  const priya = { name: 'Priya Raman', email: 'priya@acme.example', role: 'Editor' }
  const created = await send('POST', '/api/members', priya)
  expect(created.status).toBe(201)
  expect((await send('POST', '/api/members', priya)).status).toBe(422)

  const path = `/api/members/${(created.body as { id: string }).id}`
  expect((await send('DELETE', path)).status).toBe(204)
  expect((await send('DELETE', path)).status).toBe(404)
})

test('a prompt is saved by GraphQL as a new version, and an empty one is refused with status 200', async () => {
  const query =
    'mutation ($id: ID!, $input: PromptInput!) { updatePrompt(id: $id, input: $input) { version } }'
  const save = (text: string) =>
    send('POST', '/graphql', { query, variables: { id: 'prm_triage', input: { text } } })
  expect((await save('Sort it.')).body).toEqual({ data: { updatePrompt: { version: 6 } } })
  expect(await save(' ')).toMatchObject({
    status: 200,
    body: { errors: [{ message: 'A prompt can’t be empty.' }] },
  })
})

test('security settings are saved with a redirect; refused ones come back in the form, with no secret in it', async () => {
  const valid = {
    sessionTimeoutMinutes: '15',
    requireTwoFactor: 'on',
    passwordPolicy: 'strict',
    allowedDomains: 'acme.example',
    webhookSigningSecret: 'a-secret-of-the-test',
  }
  const saved = await submit(valid)
  expect([saved.status, saved.headers.get('location')]).toEqual([303, '/settings/security?saved'])

  const refused = await submit({ ...valid, sessionTimeoutMinutes: '2"><b>' })
  expect(refused.status).toBe(422)
  const page = await refused.text()
  expect(page).toContain('must be between 5 and 1440 minutes')
  expect(page).toContain('value="2&#34;&#62;&#60;b&#62;"')
  expect(page).not.toContain(valid.webhookSigningSecret)
})

test('the person who signed in is shown', async () => {
  const page = await fetch(demo.url, { headers: { cookie: 'acme_person=ben' } })
  expect(await page.text()).toContain('Good to see you, Ben.')
})

const send = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(demo.url + path, { method, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: text ? (JSON.parse(text) as unknown) : undefined }
}

const submit = (fields: Record<string, string>) =>
  fetch(`${demo.url}/settings/security`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
