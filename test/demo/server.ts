/**
 * The Acme Console over HTTP: a small admin console in the shapes that real ones have, to try Daybook on.
 * Flags and members are REST, prompts GraphQL, security settings a classic form. All in memory; whoever asks is let in.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, GraphQLError, graphql } from 'graphql'
import { type Acme, createAcme, PEOPLE, type Person, type SecuritySettings } from './acme.ts'
import { flagsPage, membersPage, notFoundPage, overviewPage, promptsPage, securityPage } from './html.ts'

export interface Demo {
  /** Without a slash at its end. */
  readonly url: string
  /** Everything as at the start. */
  readonly reset: () => void
  readonly close: () => Promise<void>
}

export interface DemoOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly host?: string
  readonly now?: () => Date
}

export const createDemo = async (options: DemoOptions = {}): Promise<Demo> => {
  const { port = 0, host = '127.0.0.1', now = () => new Date() } = options
  const acme = createAcme({ now })
  const answer = createAnswers(acme)
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 500, { error: String(error) })
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    reset: acme.reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const createAnswers = (acme: Acme): Answer => {
  const answerGraphql = createGraphql(acme)
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://acme')
    const route = `${request.method} ${pathname}`
    const person = signedInPerson(request)
    const id = decodeURIComponent(pathname.split('/').at(-1) ?? '')

    if (route === 'GET /') return sendHtml(response, 200, overviewPage(person, acme))
    if (route === 'GET /flags') return sendHtml(response, 200, flagsPage(person))
    if (route === 'GET /members') return sendHtml(response, 200, membersPage(person))
    if (route === 'GET /prompts') return sendHtml(response, 200, promptsPage(person))
    if (route === 'GET /sign-in') return signIn(response, searchParams.get('person') ?? '')
    if (route.startsWith('GET /assets/')) return sendAsset(response, id)

    if (route === 'GET /api/feature-flags') return sendJson(response, 200, { featureFlags: acme.flags() })
    if (route.startsWith('PATCH /api/feature-flags/'))
      return sendOutcome(response, 200, acme.updateFlag(id, await readJson(request)))
    if (route === 'GET /api/members') return sendJson(response, 200, { members: acme.members() })
    if (route === 'POST /api/members')
      return sendOutcome(response, 201, acme.inviteMember(await readJson(request)))
    if (route.startsWith('DELETE /api/members/'))
      return acme.removeMember(id) ? sendEmpty(response, 204) : sendOutcome(response, 404, undefined)
    if (route === 'POST /graphql') return answerGraphql(await readJson(request), response)

    if (route === 'GET /settings/security')
      return sendHtml(
        response,
        200,
        securityPage(person, { settings: acme.security(), saved: searchParams.has('saved') }),
      )
    if (route === 'POST /settings/security') return saveSecurity(acme, person, request, response)
    return sendHtml(response, 404, notFoundPage(person))
  }
}

const saveSecurity = async (
  acme: Acme,
  person: Person,
  request: IncomingMessage,
  response: ServerResponse,
) => {
  const form = new URLSearchParams(await readText(request))
  const field = (name: keyof SecuritySettings) => form.get(name) ?? ''
  const input = {
    sessionTimeoutMinutes: field('sessionTimeoutMinutes'),
    requireTwoFactor: field('requireTwoFactor'),
    passwordPolicy: field('passwordPolicy'),
    allowedDomains: field('allowedDomains'),
    webhookSigningSecret: field('webhookSigningSecret'),
  }
  const outcome = acme.updateSecurity(input)
  if ('saved' in outcome) return redirect(response, '/settings/security?saved')
  sendHtml(
    response,
    422,
    securityPage(person, { settings: acme.security(), input, refused: outcome.refused }),
  )
}

const SCHEMA = buildSchema(`
  type Prompt { id: ID! name: String! model: String! temperature: Float! text: String! version: Int! updatedAt: String! }
  input PromptInput { name: String model: String temperature: Float text: String }
  type Query { prompts: [Prompt!]! prompt(id: ID!): Prompt }
  type Mutation { updatePrompt(id: ID!, input: PromptInput!): Prompt! }
`)

const createGraphql = (acme: Acme) => {
  const rootValue = {
    prompts: acme.prompts,
    prompt: ({ id }: { id: string }) => acme.prompts().find((prompt) => prompt.id === id),
    updatePrompt: ({ id, input }: { id: string; input: Record<string, unknown> }) => {
      const outcome = acme.updatePrompt(id, input)
      if (outcome === undefined) throw new GraphQLError('There is no such prompt.')
      if ('saved' in outcome) return outcome.saved
      throw new GraphQLError(Object.values(outcome.refused).join(' '), {
        extensions: { fields: outcome.refused },
      })
    },
  }
  return async (body: Record<string, unknown>, response: ServerResponse) => {
    const result = await graphql({
      schema: SCHEMA,
      source: String(body.query),
      rootValue,
      variableValues: body.variables as Record<string, unknown>,
      operationName: body.operationName as string | undefined,
    })
    sendJson(response, 200, result)
  }
}

const signedInPerson = (request: IncomingMessage): Person => {
  const id = /(?:^|; )acme_person=([a-z]+)/.exec(request.headers.cookie ?? '')?.[1]
  return PEOPLE.find((person) => person.id === id) ?? PEOPLE[0]
}

const signIn = (response: ServerResponse, id: string) => {
  const known = PEOPLE.some((person) => person.id === id)
  if (known) response.setHeader('set-cookie', `acme_person=${id}; Path=/; HttpOnly; SameSite=Lax`)
  redirect(response, '/')
}

const ASSETS: Readonly<Record<string, string>> = {
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
}

const sendAsset = async (response: ServerResponse, name: string) => {
  const type = ASSETS[name.split('.').at(-1) ?? '']
  if (type === undefined || !/^[a-z-]+\.[a-z]+$/.test(name)) return sendEmpty(response, 404)
  const bytes = await readFile(new URL(`pages/${name}`, import.meta.url)).catch(() => undefined)
  if (bytes === undefined) return sendEmpty(response, 404)
  response
    .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' })
    .end(bytes)
}

const sendOutcome = (
  response: ServerResponse,
  status: number,
  outcome: { saved: unknown } | { refused: Readonly<Record<string, string>> } | undefined,
) => {
  if (outcome === undefined)
    return sendJson(response, 404, { error: 'It is not there any more. Reload the page.' })
  if ('saved' in outcome) return sendJson(response, status, outcome.saved)
  sendJson(response, 422, { error: Object.values(outcome.refused).join(' '), fields: outcome.refused })
}

const sendHtml = (response: ServerResponse, status: number, page: string) => {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'",
    })
    .end(page)
}

const sendJson = (response: ServerResponse, status: number, body: unknown) => {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}

const sendEmpty = (response: ServerResponse, status: number) => void response.writeHead(status).end()
const redirect = (response: ServerResponse, location: string) =>
  void response.writeHead(303, { location }).end()

const MAX_BODY_BYTES = 1024 * 1024

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new Error('The request is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Whatever isn't a JSON object counts as an empty one; the rules of `acme.ts` then refuse it. */
const readJson = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(await readText(request))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
