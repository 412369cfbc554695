/**
 * Runs beside each recorded page, in a world of its own: takes what the hook tells, watches forms and edits, runs the recorder and hands
 * its drafts to the background. What the page holds and the user didn't change never leaves it; secrets are out before anything does.
 */
import { browser } from 'wxt/browser'
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { channelEvents } from '../../lib/messages/channel.ts'
import { type Page, startPage } from './page.ts'

declare const __CHANNEL__: string

/** Scripts of this extension in one frame share a world, across updates too: the newest takes over from one that was cut off. */
const RUNNING = Symbol.for('daybook')

export default defineUnlistedScript(() => {
  const world = globalThis as { [RUNNING]?: Page }
  if (world[RUNNING]?.isAlive()) return
  world[RUNNING]?.stop()
  if (/^https?:/.test(self.origin))
    world[RUNNING] = startPage({ browser, events: channelEvents(__CHANNEL__), origin: self.origin })
})
