/** Times, days, values and hosts as people read them. Pure: zone and the present come in. */
import type { Preferences } from '../lib/store/settings.ts'
import { text } from './locale/index.ts'

export type Zone = Preferences['timeZone']

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** "now", "3 min", "2 h", then the clock time for older than half a day. */
export const ago = (time: string, nowMs: number, zone: Zone): string => {
  const passedMs = nowMs - Date.parse(time)
  if (passedMs < MINUTE_MS) return text.now
  if (passedMs < HOUR_MS) return narrow('minute').format(Math.floor(passedMs / MINUTE_MS))
  if (passedMs < 12 * HOUR_MS) return narrow('hour').format(Math.floor(passedMs / HOUR_MS))
  return formatter(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(Date.parse(time))
}

export const clock = (time: string, zone: Zone): string =>
  formatter(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    Date.parse(time),
  )

/** "14 Nov", with the year where it isn't this one. */
export const shortDate = (time: string, nowMs: number, zone: Zone): string => {
  const sameYear = year(Date.parse(time), zone) === year(nowMs, zone)
  return formatter(zone, { day: 'numeric', month: 'short', ...(!sameYear && { year: 'numeric' }) }).format(
    Date.parse(time),
  )
}

/** "14 Nov 2026, 14:03". */
export const dayAndClock = (time: string, zone: Zone): string =>
  formatter(zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(Date.parse(time))

/** "Sat, 14 Nov 2026, 14:03:22.120 CET". */
export const fullTime = (time: string, zone: Zone): string =>
  formatter(zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(Date.parse(time))

/** Both zones, for a tooltip. */
export const bothTimes = (time: string): string => `${fullTime(time, 'local')}\n${fullTime(time, 'utc')}`

/** A text that is equal for times of one day. */
export const dayKey = (time: string, zone: Zone): string =>
  formatter(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(Date.parse(time))

/** "Today", "Yesterday", "Saturday, 14 November". */
export const dayName = (time: string, nowMs: number, zone: Zone): string => {
  const day = dayKey(time, zone)
  if (day === dayKey(new Date(nowMs).toISOString(), zone)) return text.today
  if (day === dayKey(new Date(nowMs - DAY_MS).toISOString(), zone)) return text.yesterday
  const sameYear = year(Date.parse(time), zone) === year(nowMs, zone)
  return formatter(zone, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(!sameYear && { year: 'numeric' }),
  }).format(Date.parse(time))
}

/** The zone's name as times of it are written: "CET", "UTC". */
export const zoneName = (zone: Zone, nowMs: number): string =>
  formatter(zone, { timeZoneName: 'short' })
    .formatToParts(nowMs)
    .find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC'

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

export const hostOf = (origin: string): string => origin.replace(/^[a-z-]+:\/\//, '')

export const fileSize = (bytes: number): string => {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const digits = power > 0 && bytes / 1024 ** power < 10 ? 1 : 0
  return new Intl.NumberFormat(text.code, {
    style: 'unit',
    unit: units[power] as string,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(bytes / 1024 ** power)
}

const year = (timeMs: number, zone: Zone) => formatter(zone, { year: 'numeric' }).format(timeMs)

const narrow = (unit: string) =>
  new Intl.NumberFormat(text.code, { style: 'unit', unit, unitDisplay: 'short' })

/** Making a formatter costs more than using it a thousand times. */
const formatters = new Map<string, Intl.DateTimeFormat>()
const formatter = (zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${zone} ${JSON.stringify(options)}`
  const found = formatters.get(key)
  if (found) return found
  const made = new Intl.DateTimeFormat(text.code === 'en' ? 'en-GB' : text.code, {
    ...options,
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  })
  formatters.set(key, made)
  return made
}
