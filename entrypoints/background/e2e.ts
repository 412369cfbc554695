/** What the end-to-end build does differently: local test origins of any port are recorded from the start, as "Test Person". */
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { profile, putProfile, TOUR_STEPS, updatePreferences } from '../../lib/store/settings.ts'

export const E2E_HOSTS: readonly string[] = ['localhost', '127.0.0.1', 'app.test']

/** In one transaction: a test may say who it is at the same moment. */
export const seedTestPerson = (db: DaybookDatabase): Promise<void> =>
  db.transaction('rw', db.settings, async () => {
    if (await profile(db)) return
    await putProfile(db, { id: 'test-person', name: 'Test Person', email: 'test.person@app.test' })
    await updatePreferences(db, { tourStep: TOUR_STEPS })
  })
