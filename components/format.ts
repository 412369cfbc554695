/** Times, days, values and hosts as people read them. Pure: zone and the present come in. */
import { isoDay, type Zone } from './day.ts'
import { text } from './locale/index.ts'

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

/** Both zones, for a tooltip; one line where they are the same. */
export const bothTimes = (time: string): string =>
  [...new Set([fullTime(time, 'local'), fullTime(time, 'utc')])].join('\n')

/** "Today, Sunday 15 November", "Yesterday, …", "Saturday 14 November". */
export const dayName = (time: string, nowMs: number, zone: Zone): string => {
  const timeMs = Date.parse(time)
  const sameYear = year(timeMs, zone) === year(nowMs, zone)
  const name = formatter(zone, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(!sameYear && { year: 'numeric' }),
  }).format(timeMs)
  const day = isoDay(timeMs, zone)
  if (day === isoDay(nowMs, zone)) return text.today(name)
  if (day === isoDay(nowMs - DAY_MS, zone)) return text.yesterday(name)
  return name
}

/** The zone's name as times of it are written: "CET", "UTC". */
export const zoneName = (zone: Zone, nowMs: number): string =>
  formatter(zone, { timeZoneName: 'short' })
    .formatToParts(nowMs)
    .find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC'

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

/** Makes the first formatter: the browser then reads its tables, which takes longer than all that follows. For while there is nothing else to do. */
export const warmFormats = (): void => {
  formatter('local', { year: 'numeric' })
  narrow('minute')
}

const numbers = new Map<string, Intl.NumberFormat>()
const narrow = (unit: string): Intl.NumberFormat => {
  const made =
    numbers.get(unit) ?? new Intl.NumberFormat(text.code, { style: 'unit', unit, unitDisplay: 'short' })
  numbers.set(unit, made)
  return made
}

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
