/** Alarms: what a person must know of a team's log. Raised once for the same thing, also after they said that they know. */
import type { DaybookDatabase } from '../store/database.ts'
import type { AlarmRow } from '../store/log-tables.ts'

export const raiseAlarm = async (db: DaybookDatabase, alarm: AlarmRow): Promise<void> => {
  await db.transaction('rw', db.alarms, async () => {
    const known = await db.alarms.where('team').equals(alarm.team).toArray()
    const isSame = (other: AlarmRow): boolean =>
      other.kind === alarm.kind &&
      other.feed === alarm.feed &&
      other.seq === alarm.seq &&
      (alarm.feed !== undefined || !other.acknowledged)
    if (!known.some(isSame)) await db.alarms.add(alarm)
  })
}
