/**
 * Keeps the word of "Keep entries": what is older goes whenever the background starts, and a few times a day while the browser
 * runs. Where entries are kept for ever nothing wakes it.
 */
import type { WxtBrowser } from 'wxt/browser'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { eraseBefore } from '../../lib/store/erase.ts'
import { preferences } from '../../lib/store/settings.ts'

const ALARM = 'retention'
const PERIOD_MINUTES = 6 * 60
const DAY_MS = 86_400_000

interface Deps {
  readonly db: DaybookDatabase
  readonly alarms: Pick<WxtBrowser['alarms'], 'get' | 'create' | 'clear' | 'onAlarm'>
  readonly now: () => number
}

/** Resolves when what is too old now is gone. */
export const startRetention = async ({ db, alarms, now }: Deps): Promise<void> => {
  const keep = async (): Promise<void> => {
    const { retentionDays } = await preferences(db)
    const known = await alarms.get(ALARM)
    if (retentionDays === 0) {
      if (known) await alarms.clear(ALARM)
      return
    }
    if (!known) await alarms.create(ALARM, { periodInMinutes: PERIOD_MINUTES })
    await eraseBefore(db, now() - retentionDays * DAY_MS)
  }
  alarms.onAlarm.addListener(({ name }) => {
    if (name === ALARM) void keep()
  })
  await keep()
}
