/**
 * Runs in the page's own world before any of its scripts and tells the page script, over a private port, what the page sends and what
 * is answered. The page must not be able to tell: native functions run first, with the arguments as they came, and their own results
 * are returned. Has no secrets, no storage and no say.
 */
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { channelEvents } from '../../lib/messages/channel.ts'
import { openChannel } from './channel.ts'
import { watchFetch } from './fetch.ts'
import { createPatches } from './patches.ts'
import { createReads } from './reads.ts'
import { watchBeacons, watchFormSubmits } from './sends.ts'
import { createTeller } from './teller.ts'
import { watchSockets } from './websocket.ts'
import { watchRequests } from './xhr.ts'

declare const __CHANNEL__: string

export default defineUnlistedScript(() => {
  try {
    const channel = openChannel(channelEvents(__CHANNEL__), () => patches.restore())
    if (!channel) return
    const patches = createPatches()
    const teller = createTeller(channel)
    watchFetch(patches, teller, createReads())
    watchRequests(patches, teller)
    watchBeacons(patches, teller)
    watchSockets(patches, teller)
    watchFormSubmits(patches, channel)
  } catch {
    // A page too strange to patch is a page that isn't recorded; it must still work.
  }
})
