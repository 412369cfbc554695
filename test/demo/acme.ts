/**
 * What the Acme Console keeps, in memory, and the rules by which it refuses a save. Knows no HTTP.
 * A refusal is a map from field to a message for the person.
 */
export interface FeatureFlag {
  readonly key: string
  readonly name: string
  readonly description: string
  readonly enabled: boolean
  readonly rolloutPercent: number
  readonly owner: string
  readonly tags: readonly string[]
  readonly updatedAt: string
}

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: (typeof ROLES)[number]
  readonly status: 'active' | 'invited'
  readonly joinedAt: string
}

export interface Prompt {
  readonly id: string
  readonly name: string
  readonly model: string
  readonly temperature: number
  readonly text: string
  readonly version: number
  readonly updatedAt: string
}

export interface SecuritySettings {
  readonly sessionTimeoutMinutes: number
  readonly requireTwoFactor: boolean
  readonly passwordPolicy: (typeof PASSWORD_POLICIES)[number]
  readonly allowedDomains: string
  readonly webhookSigningSecret: string
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
}

export type Refusal = Readonly<Record<string, string>>
export type Outcome<T> = { readonly saved: T } | { readonly refused: Refusal }

export const ROLES = ['Viewer', 'Editor', 'Admin'] as const
export const PASSWORD_POLICIES = ['standard', 'strict', 'passkeys only'] as const

/** Who can be signed in; the first one is unless a browser says otherwise. */
export const PEOPLE: readonly [Person, ...Person[]] = [
  { id: 'ana', name: 'Ana Ferreira', email: 'ana@acme.example' },
  { id: 'ben', name: 'Ben Okafor', email: 'ben@acme.example' },
]

export interface Acme {
  readonly flags: () => readonly FeatureFlag[]
  readonly updateFlag: (key: string, patch: Record<string, unknown>) => Outcome<FeatureFlag> | undefined
  readonly members: () => readonly Member[]
  readonly inviteMember: (input: Record<string, unknown>) => Outcome<Member>
  readonly removeMember: (id: string) => boolean
  readonly prompts: () => readonly Prompt[]
  readonly updatePrompt: (id: string, input: Record<string, unknown>) => Outcome<Prompt> | undefined
  readonly security: () => SecuritySettings
  /** An empty secret keeps the one that is set. */
  readonly updateSecurity: (input: Record<keyof SecuritySettings, string>) => Outcome<SecuritySettings>
  readonly reset: () => void
}

export const createAcme = ({ now }: { now: () => Date }): Acme => {
  let state = initialState()
  const timestamp = () => now().toISOString()

  return {
    flags: () => state.flags,
    updateFlag: (key, patch) => {
      const flag = state.flags.find((candidate) => candidate.key === key)
      if (flag === undefined) return undefined
      const refused = refuseFlag(patch)
      if (refused) return { refused }
      const saved: FeatureFlag = { ...flag, ...pick(patch, FLAG_FIELDS), updatedAt: timestamp() }
      state = { ...state, flags: state.flags.map((other) => (other === flag ? saved : other)) }
      return { saved }
    },

    members: () => state.members,
    inviteMember: (input) => {
      const refused = refuseMember(input, state.members)
      if (refused) return { refused }
      const saved: Member = {
        id: `mem_${(state.nextMember * 7919).toString(36)}`,
        name: String(input.name).trim(),
        email: String(input.email).trim(),
        role: input.role as Member['role'],
        status: 'invited',
        joinedAt: timestamp(),
      }
      state = { ...state, members: [...state.members, saved], nextMember: state.nextMember + 1 }
      return { saved }
    },
    removeMember: (id) => {
      const members = state.members.filter((member) => member.id !== id)
      const removed = members.length < state.members.length
      state = { ...state, members }
      return removed
    },

    prompts: () => state.prompts,
    updatePrompt: (id, input) => {
      const prompt = state.prompts.find((candidate) => candidate.id === id)
      if (prompt === undefined) return undefined
      const refused = refusePrompt(input)
      if (refused) return { refused }
      const saved: Prompt = {
        ...prompt,
        ...pick(input, ['name', 'model', 'temperature', 'text']),
        version: prompt.version + 1,
        updatedAt: timestamp(),
      }
      state = { ...state, prompts: state.prompts.map((other) => (other === prompt ? saved : other)) }
      return { saved }
    },

    security: () => state.security,
    updateSecurity: (input) => {
      const refused = refuseSecurity(input)
      if (refused) return { refused }
      const saved: SecuritySettings = {
        sessionTimeoutMinutes: Number(input.sessionTimeoutMinutes),
        requireTwoFactor: input.requireTwoFactor === 'on',
        passwordPolicy: input.passwordPolicy as SecuritySettings['passwordPolicy'],
        allowedDomains: input.allowedDomains.trim(),
        webhookSigningSecret: input.webhookSigningSecret || state.security.webhookSigningSecret,
      }
      state = { ...state, security: saved }
      return { saved }
    },

    reset: () => {
      state = initialState()
    },
  }
}

const FLAG_FIELDS = ['name', 'description', 'enabled', 'rolloutPercent', 'owner', 'tags'] as const

const refuseFlag = (patch: Record<string, unknown>): Refusal | undefined =>
  refusal({
    description:
      'description' in patch && !text(patch.description) && 'Say in a sentence what the flag is for.',
    rolloutPercent:
      'rolloutPercent' in patch &&
      !isWithin(patch.rolloutPercent, 0, 100) &&
      'Rollout is a whole number from 0 to 100.',
    enabled: 'enabled' in patch && typeof patch.enabled !== 'boolean' && 'Enabled is true or false.',
  })

const refuseMember = (input: Record<string, unknown>, members: readonly Member[]): Refusal | undefined => {
  const email = text(input.email)
  return refusal({
    name: !text(input.name) && 'Enter a name.',
    email:
      (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email) && 'Enter an e-mail address like name@acme.example.') ||
      (members.some((member) => member.email === email) && `${email} is a member already.`),
    role: !isOneOf(input.role, ROLES) && 'Choose a role.',
  })
}

const refusePrompt = (input: Record<string, unknown>): Refusal | undefined =>
  refusal({
    name: 'name' in input && !text(input.name) && 'A prompt needs a name.',
    text: 'text' in input && !text(input.text) && 'A prompt can’t be empty.',
    temperature:
      'temperature' in input &&
      !(typeof input.temperature === 'number' && input.temperature >= 0 && input.temperature <= 2) &&
      'Temperature is a number from 0 to 2.',
  })

const refuseSecurity = (input: Record<keyof SecuritySettings, string>): Refusal | undefined =>
  refusal({
    sessionTimeoutMinutes:
      !isWithin(Number(input.sessionTimeoutMinutes), 5, 1440) &&
      'Session timeout must be between 5 and 1440 minutes.',
    passwordPolicy: !isOneOf(input.passwordPolicy, PASSWORD_POLICIES) && 'Choose a password policy.',
    allowedDomains:
      !/^[a-z0-9.-]+(, ?[a-z0-9.-]+)*$/.test(input.allowedDomains.trim()) && 'List domains with commas.',
    webhookSigningSecret:
      input.webhookSigningSecret !== '' &&
      input.webhookSigningSecret.length < 16 &&
      'A signing secret has at least 16 characters.',
  })

const refusal = (messages: Record<string, string | false>): Refusal | undefined => {
  const told = Object.entries(messages).filter((entry): entry is [string, string] => entry[1] !== false)
  return told.length > 0 ? Object.fromEntries(told) : undefined
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
const isWithin = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most
const isOneOf = (value: unknown, allowed: readonly string[]) => allowed.includes(String(value))
const pick = (from: Record<string, unknown>, keys: readonly string[]) =>
  Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]))

const SUPPORT_REPLY = `You are the first person a customer of Acme hears from, so write the way a patient colleague talks.

Read the whole conversation before you answer. Find the question behind the question: somebody who asks where the invoice is often wants to know whether the payment arrived. Answer that first, in one sentence, and give the detail after it.

Rules
- Be concise and polite. Three short paragraphs are the most anybody reads on a phone.
- Quote amounts, dates and order numbers exactly as they stand in the order, never from memory.
- Never promise a date that the warehouse has not confirmed. Say when you will write again instead.
- If the customer is angry, name what went wrong before you explain it. Do not apologise more than once.
- Refunds up to 50 EUR can be granted at once. Above that, hand over to a person of the billing team.
- Do not mention internal tools, ticket queues or the names of other customers.

Close with what happens next and who does it. Sign with the first name of the agent on duty.`

const TRIAGE = `Sort the incoming message into exactly one of: billing, delivery, product question, bug, account access, other.

Answer with one JSON object and nothing else: {"category": "...", "urgency": 1 to 3, "language": "two letters", "summary": "at most 15 words"}.

Urgency 3 is for people who are locked out, were charged twice or report a security problem. Everything about a delivery that is late by more than five working days is urgency 2. The rest is 1. If two categories fit, choose the one whose team can act first. Never invent an order number.`

const RELEASE_NOTES = `Turn the list of merged pull requests into release notes for people who use the product and do not build it.

Group by what they can do now, not by component. Start each line with a verb. Leave out refactorings, test changes and dependency bumps unless they fix something that a user could notice; then say what was noticed. Link the help page where there is one. At most 200 words, no exclamation marks, no superlatives.`

interface State {
  readonly flags: readonly FeatureFlag[]
  readonly members: readonly Member[]
  readonly prompts: readonly Prompt[]
  readonly security: SecuritySettings
  readonly nextMember: number
}

const initialState = (): State => ({
  flags: [
    {
      key: 'new-checkout',
      name: 'New checkout',
      description: 'One-page checkout with saved addresses.',
      enabled: false,
      rolloutPercent: 25,
      owner: 'Payments',
      tags: ['web', 'revenue'],
      updatedAt: '2026-11-12T09:14:03.000Z',
    },
    {
      key: 'instant-refunds',
      name: 'Instant refunds',
      description: 'Pay refunds under 50 EUR out without a review.',
      enabled: true,
      rolloutPercent: 10,
      owner: 'Payments',
      tags: ['risk'],
      updatedAt: '2026-11-03T15:40:51.000Z',
    },
    {
      key: 'dark-mode',
      name: 'Dark mode',
      description: 'Follow the system’s colour scheme in the shop.',
      enabled: true,
      rolloutPercent: 100,
      owner: 'Storefront',
      tags: ['web', 'ios', 'android'],
      updatedAt: '2026-10-28T08:02:19.000Z',
    },
    {
      key: 'warehouse-eta',
      name: 'Warehouse ETA',
      description: 'Show the delivery estimate that the warehouse gives instead of the carrier’s.',
      enabled: false,
      rolloutPercent: 0,
      owner: 'Logistics',
      tags: ['api'],
      updatedAt: '2026-11-18T11:27:44.000Z',
    },
    {
      key: 'assistant-replies',
      name: 'Assistant replies',
      description: 'Draft answers to support tickets; an agent still sends them.',
      enabled: true,
      rolloutPercent: 50,
      owner: 'Support',
      tags: ['ai'],
      updatedAt: '2026-11-20T16:55:08.000Z',
    },
  ],
  members: [
    member('mem_5k1q', 'Ana Ferreira', 'ana@acme.example', 'Admin', '2023-02-06'),
    member('mem_7c0d', 'Ben Okafor', 'ben@acme.example', 'Admin', '2023-09-18'),
    member('mem_9xw2', 'Chiara Lindqvist', 'chiara@acme.example', 'Editor', '2024-01-15'),
    member('mem_c3r8', 'Daniel Sato', 'daniel@acme.example', 'Editor', '2024-06-03'),
    member('mem_e6p4', 'Farida Haddad', 'farida@acme.example', 'Viewer', '2025-03-10'),
    member('mem_h2t9', 'Tom Becker', 'tom@contractor.example', 'Editor', '2025-11-24'),
  ],
  prompts: [
    prompt('prm_support_reply', 'Support reply', 'large-2', 0.4, SUPPORT_REPLY, 12),
    prompt('prm_triage', 'Ticket triage', 'small-3', 0, TRIAGE, 5),
    prompt('prm_release_notes', 'Release notes', 'large-2', 0.7, RELEASE_NOTES, 3),
  ],
  security: {
    sessionTimeoutMinutes: 60,
    requireTwoFactor: false,
    passwordPolicy: 'standard',
    allowedDomains: 'acme.example, contractor.example',
    webhookSigningSecret: 'whsec_bPk3xV9mTq7LrZ2cYd8NfJ5h',
  },
  nextMember: 41,
})

const member = (id: string, name: string, email: string, role: Member['role'], day: string): Member => ({
  id,
  name,
  email,
  role,
  status: 'active',
  joinedAt: `${day}T08:00:00.000Z`,
})

const prompt = (
  id: string,
  name: string,
  model: string,
  temperature: number,
  body: string,
  version: number,
): Prompt => ({ id, name, model, temperature, text: body, version, updatedAt: '2026-11-16T10:21:37.000Z' })
