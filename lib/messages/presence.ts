/**
 * Who of the team has what open: what a panel tells the background over a port of its own, and what it hears there. Only for
 * those who switched it on (`Preferences.presence`), only while a panel is open, never on disk. Nothing is said of private apps.
 */
import * as v from 'valibot'

export const PRESENCE_PORT = 'presence'

const line = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const lookingSchema = v.strictObject({
  /** The app in view. */
  origin: v.pipe(v.string(), v.maxLength(300)),
  resourceType: v.exactOptional(line),
  resourceId: v.exactOptional(line),
  /** The field that is being edited, as the page calls it. */
  field: v.exactOptional(line),
})

/** What one person has in view. */
export type Looking = v.InferOutput<typeof lookingSchema>

/** A teammate, or an own other browser, and what they have in view. */
export interface Present {
  readonly team: string
  /** The member's id, and the browser's feed. */
  readonly member: string
  readonly feed: number
  readonly name: string
  readonly looking: Looking
}

export interface PresenceLink {
  /** Undefined: nothing of the app's is in view any more. Calling it again with the same says nothing new and is fine. */
  readonly look: (looking: Looking | undefined) => void
  readonly close: () => void
}

interface Port {
  readonly onDisconnect: { readonly addListener: (callback: () => void) => void }
  readonly onMessage: { readonly addListener: (callback: (message: unknown) => void) => void }
  readonly postMessage: (message: unknown) => void
  readonly disconnect: () => void
}

const RECONNECT_MS = 1000
/** What was said is forgotten after five minutes, also by a background that was restarted. */
const REPEAT_MS = 60_000

/** For a panel: says what it shows, hears who else is there (everybody, each time). Lives through restarts of the background. */
export const openPresence = (
  connect: (info: { readonly name: string }) => Port,
  heard: (present: readonly Present[]) => void,
): PresenceLink => {
  let port: Port | undefined
  let said: Looking | undefined
  let over = false

  const open = (): void => {
    if (over) return
    const opened = connect({ name: PRESENCE_PORT })
    port = opened
    opened.onMessage.addListener((message) => {
      if (Array.isArray(message)) heard(message as Present[])
    })
    opened.onDisconnect.addListener(() => {
      port = undefined
      heard([])
      setTimeout(open, RECONNECT_MS)
    })
    if (said) opened.postMessage(said)
  }
  open()
  const repeat = setInterval(() => {
    if (said) port?.postMessage(said)
  }, REPEAT_MS)
  return {
    look: (looking) => {
      if (JSON.stringify(looking) === JSON.stringify(said)) return
      said = looking
      port?.postMessage(looking ?? null)
    },
    close: () => {
      over = true
      clearInterval(repeat)
      port?.disconnect()
    },
  }
}

/** Undefined for null (nothing in view) and for what is malformed. */
export const parseLooking = (message: unknown): Looking | undefined => {
  const parsed = v.safeParse(lookingSchema, message)
  return parsed.success ? parsed.output : undefined
}
