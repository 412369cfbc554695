/**
 * The life of one page of a recorded app: listens from the first moment, asks the background whether this very origin is recorded, and
 * only then looks at what was heard. Ends when the app is paused, when the extension is updated, or with the page.
 */
import type { WxtBrowser } from 'wxt/browser'
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import type { Exchange, Submission } from '../../lib/capture/exchange.ts'
import { readPage } from '../../lib/capture/page/read-page.ts'
import type { Recorder } from '../../lib/capture/recorder.ts'
import { type ChannelEvents, isOfChange } from '../../lib/messages/channel.ts'
import { type BackgroundMessage, createClient, MAX_MEMORY, type Visit } from '../../lib/messages/messages.ts'
import { pause, withinReach } from '../../lib/messages/reach.ts'
import { type CaptureRule, isCaptureRule } from '../../lib/model/rules.ts'
import { watchEdits } from './edits.ts'
import { watchFocus } from './focus.ts'
import { watchForms } from './forms.ts'
import { createGestures } from './gestures.ts'
import { listenToHook } from './hook-listener.ts'
import { watchLinks } from './links.ts'
import { readLoad, whenParsed } from './load.ts'
import { createOutbox } from './outbox.ts'
import { createTasks } from './tasks.ts'

export interface Page {
  readonly isAlive: () => boolean
  readonly stop: () => void
}

interface PageDeps {
  readonly browser: WxtBrowser
  readonly events: ChannelEvents
  readonly origin: string
}

/** How often, and how long after the last thing that happened, the recorder is asked for what it held back. */
const FLUSH_EVERY_MS = 100
const FLUSH_FOR_MS = 15_000
const MAX_NAME = 300

export const startPage = ({ browser, events, origin }: PageDeps): Page => {
  const ended = new AbortController()
  const { signal } = ended
  const isAlive = () => !signal.aborted && browser.runtime?.id !== undefined
  const client = createClient((message) => browser.runtime.sendMessage(message))
  const outbox = createOutbox({ client, origin, isAlive, stop: () => stop() })
  const tasks = createTasks({ signal, onOverflow: outbox.refuse })
  const gestures = createGestures(signal)
  let recorder: Recorder | undefined
  let rules: readonly CaptureRule[] = []
  let lastEventMs = 0
  /** From `pagehide` on: what the page's own handlers still send is handed over at once. */
  let leaving = false

  /** Everything reaches the recorder in the order in which it happened, in slices that leave the page its time. */
  const tell = (work: (recorder: Recorder) => void, weight = 0) =>
    tasks.add(() => {
      lastEventMs = Date.now()
      if (recorder) work(recorder)
    }, weight)

  const edits = watchEdits({ signal, onEdit: (edit) => tell((to) => to.edit(edit)) })
  const leaveWith = (submission: Submission, target?: string) => {
    edits.settle()
    tell((to) => to.submit(submission))
    tasks.runAll()
    remember(target)
  }
  const forms = watchForms({ events, signal, onSubmit: leaveWith })
  watchLinks({ signal, onFollow: leaveWith })
  const hook = listenToHook({
    events,
    signal,
    onText: (text) => {
      edits.settle()
      tell((to) => {
        const told = hook.parse(text)
        if (!told) return outbox.refuse('a message from the page was malformed or too large')
        const { isOpen, ...exchange } = told
        const sinceGestureMs = gestures.since(exchange.startedAtMs)
        const observed: Exchange = {
          ...exchange,
          ...(sinceGestureMs !== undefined && { sinceGestureMs }),
          ...(gestures.isDecision(exchange.startedAtMs) && { isDecided: true }),
        }
        if (isOpen) to.sent(observed)
        else {
          to.exchange(observed)
          forms.look()
        }
      }, text.length)
      if (leaving) handOver()
      else if (document.hidden) releaseHeld()
      // The page may be gone before it is idle.
      else if (isOfChange(text)) tasks.hurry()
    },
  })

  /** For the next page of this frame; with a target, for the page that a form was sent to there. */
  const remember = (target?: string) => {
    if (!recorder || !isAlive()) return
    const memory = target === undefined ? recorder.memory() : recorder.giveAway()
    if (memory.length > MAX_MEMORY) return
    client({ type: 'remember', origin, memory, ...(target !== undefined && { target }) }).catch(() => {})
  }

  /** Out of sight a page's timers may run once a minute: nothing waits for them. */
  const releaseHeld = () => {
    tasks.runAll()
    recorder?.flush('held')
  }

  const leave = () => {
    leaving = true
    document.dispatchEvent(new Event(events.leave))
    edits.settle()
    handOver()
  }

  const handOver = () => {
    // A page that goes before it was answered is recorded all the same: the background drops what it mustn't keep.
    const knowsItsPast = recorder !== undefined
    begin({ recording: true })
    tasks.runAll()
    recorder?.flush('all')
    outbox.sendNow()
    if (knowsItsPast) remember()
  }

  const takeRules = (given: readonly unknown[]) => {
    rules = given.filter(isCaptureRule)
  }

  const begin = (visit: Visit) => {
    if (recorder) return
    takeRules(visit.rules ?? [])
    recorder = createRecorder({
      now: Date.now,
      random: (count) => crypto.getRandomValues(new Uint8Array(count)),
      ...(visit.fingerprintKey !== undefined && { fingerprintKey: hexToBytes(visit.fingerprintKey) }),
      ...(visit.memory !== undefined && { memory: visit.memory }),
      rules: () => rules,
      // Only what it was busy with: the rest may quote the page.
      onRefused: (reason) => outbox.refuse(`the recorder could not read: ${reason.split(':', 1)}`),
      parsePage: (html, url) => readPage(new DOMParser().parseFromString(html, 'text/html'), url),
      shownForms: forms.shown,
      emit: (draft) => {
        outbox.add(draft)
        if (draft.evidence.grade !== 'rejected') forms.confirm()
      },
      foresee: outbox.foresee,
    })
    tasks.start()
    // Who isn't in a team has nobody to be warned of.
    if (visit.isShared)
      watchFocus(signal, (field) => {
        if (isAlive()) client({ type: 'editing', origin, ...(field && { field }) }).catch(() => {})
      })
  }

  const askWhetherRecorded = async (): Promise<void> => {
    let isAnswered = false
    const ask = async () => {
      const visit = await client({ type: 'visit', origin, name: self.name.slice(0, MAX_NAME) })
      isAnswered = true
      if (visit.recording) begin(visit)
      else stop()
    }
    for (let waitMs = 100; isAlive() && !isAnswered; waitMs = Math.min(waitMs * 2, 10_000))
      await withinReach(ask()).catch(() => pause(waitMs))
    if (!isAlive()) stop()
  }

  const flushing = setInterval(() => {
    if (!isAlive()) return stop()
    if (Date.now() - lastEventMs < FLUSH_FOR_MS) recorder?.flush('due')
  }, FLUSH_EVERY_MS)

  const onMessage = (message: BackgroundMessage) => {
    if (message.origin !== origin) return
    if (message.type === 'rules') return takeRules(message.rules)
    leave()
    stop()
  }

  const stop = () => {
    if (signal.aborted) return
    clearInterval(flushing)
    hook.stop()
    if (browser.runtime?.id !== undefined) browser.runtime.onMessage.removeListener(onMessage)
    ended.abort()
  }

  browser.runtime.onMessage.addListener(onMessage)
  document.addEventListener('visibilitychange', () => document.hidden && releaseHeld(), {
    signal,
    capture: true,
  })
  addEventListener('pagehide', leave, { signal, capture: true })
  addEventListener('pageshow', () => (leaving = false), { signal, capture: true })
  whenParsed(signal, () => {
    forms.look()
    tell((to) => to.load(readLoad()))
  })
  void askWhetherRecorded()
  return { isAlive, stop }
}

const hexToBytes = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
