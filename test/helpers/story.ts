/** Three weeks in the settings of a small company: realistic entries for screenshots and for trying things out. */
import type { Action, Change, Entry } from '../../lib/model/entry.ts'
import type { Json, JsonObject } from '../../lib/model/json.ts'
import { createUuid } from '../../lib/model/uuid.ts'

export const PEOPLE = {
  you: { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev', account: 'maya@acme.dev' },
  ana: { id: 'ana', name: 'Ana Lima', email: 'ana@acme.dev' },
  jonas: { id: 'jonas', name: 'Jonas Weber', email: 'jonas@acme.dev' },
  priya: { id: 'priya', name: 'Priya Raman', email: 'priya@acme.dev' },
}

export const APPS = {
  console: { origin: 'https://console.acme.dev', name: 'Acme Console' },
  grafana: { origin: 'https://grafana.acme.dev', name: 'Grafana' },
  billing: { origin: 'https://billing.example.com', name: 'Billing' },
}

interface Told {
  readonly minutesAgo: number
  readonly by: keyof typeof PEOPLE
  readonly in: keyof typeof APPS
  readonly type: string
  readonly id: string
  readonly name?: string
  readonly action?: Action
  readonly changes?: readonly Change[]
  readonly value?: JsonObject
  readonly part?: Partial<Entry>
}

const set = (pointer: string, label: string, before: Json, after: Json): Change => ({
  pointer,
  label,
  op: 'replace',
  before,
  after,
})

const PROMPT = `You are the support assistant of Acme. Answer in the language of the customer.
Be concise and friendly. Never promise a refund; offer to connect the customer with a person instead.
If the customer writes about billing, ask for the invoice number first.
Always end with a question that moves the conversation forward.`

const RECENT: readonly Told[] = [
  {
    minutesAgo: 1,
    by: 'ana',
    in: 'console',
    type: 'setting',
    id: 'security',
    name: 'Security',
    changes: [set('/sessionTimeout', 'Session timeout', '30 min', '15 min')],
    value: {
      sessionTimeout: '15 min',
      twoFactor: 'required',
      ipAllowList: ['10.0.0.0/8'],
      passwordPolicy: 'strict',
    },
  },
  {
    minutesAgo: 6,
    by: 'you',
    in: 'console',
    type: 'feature flag',
    id: 'dark-mode',
    name: 'dark-mode',
    action: 'create',
    value: { key: 'dark-mode', name: 'Dark mode', enabled: false, rollout: 0, owner: 'design' },
  },
  {
    minutesAgo: 9,
    by: 'jonas',
    in: 'grafana',
    type: 'dashboard',
    id: 'f3kq2',
    name: 'Checkout latency',
    changes: [
      set('/refresh', 'Auto refresh', '30s', '5s'),
      set('/time/from', 'Time range', 'now-6h', 'now-1h'),
      set('/panels/2/thresholds/0/value', 'Warn above', 400, 250),
    ],
  },
  {
    minutesAgo: 14,
    by: 'ana',
    in: 'console',
    type: 'prompt',
    id: 'support-first-reply',
    name: 'Support: first reply',
    changes: [
      set(
        '/text',
        'Prompt',
        PROMPT,
        PROMPT.replace('Be concise and friendly.', 'Be concise, warm and honest.'),
      ),
    ],
  },
  {
    minutesAgo: 18,
    by: 'you',
    in: 'console',
    type: 'webhook',
    id: 'wh_29',
    name: 'Order events',
    changes: [set('/secret', 'Signing secret', { $redacted: 'token' }, { $redacted: 'token' })],
    part: { redactions: [{ pointer: '/secret', reason: 'token', fingerprint: '9c1e' }] },
  },
  {
    minutesAgo: 22,
    by: 'priya',
    in: 'billing',
    type: 'payment method',
    id: 'pm_1Q8',
    name: 'Visa ending 4242',
    action: 'delete',
    value: { brand: 'visa', last4: '4242' },
  },
  {
    minutesAgo: 31,
    by: 'jonas',
    in: 'grafana',
    type: 'alert rule',
    id: 'r-81',
    name: 'High error rate',
    changes: [set('/for', 'Pending period', '5m', '1m')],
    part: {
      evidence: {
        grade: 'rejected',
        via: 'fetch',
        method: 'PUT',
        status: 403,
        url: 'https://grafana.acme.dev/api/v1/provisioning/alert-rules/r-81',
        beforeFrom: 'read',
      },
    },
  },
  ...[2, 4, 5, 7, 8].map(
    (step, index): Told => ({
      minutesAgo: 40 + index,
      by: 'ana',
      in: 'console',
      type: 'feature flag',
      id: 'new-checkout',
      name: 'new-checkout',
      changes: [
        set('/rollout', 'Rollout', `${(9 - step) * 10} %`, `${(10 - step + (index === 0 ? 2 : 0)) * 10} %`),
      ],
    }),
  ),
  {
    minutesAgo: 55,
    by: 'you',
    in: 'console',
    type: 'member',
    id: 'u_482',
    name: 'Tom Berg',
    changes: [set('/role', 'Role', 'Editor', 'Admin')],
  },
  {
    minutesAgo: 73,
    by: 'priya',
    in: 'billing',
    type: 'plan',
    id: 'plan_team',
    name: 'Team',
    changes: [set('/price', 'Monthly price', 49, 59), set('/trialDays', 'Trial', 14, 30)],
  },
  {
    minutesAgo: 95,
    by: 'jonas',
    in: 'grafana',
    type: 'data source',
    id: 'P8E80F9',
    name: 'prometheus-eu',
    changes: [{ pointer: '/url', label: 'URL', op: 'replace', after: 'https://prom-eu-2.acme.dev' }],
    part: { evidence: { grade: 'sent', via: 'xhr', method: 'PUT', beforeFrom: 'unknown' } },
  },
  {
    minutesAgo: 130,
    by: 'you',
    in: 'console',
    type: 'setting',
    id: 'notifications',
    name: 'Notifications',
    changes: [set('/digest', 'Weekly digest', true, false)],
  },
]

/** `nowMs` is when the latest of it happened; about 40 entries a week further back. */
export const tellStory = (nowMs: number, olderCount = 160): Entry[] => {
  const entries = RECENT.map((told, index) => toEntry(told, nowMs, index))
  for (let index = 0; index < olderCount; index += 1) {
    const told = RECENT[(index * 7 + 3) % RECENT.length] as Told
    const by = (['ana', 'jonas', 'priya', 'you'] as const)[(index * 5) % 4] as keyof typeof PEOPLE
    // Mostly in working hours, in bursts, fewer at the weekend.
    const minutesAgo = 300 + Math.floor(index / 6) * 1_130 + (index % 6) ** 2 * 23
    entries.push(toEntry({ ...told, by, minutesAgo }, nowMs, RECENT.length + index))
  }
  return entries.sort((a, b) => (a.time < b.time ? -1 : 1))
}

const toEntry = (told: Told, nowMs: number, index: number): Entry => {
  const timeMs = nowMs - told.minutesAgo * 60_000
  const action = told.action ?? 'update'
  const random = new Uint8Array(10)
  new DataView(random.buffer).setUint32(5, Math.imul(index + 3, 0x9e3779b1))
  const changes = told.changes ?? valueToChanges(told.value ?? {}, action)
  const before = action === 'create' ? null : { ...told.value, ...sideOf(changes, 'before') }
  const after = action === 'delete' ? null : { ...told.value, ...sideOf(changes, 'after') }
  return {
    id: createUuid(timeMs, random),
    time: new Date(timeMs).toISOString(),
    actor: PEOPLE[told.by],
    app: APPS[told.in],
    resourceType: told.type,
    resourceId: told.id,
    ...(told.name !== undefined && { resourceName: told.name }),
    action,
    ...(told.part?.evidence?.beforeFrom !== 'unknown' && { before }),
    after,
    changes,
    evidence: {
      grade: 'accepted',
      via: 'fetch',
      method: { create: 'POST', update: 'PATCH', delete: 'DELETE' }[action],
      url: `${APPS[told.in].origin}/api/${told.id}`,
      status: 200,
      beforeFrom: 'read',
    },
    redactions: [],
    ...told.part,
  }
}

const valueToChanges = (value: JsonObject, action: Action): Change[] =>
  Object.entries(value).map(
    ([key, side]): Change =>
      action === 'delete'
        ? { pointer: `/${key}`, op: 'remove', before: side }
        : { pointer: `/${key}`, op: 'add', after: side },
  )

const sideOf = (changes: readonly Change[], side: 'before' | 'after'): JsonObject => {
  const seen = changes.flatMap((change) => {
    const value = change[side]
    return value === undefined || change.pointer.lastIndexOf('/') > 0
      ? []
      : [[change.pointer.slice(1), value] as const]
  })
  return Object.fromEntries(seen)
}
