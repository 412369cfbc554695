/** The Acme Console's pages as HTML text. What fills them at run time is in `pages/`; every value is escaped. */
import {
  type Acme,
  PASSWORD_POLICIES,
  PEOPLE,
  type Person,
  type Refusal,
  ROLES,
  type SecuritySettings,
} from './acme.ts'

export const overviewPage = (person: Person, acme: Acme): string => {
  const flagsOn = acme.flags().filter((flag) => flag.enabled).length
  const invited = acme.members().filter((member) => member.status === 'invited').length
  return layout({
    person,
    path: '/',
    title: 'Overview',
    lead: `Good to see you, ${person.name.split(' ')[0]}.`,
    body: html`
      <div class="tiles">
        ${tile('/flags', 'Feature flags', `${flagsOn} of ${acme.flags().length}`, 'are on')}
        ${tile('/members', 'Members', String(acme.members().length), invited ? `${invited} invited` : 'all active')}
        ${tile('/prompts', 'Prompts', String(acme.prompts().length), 'in production')}
        ${tile('/settings/security', 'Session timeout', `${acme.security().sessionTimeoutMinutes} min`, acme.security().requireTwoFactor ? '2FA required' : '2FA optional')}
      </div>
      <section class="card locked">
        <h2>Audit log</h2>
        <p>See who changed what in your workspace. Part of the Enterprise plan: talk to sales.</p>
      </section>`,
  })
}

export const flagsPage = (person: Person): string =>
  layout({
    person,
    path: '/flags',
    title: 'Feature flags',
    lead: 'Switch features on for everybody, or for a part of your customers.',
    script: 'flags',
    body: html`
      <div class="toolbar"><input type="search" placeholder="Search flags" aria-label="Search flags" id="search" /></div>
      <div class="card list" id="flags" aria-live="polite"></div>
      <dialog id="edit">
        <form method="dialog" novalidate>
          <h2>Edit flag</h2>
          <p class="error" role="alert" hidden></p>
          <label>Name <input name="name" required /></label>
          <label>Description <textarea name="description" rows="2"></textarea></label>
          <label>Rollout percent <input name="rolloutPercent" type="number" min="0" max="100" /></label>
          <label>Owner <input name="owner" /></label>
          <div class="actions"><button type="button" value="cancel">Cancel</button><button class="primary" type="submit">Save flag</button></div>
        </form>
      </dialog>`,
  })

export const membersPage = (person: Person): string =>
  layout({
    person,
    path: '/members',
    title: 'Members',
    lead: 'People who can sign in to this workspace.',
    script: 'members',
    body: html`
      <div class="toolbar">
        <input type="search" placeholder="Search members" aria-label="Search members" id="search" />
        <button class="primary" type="button" id="invite-open">Invite member</button>
      </div>
      <div class="card">
        <table>
          <thead><tr><th>Name</th><th>Role</th><th>Status</th><th>Since</th><th><span class="hidden">Actions</span></th></tr></thead>
          <tbody id="members"></tbody>
        </table>
      </div>
      <dialog id="invite">
        <form method="dialog" novalidate>
          <h2>Invite member</h2>
          <p class="error" role="alert" hidden></p>
          <label>Full name <input name="name" autocomplete="off" required /></label>
          <label>E-mail <input name="email" type="email" autocomplete="off" required /></label>
          <label>Role <select name="role">${ROLES.map((role) => html`<option>${role}</option>`)}</select></label>
          <div class="actions"><button type="button" value="cancel">Cancel</button><button class="primary" type="submit">Send invitation</button></div>
        </form>
      </dialog>
      <dialog id="remove">
        <form method="dialog">
          <h2>Remove <span id="remove-name"></span>?</h2>
          <p>They are signed out at once and lose access to this workspace.</p>
          <div class="actions"><button type="button" value="cancel">Cancel</button><button class="danger" type="submit">Remove member</button></div>
        </form>
      </dialog>`,
  })

export const promptsPage = (person: Person): string =>
  layout({
    person,
    path: '/prompts',
    title: 'Prompts',
    lead: 'What the assistant is told before it answers a customer.',
    script: 'prompts',
    body: html`
      <div class="split">
        <nav class="card list" id="prompts" aria-label="Prompts"></nav>
        <form class="card" id="editor" novalidate hidden>
          <p class="error" role="alert" hidden></p>
          <div class="fields">
            <label>Name <input name="name" /></label>
            <label>Model <select name="model"><option>large-2</option><option>small-3</option></select></label>
            <label>Temperature <input name="temperature" type="number" min="0" max="2" step="0.1" /></label>
          </div>
          <label>Prompt text <textarea name="text" rows="18" spellcheck="false"></textarea></label>
          <div class="actions"><span class="quiet" id="version"></span><button class="primary" type="submit">Save prompt</button></div>
        </form>
      </div>`,
  })

export interface SecurityView {
  readonly settings: SecuritySettings
  readonly saved?: boolean
  /** What the person typed, when it was refused. */
  readonly input?: Record<keyof SecuritySettings, string>
  readonly refused?: Refusal
}

export const securityPage = (person: Person, { settings, saved, input, refused }: SecurityView): string => {
  const timeout = input?.sessionTimeoutMinutes ?? String(settings.sessionTimeoutMinutes)
  const policy = input?.passwordPolicy ?? settings.passwordPolicy
  const twoFactor = input ? input.requireTwoFactor === 'on' : settings.requireTwoFactor
  const fieldError = (field: keyof SecuritySettings) =>
    refused?.[field] ? html`<small class="error">${refused[field]}</small>` : ''
  return layout({
    person,
    path: '/settings/security',
    title: 'Security settings',
    lead: 'How people sign in to Acme, and how Acme signs what it sends.',
    script: 'security',
    body: html`
      ${saved ? html`<p class="notice success" role="status">Security settings saved.</p>` : ''}
      ${refused ? html`<p class="notice error" role="alert">Nothing was saved. Please correct the marked fields.</p>` : ''}
      <form class="card" method="post" action="/settings/security" novalidate>
        <input type="hidden" name="authenticity_token" value="${randomToken()}" />
        <label>Session timeout (minutes)
          <input name="sessionTimeoutMinutes" type="number" value="${timeout}" />${fieldError('sessionTimeoutMinutes')}
        </label>
        <label class="check"><input name="requireTwoFactor" type="checkbox"${twoFactor ? raw(' checked') : ''} /> Require two-factor authentication</label>
        <label>Password policy
          <select name="passwordPolicy">
            ${PASSWORD_POLICIES.map((option) => html`<option${option === policy ? raw(' selected') : ''}>${option}</option>`)}
          </select>${fieldError('passwordPolicy')}
        </label>
        <label>Allowed e-mail domains
          <input name="allowedDomains" value="${input?.allowedDomains ?? settings.allowedDomains}" />${fieldError('allowedDomains')}
        </label>
        <label>Webhook signing secret
          <input name="webhookSigningSecret" type="password" autocomplete="new-password" placeholder="Leave empty to keep the current one" />${fieldError('webhookSigningSecret')}
        </label>
        <div class="actions"><button class="primary" type="submit">Save settings</button></div>
      </form>`,
  })
}

export const notFoundPage = (person: Person): string =>
  layout({
    person,
    path: '',
    title: 'Not found',
    lead: 'There is no such page.',
    body: html`<p><a href="/">Back to the overview</a></p>`,
  })

const NAVIGATION = [
  ['/', 'Overview', 'M2 8l6-5 6 5v6H9.5v-4h-3v4H2z'],
  ['/flags', 'Feature flags', 'M3 14V2h9l-2 3.5L12 9H3'],
  [
    '/members',
    'Members',
    'M6 8a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM1.5 14a4.5 4.5 0 019 0M11 8.5a2 2 0 100-4M12 10.5a3.5 3.5 0 012.5 3.5',
  ],
  ['/prompts', 'Prompts', 'M2 3h12v8H7l-3 3v-3H2z'],
  ['/settings/security', 'Security', 'M8 1.5l5 2v4c0 3.5-2.2 5.8-5 7-2.8-1.2-5-3.5-5-7v-4z'],
] as const

interface Layout {
  readonly person: Person
  readonly path: string
  readonly title: string
  readonly lead: string
  readonly body: Html
  readonly script?: string
}

const layout = ({ person, path, title, lead, body, script }: Layout): string =>
  html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · Acme Console</title>
    <link rel="icon" href="/assets/acme.svg" />
    <link rel="stylesheet" href="/assets/console.css" />
    ${script ? html`<script type="module" src="/assets/${script}.js"></script>` : ''}
  </head>
  <body>
    <aside>
      <a class="brand" href="/"><img src="/assets/acme.svg" alt="" width="24" height="24" /> Acme Console</a>
      <nav aria-label="Main">
        ${NAVIGATION.map(
          ([href, name, icon]) =>
            html`<a href="${href}"${href === path ? raw(' aria-current="page"') : ''}><svg viewBox="0 0 16 16" aria-hidden="true"><path d="${icon}" /></svg>${name}</a>`,
        )}
      </nav>
      <details class="account">
        <summary aria-label="Account: ${person.name}">
          <span class="avatar" aria-hidden="true">${initials(person.name)}</span>
          <span>Signed in as<br /><b class="user-name">${person.name}</b><br /><span class="user-email">${person.email}</span></span>
        </summary>
        <ul>${PEOPLE.filter(({ id }) => id !== person.id).map(({ id, name }) => html`<li><a href="/sign-in?person=${id}">Sign in as ${name}</a></li>`)}</ul>
      </details>
    </aside>
    <main>
      <header><h1>${title}</h1><p>${lead}</p></header>
      ${body}
    </main>
    <div id="toasts" role="status" aria-live="polite"></div>
  </body>
</html>`.text

const tile = (href: string, name: string, value: string, detail: string): Html =>
  html`<a class="card tile" href="${href}"><span>${name}</span><strong>${value}</strong><small>${detail}</small></a>`

const initials = (name: string): string =>
  name
    .split(' ')
    .map((part) => part.charAt(0))
    .join('')

/** Stands for the token against forged posts that such forms carry; the demo doesn't check it. */
const randomToken = () => crypto.randomUUID().replaceAll('-', '')

interface Html {
  readonly text: string
}

type Value = string | Html | readonly Html[]

/** Template literal that escapes every value which is no `Html` itself. */
const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  text: String.raw({ raw: parts }, ...values.map(toText)),
})

const raw = (text: string): Html => ({ text })

const toText = (value: Value): string => {
  if (typeof value === 'string')
    return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return 'text' in value ? value.text : value.map((item) => item.text).join('')
}
