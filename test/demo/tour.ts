/**
 * The tour: six changes that a person makes in the Acme Console, by its own pages, and what an audit log has to say of
 * each. Knows nothing of Daybook beyond the names of an entry.
 */
import type { Page } from 'playwright-core'
import type { Action } from '../../lib/model/entry.ts'
import type { Json } from '../../lib/model/json.ts'

export interface TourStop {
  readonly title: string
  readonly act: (page: Page, demoUrl: string) => Promise<void>
  readonly expected: ExpectedEntry
}

export interface ExpectedEntry {
  readonly resourceType: string
  readonly resourceId: string | RegExp
  readonly action: Action
  /** Field by JSON pointer: its old and its new value; undefined where there was or is none. */
  readonly changes: Readonly<Record<string, { readonly before?: Json; readonly after?: Json }>>
}

/** Chosen by the tour for the webhook signing secret; no artefact of Daybook may hold it. */
export const TOUR_SECRET = 'whsec_tourQ7vN2mXr84KpZt6Ls'

export const TOUR: readonly TourStop[] = [
  {
    title: 'switch the flag New checkout on',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/flags`)
      await page.getByRole('switch', { name: 'New checkout' }).check()
      await page.getByText('New checkout is on.').waitFor()
    },
    expected: {
      resourceType: 'feature flag',
      resourceId: 'new-checkout',
      action: 'update',
      changes: { '/enabled': { before: false, after: true } },
    },
  },
  {
    title: 'roll Instant refunds out to more customers',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/flags`)
      await page.locator('[data-flag=instant-refunds]').getByRole('button', { name: 'Edit' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Rollout percent').fill('50')
      await dialog.getByLabel('Description').fill('Pay refunds under 80 EUR out without a review.')
      await dialog.getByRole('button', { name: 'Save flag' }).click()
      await page.getByText('Instant refunds saved.').waitFor()
    },
    expected: {
      resourceType: 'feature flag',
      resourceId: 'instant-refunds',
      action: 'update',
      changes: {
        '/description': {
          before: 'Pay refunds under 50 EUR out without a review.',
          after: 'Pay refunds under 80 EUR out without a review.',
        },
        '/rolloutPercent': { before: 10, after: 50 },
      },
    },
  },
  {
    title: 'invite Priya Raman',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/members`)
      await page.getByRole('button', { name: 'Invite member' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Full name').fill('Priya Raman')
      await dialog.getByLabel('E-mail').fill('priya@acme.example')
      await dialog.getByLabel('Role').selectOption('Editor')
      await dialog.getByRole('button', { name: 'Send invitation' }).click()
      await page.getByText('Invitation sent to priya@acme.example.').waitFor()
    },
    expected: {
      resourceType: 'member',
      resourceId: /^mem_/,
      action: 'create',
      changes: {
        '/name': { after: 'Priya Raman' },
        '/email': { after: 'priya@acme.example' },
        '/role': { after: 'Editor' },
      },
    },
  },
  {
    title: 'remove Tom Becker',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/members`)
      await page.getByRole('button', { name: 'Remove Tom Becker' }).click()
      await page.getByRole('button', { name: 'Remove member' }).click()
      await page.getByText('Tom Becker was removed.').waitFor()
    },
    expected: {
      resourceType: 'member',
      resourceId: 'mem_h2t9',
      action: 'delete',
      changes: { '/name': { before: 'Tom Becker' }, '/email': { before: 'tom@contractor.example' } },
    },
  },
  {
    title: 'reword the prompt Support reply',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/prompts`)
      const text = page.getByLabel('Prompt text')
      await page.getByText('Version 12', { exact: true }).waitFor()
      await text.fill((await text.inputValue()).replace('concise and polite', 'concise and kind'))
      await page.getByRole('button', { name: 'Save prompt' }).click()
      await page.getByText('Support reply saved as version 13.').waitFor()
    },
    expected: {
      resourceType: 'prompt',
      resourceId: 'prm_support_reply',
      action: 'update',
      changes: { '/text': {} },
    },
  },
  {
    title: 'tighten the security settings and rotate the signing secret',
    act: async (page, demoUrl) => {
      await page.goto(`${demoUrl}/settings/security`)
      await page.getByLabel('Session timeout').fill('15')
      await page.getByLabel('Require two-factor authentication').check()
      await page.getByLabel('Webhook signing secret').fill(TOUR_SECRET)
      await page.getByRole('button', { name: 'Save settings' }).click()
      await page.getByText('Security settings saved.').waitFor()
    },
    expected: {
      resourceType: 'setting',
      resourceId: 'security',
      action: 'update',
      changes: {
        '/sessionTimeoutMinutes': {},
        '/requireTwoFactor': {},
        '/webhookSigningSecret': {},
      },
    },
  },
]

/** What a person also does, and no audit log should speak of: looking around, searching, switching tabs. */
export const lookAround = async (page: Page, demoUrl: string): Promise<void> => {
  await page.goto(demoUrl)
  await page.getByRole('link', { name: 'Feature flags', exact: true }).first().click()
  await page.getByLabel('Search flags').fill('refund')
  await page.goto(`${demoUrl}/prompts`)
  await page.getByRole('button', { name: 'Ticket triage' }).click()
  await page.goto(`${demoUrl}/members`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
}

/** A save that the console refuses: the form comes back and nothing has changed. */
export const saveInvalidTimeout = async (page: Page, demoUrl: string): Promise<void> => {
  await page.goto(`${demoUrl}/settings/security`)
  await page.getByLabel('Session timeout').fill('2')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await page.getByText('Session timeout must be between 5 and 1440 minutes.').waitFor()
}
