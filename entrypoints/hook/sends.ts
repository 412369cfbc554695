/** Observes what a page sends without waiting for an answer: beacons, and forms submitted by script. */
import { takeBody } from './bodies.ts'
import type { Channel } from './channel.ts'
import { attempt, getter } from './natives.ts'
import type { Patches } from './patches.ts'
import type { Teller } from './teller.ts'

const urlHref = getter(URL.prototype, 'href')

/** A beacon's outcome is never known, and it often leaves as the page goes. */
export const watchBeacons = (patches: Patches, teller: Teller): void =>
  patches.call(Navigator.prototype, 'sendBeacon', {
    after: (_self, args, queued) => {
      const target = args[0]
      const url = typeof target === 'string' ? target : attempt(() => urlHref(target as URL))
      if (queued !== true || url === undefined) return
      const call = teller.begin({
        via: 'beacon',
        method: 'POST',
        url,
        headers: undefined,
        body: takeBody(args[1]),
      })
      teller.settle(call, { status: 0, urgent: true })
    },
  })

/** `form.submit()` fires no submit event: the page script, which sees the form's data, is told that the form really left. */
export const watchFormSubmits = (patches: Patches, channel: Channel): void =>
  patches.call(HTMLFormElement.prototype, 'submit', {
    after: (form) => channel.urge('', form as HTMLFormElement),
  })
