/**
 * The recorder: understand → decode → is it a change? → before and after (settle) → hold → emit. Wires what others do.
 * Told everything by its caller; never throws, whatever a page sends.
 */
import { isJsonObject, type Json } from '../model/json.ts'
import { createUuid } from '../model/uuid.ts'
import { accountIn } from './account.ts'
import { readAddress } from './address.ts'
import { createCommon } from './common.ts'
import { splitBatch } from './decoders/batch.ts'
import type { Call, Reading } from './decoders/decoder.ts'
import { framesByPolling } from './decoders/frame.ts'
import { askedByForm } from './decoders/read.ts'
import { decode } from './decoders/registry.ts'
import { decodeRpcCall } from './decoders/rpc/decode-rpc.ts'
import { draftOf } from './draft.ts'
import type { Exchange, FieldEdit, FormSnapshot, PageView } from './exchange.ts'
import type { Finding } from './finding.ts'
import { createFormTracker, type Settled } from './form/form-tracker.ts'
import { shownBefore } from './form/shown-before.ts'
import type { Held } from './held.ts'
import { createHoldings } from './holdings.ts'
import { identityOf } from './identity.ts'
import { typeOfPage } from './naming.ts'
import { readPageMemory, writePageMemory } from './page-memory.ts'
import { createReadMemory } from './read-memory.ts'
import type { Recorder, RecorderDeps } from './recorder.ts'
import { learnSecrets } from './redact/redact-draft.ts'
import { createSecretMemory } from './redact/secret-memory.ts'
import { isRipe, PATIENCE_MS } from './ripe.ts'
import type { ResourceChange } from './settle/resource-change.ts'
import { settle } from './settle/settle.ts'
import { createSocketCalls } from './socket-calls.ts'
import { isListing, understand } from './understand.ts'

const MAX_EDITS = 200
const MAX_CALLS = 200
/** What is sent so soon after the last belongs to the same save. */
const GROUP_MS = 1_500

export const createRecorder = ({
  now,
  random,
  fingerprintKey,
  memory: left,
  emit,
  foresee,
  onRefused = () => {},
  rules = () => [],
  patienceMs = PATIENCE_MS,
  parsePage,
  shownForms = () => [],
}: RecorderDeps): Recorder => {
  const memory = createReadMemory()
  const secrets = createSecretMemory()
  const common = createCommon()
  const forms = createFormTracker({
    secrets,
    shownForms,
    ...(parsePage && { parsePage }),
    ...(fingerprintKey && { fingerprintKey }),
  })
  let edits: FieldEdit[] = []
  let page: PageView | undefined
  let account: string | undefined
  /** Of the entries that were foreseen for calls that are not answered yet, by number. */
  const idsByCall = new Map<number, string[]>()
  /** Of the entries that were foreseen for the form that left last. */
  let formIds: string[] = []
  /** Origins that the app reads from. */
  const known = new Set<string>()
  let lastGroup: { id: string; atMs: number } | undefined
  const holdings = createHoldings({
    emit,
    rules,
    ...(foresee && { foresee }),
    describe: (one) => draftOf(one, { edits, account, secrets, fingerprintKey }),
  })

  const guarded =
    <T>(what: string, act: (given: T) => void) =>
    (given: T): void => {
      try {
        act(given)
      } catch (error) {
        onRefused(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }

  // Told

  const exchange = (given: Exchange): void => {
    const frames = given.via === 'websocket' ? [given] : framesByPolling(given)
    if (frames) {
      for (const frame of frames) socket.frame(frame)
      return
    }
    const ids = (given.call !== undefined && idsByCall.get(given.call)) || []
    if (given.call !== undefined) idsByCall.delete(given.call)
    for (const part of partsOf(given)) observe(part, ids)
    withdraw(ids)
  }

  const partsOf = (given: Exchange): readonly Exchange[] =>
    splitBatch(given)?.flatMap((part) => partsOf(part)) ?? [given]

  const observe = (given: Exchange, ids: string[]): void => {
    if (given.method !== 'GET' && isForeign(given, known)) return
    const understood = understand(given, memory, common)
    const call = common.opened(understood)
    common.learn(understood)
    const posted = forms.exchange(call)
    const { findings, readings = [] } = posted
      ? { findings: posted, readings: posted.length === 0 ? askedByForm(call) : [] }
      : decode(call, memory)
    for (const reading of readings) learn(call, reading)
    if (findings.length > 0) learnSent(call)
    take(findings, given, ids)
  }

  const sent = (given: Exchange): void => {
    if (!foresee || given.call === undefined || idsByCall.size >= MAX_CALLS) return
    const ids: string[] = []
    idsByCall.set(given.call, ids)
    for (const part of partsOf(given)) {
      if (isForeign(part, known)) continue
      const call = common.opened(understand(part, memory, common))
      const findings = forms.exchange(call) ?? decode(call, memory).findings
      if (findings.length > 0) learnSent(call)
      foretell(findings, part, ids)
    }
  }

  const learnSent = ({ request }: Call): void => {
    if (request.kind === 'json') learnSecrets(request.value, secrets)
    if (request.kind === 'fields') learnSecrets(Object.fromEntries(request.fields), secrets)
  }

  const socket = createSocketCalls({
    foretell: (rpc, source, ids) =>
      foretell(decodeRpcCall(rpc, { outcome: 'sent' }, memory).findings, source, ids),
    complete: (rpc, source, outcome, ids) => {
      const { findings, readings = [] } = decodeRpcCall(rpc, { outcome }, memory)
      const { noun: _path, ...address } = readAddress(source.url)
      for (const reading of readings) {
        const { noun } = reading
        const asked = noun === undefined || noun === 'user' ? address : { ...address, noun }
        learn({ address: asked, exchange: source, outcome }, reading)
      }
      take(findings, source, ids)
      withdraw(ids)
    },
  })

  const learn = (
    { address, exchange: source, outcome }: Pick<Call, 'address' | 'exchange' | 'outcome'>,
    reading: Reading,
  ): void => {
    if (outcome === 'rejected') return
    account = accountIn(reading.value, address) ?? account
    known.add(address.origin)
    const { startedAtMs } = source
    holdings.prove(reading, startedAtMs, memory.knowsId)
    memory.learn({ scope: [], ...reading, size: source.responseBody?.length ?? 0, startedAtMs })
  }

  // Taken

  /** Each change takes one of the `ids` that were foreseen for it. */
  const take = (findings: readonly Finding[], source: Exchange, ids: string[]): void => {
    for (const finding of findings) {
      const typed = withType(finding, source)
      const changes = settle(typed, memory, () => shownBefore(typed, source, formsOn(source.pageUrl)))
      const isDocument = typed.extent === 'whole' && typed.id === undefined && typed.action === 'save'
      if (isDocument && typed.outcome !== 'rejected' && typed.after !== undefined)
        keep(typed.after, typed.type ?? '', typed, typed.place)
      for (const change of changes) {
        if (finding.outcome !== 'rejected' && !isDocument) remember(change, typed)
        holdings.hold({
          change,
          finding: typed,
          exchange: source,
          group: groupAt(source),
          grade: finding.outcome,
          id: ids.shift() ?? createUuid(source.endedAtMs, random(10)),
        })
      }
    }
  }

  const takeSettled = (settled: Settled | undefined): void => {
    const ids = formIds
    formIds = []
    if (!settled) return
    take(settled.findings, settled.exchange, ids)
    withdraw(ids)
  }

  /** Sent, whatever comes of it. Nothing is remembered of it yet, for it may be refused. */
  const foretell = (findings: readonly Finding[], source: Exchange, ids: string[]): void => {
    const group = createUuid(source.startedAtMs, random(10))
    for (const finding of findings) {
      if (finding.outcome === 'rejected') continue
      const typed = withType(finding, source)
      for (const change of settle(typed, memory, () => shownBefore(typed, source, formsOn(source.pageUrl)))) {
        const id = createUuid(source.startedAtMs, random(10))
        ids.push(id)
        const foretold: Held = { change, finding: typed, exchange: source, group, grade: 'sent', id }
        holdings.foretell(foretold, source.via !== 'form')
      }
    }
  }

  const formsOn = (pageUrl: string): readonly FormSnapshot[] => [
    ...shownForms(),
    ...(page && page.url.replace(/[?#].*$/, '') === pageUrl.replace(/[?#].*$/, '') ? page.forms : []),
  ]

  const withdraw = (ids: readonly string[]): void => {
    for (const id of ids) holdings.withdraw(id)
  }

  const withType = (finding: Finding, source: Exchange): Finding =>
    finding.type === undefined || finding.type === ''
      ? { ...finding, type: typeOfPage(page, source.pageUrl) }
      : finding

  const groupAt = (source: Exchange): string => {
    const isSameSave = lastGroup && source.startedAtMs - lastGroup.atMs <= GROUP_MS
    const id = lastGroup && isSameSave ? lastGroup.id : createUuid(source.endedAtMs, random(10))
    lastGroup = { id, atMs: source.endedAtMs }
    return id
  }

  /** What was saved is the next change's before. */
  const remember = ({ id, type, action, after }: ResourceChange, finding: Finding): void => {
    if (after === null || typeof after !== 'object') return
    const told = finding.answer
    if (isJsonObject(told) && isJsonObject(after) && id !== '' && identityOf(told, type)?.id === id)
      keep({ [id]: { ...told, ...after } }, type, finding)
    // Where all things of a kind are read at one place, the one that was saved last says nothing of the next.
    const isShared = finding.id !== undefined && !finding.place?.includes(finding.id.toLowerCase())
    const isOwnPlace = (id === (finding.id ?? '') && !isShared) || finding.id === undefined
    const there = finding.place === undefined ? undefined : memory.atPlace(finding.place)
    // The next save of the same thing may send other members, or all.
    const known =
      id !== '' && isJsonObject(after) && action === 'update'
        ? memory.find({ id, type, scope: finding.scope ?? [], keys: Object.keys(after) })
        : undefined
    keep(id !== '' && isJsonObject(after) ? { [id]: { ...known, ...after } } : after, type, finding)
    if (isOwnPlace && there !== undefined && !isListing(there)) keep(after, type, finding, finding.place)
  }

  const keep = (value: Json, noun: string, { scope = [] }: Finding, place = ''): void =>
    memory.learn({
      place,
      scope,
      noun,
      value,
      size: JSON.stringify(value).length,
      startedAtMs: now(),
      isSaved: true,
    })

  // Between pages

  const safeMemory = (): string => {
    try {
      const reads = memory.reads()
      return writePageMemory({ account, reads, forms: forms.memory(), formIds }, { now, secrets })
    } catch (error) {
      onRefused(`memory: ${String(error)}`)
      return ''
    }
  }

  const restore = (text: string): void => {
    const before = readPageMemory(text)
    if (!before) return
    account = before.account
    forms.restore(before.forms)
    formIds = [...before.formIds]
    holdings.inherit(formIds)
    for (const read of before.reads) memory.learn(read)
  }
  if (left !== undefined) guarded('memory', restore)(left)

  return {
    load: guarded('page', (given) => {
      takeSettled(forms.load(given))
      page = given.page
      account = given.page.account ?? account
      for (const { name, value } of given.page.embedded)
        memory.learn({ place: name, scope: [], value, size: 1_000, startedAtMs: given.atMs })
    }),
    edit: guarded('edit', (given) => {
      edits = [...edits.slice(1 - MAX_EDITS), given]
    }),
    submit: guarded('form', (given) => {
      takeSettled(forms.submit(given))
      const leaving = foresee && forms.unanswered()
      if (leaving) foretell(leaving.findings, leaving.exchange, formIds)
    }),
    exchange: guarded('exchange', exchange),
    sent: guarded('request', sent),
    flush: (how = 'due') => {
      const moment = { nowMs: now(), lastEditMs: edits.at(-1)?.atMs ?? 0, patienceMs }
      guarded('message', socket.giveUp)(how === 'all' ? how : moment.nowMs)
      guarded('emit', holdings.release)((source) => how !== 'due' || isRipe(source, moment))
    },
    memory: safeMemory,
    giveAway: () => {
      const given = safeMemory()
      forms.giveAway()
      formIds = []
      return given
    },
  }
}

/** Sent to another site that the app reads nothing from: statistics, error reports. */
const isForeign = ({ url, pageUrl }: Exchange, known: ReadonlySet<string>): boolean => {
  if (!URL.canParse(url) || !URL.canParse(pageUrl)) return false
  const [to, from] = [new URL(url), new URL(pageUrl)]
  const site = (host: string): string => host.split('.').slice(-2).join('.')
  return (
    to.origin !== from.origin &&
    !known.has(to.origin) &&
    (site(to.hostname) !== site(from.hostname) || /^[\d.]+$/.test(to.hostname))
  )
}
