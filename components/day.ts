/** Where days begin and how they are written down, by the reader's zone. Knows no language, so that a page can ask before anything is loaded. */
import type { Preferences } from '../lib/store/settings.ts'

export type Zone = Preferences['timeZone']

const MINUTE_MS = 60_000

/** Midnight of the day of `nowMs`, in the zone. */
export const startOfDay = (nowMs: number, zone: Zone): Date => {
  const day = new Date(nowMs)
  if (zone === 'utc') day.setUTCHours(0, 0, 0, 0)
  else day.setHours(0, 0, 0, 0)
  return day
}

/** `2026-11-22`, the day in the zone. */
export const isoDay = (timeMs: number, zone: Zone): string => {
  const day = new Date(timeMs)
  if (zone === 'utc') return day.toISOString().slice(0, 10)
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
  return `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`
}

/** What an `<input type="datetime-local">` holds for a moment in the zone: `2026-11-22T14:03`. */
export const msToInput = (timeMs: number, zone: Zone): string => {
  const shift = zone === 'utc' ? 0 : new Date(timeMs).getTimezoneOffset() * MINUTE_MS
  return new Date(timeMs - shift).toISOString().slice(0, 16)
}
/** NaN where it is no moment. */
export const inputToMs = (value: string, zone: Zone): number =>
  Date.parse(zone === 'utc' ? `${value}Z` : value)
