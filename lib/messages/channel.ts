/**
 * How the hook in the page's world and the page script in the isolated world find each other: events on `document` under names
 * that are random per build. A page can't guess them; what arrives is checked as if it could.
 */

export interface ChannelEvents {
  /** Hook → page script, a MessageEvent that carries the port. */
  readonly offer: string
  /** Page script → hook: "I listen now, offer again". */
  readonly hello: string
  /** New hook → older hook of the same build, cancelable: a live one cancels it, so that no page is patched twice. */
  readonly present: string
  /** Hook → page script at once, where a port would be too late: `data` is a told text. On a form: it was submitted by script. */
  readonly urgent: string
  /** Page script → hook as the page goes away: tell now what is under way. */
  readonly leave: string
}

export const channelEvents = (name: string): ChannelEvents => ({
  offer: `${name}-offer`,
  hello: `${name}-hello`,
  present: `${name}-present`,
  urgent: `${name}-urgent`,
  leave: `${name}-leave`,
})

/** Of the text of a change: the same when it is told a second time, another for the call that left and for its outcome. */
export const changeOf = (text: string): string | undefined =>
  /^\{(?:"isOpen":true,)?"call":\d+/.exec(text)?.[0]

/** A told text of a call that may change something. The rest can wait, and can be lost. */
export const isOfChange = (text: string): boolean => changeOf(text) !== undefined

/** Page script → hook over the port, as plain strings. 'read': the oldest unread text of a change has arrived. */
export type HookOrder = 'ready' | 'read' | 'stop'
