/**
 * The recorder: decode by content → is it a change? → before → after → names → redact → coalesce → emit.
 * Told everything by its caller; never throws, whatever a page sends.
 */

import type { EntryDraft, Evidence, Grade } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts'
import { applyRules } from '../model/rules.ts'
import { createUuid } from '../model/uuid.ts'
import { accountIn } from './account.ts'
import { placeOf, readAddress } from './address.ts'
import { type Body, decodeBody } from './body.ts'
import { type Difference, differences, isSame } from './compare.ts'
import { confirm, indexReading } from './confirm.ts'
import { splitBatch } from './decoders/batch.ts'
import type { Call, Decoded, Reading } from './decoders/decoder.ts'
import { framesByPolling, readFrame } from './decoders/frame.ts'
import { decode } from './decoders/registry.ts'
import { decodeRpcCall, type RpcCall } from './decoders/rpc.ts'
import { editedLeaves } from './edited-leaves.ts'
import type { Exchange, FieldEdit, PageView } from './exchange.ts'
import type { Finding, Outcome } from './finding.ts'
import { fitEntry } from './fit-entry.ts'
import { createFormTracker, type Settled } from './form/form-tracker.ts'
import { labelOf, typeForPeople, typeOfPage } from './naming.ts'
import { outcomeOf } from './outcome.ts'
import { createReadMemory } from './read-memory.ts'
import type { Recorder, RecorderDeps } from './recorder.ts'
import { redactDraft, redactJson } from './redact/redact-draft.ts'
import { createSecretMemory } from './redact/secret-memory.ts'
import { isRipe, isSoonAfter, isUnanswered, PATIENCE_MS } from './ripe.ts'
import { pointerOf, type ResourceChange, settle } from './settle.ts'

const MAX_EDITS = 200
const MAX_HELD = 500
const MAX_ASKING = 200
const MAX_CALLS = 200
const MAX_MEMORY_CHARS = 300_000
/** The page is leaving while its memory is written down: what takes longer is left behind. */
const MEMORY_MS = 25

/** A change that waits to be coalesced or proven. */
interface Held {
  readonly change: ResourceChange
  readonly finding: Finding
  readonly exchange: Exchange
  readonly group: string
  readonly grade: Grade
  readonly id: string
}

/** Sent, and not answered so far. `ids`: of the entries that were foreseen for it; those that it becomes keep them. */
interface Asked {
  readonly rpc: RpcCall
  readonly exchange: Exchange
  readonly ids: string[]
}

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
}: RecorderDeps): Recorder => {
  const memory = createReadMemory()
  const secrets = createSecretMemory()
  const forms = createFormTracker({
    secrets,
    ...(parsePage && { parsePage }),
    ...(fingerprintKey && { fingerprintKey }),
  })
  let held: Held[] = []
  let edits: FieldEdit[] = []
  let page: PageView | undefined
  let account: string | undefined
  const asking = new Map<string, Asked>()
  /** Of the entries that were foreseen for calls that are not answered yet, by number. */
  const idsByCall = new Map<number, string[]>()
  /** Of the entries that were foreseen for the form that left last. */
  let formIds: string[] = []
  const foreseen = new Set<string>()
  /** What was foreseen is what is emitted: redacting a large document twice would be felt. */
  const drafts = new WeakMap<Held, EntryDraft>()
  /** Origins that the app reads from. */
  const known = new Set<string>()
  let lastGroup: { id: string; atMs: number } | undefined

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
      for (const frame of frames) message(frame)
      return
    }
    const ids = (given.call !== undefined && idsByCall.get(given.call)) || []
    if (given.call !== undefined) idsByCall.delete(given.call)
    for (const part of partsOf(given)) observe(part, ids)
    for (const id of ids) withdraw(id)
  }

  const partsOf = (given: Exchange): readonly Exchange[] =>
    splitBatch(given)?.flatMap((part) => partsOf(part)) ?? [given]

  const observe = (given: Exchange, ids: string[]): void => {
    if (given.method !== 'GET' && isForeign(given, known)) return
    const call = understand(given)
    const posted = forms.exchange(call)
    const decoded = posted ? { findings: posted } : decode(call, memory)
    for (const reading of decoded.readings ?? []) learn(call, reading)
    for (const finding of decoded.findings) take(finding, given, ids)
  }

  const sent = (given: Exchange): void => {
    if (!foresee || given.call === undefined || idsByCall.size >= MAX_CALLS) return
    const ids: string[] = []
    idsByCall.set(given.call, ids)
    for (const part of partsOf(given)) {
      if (isForeign(part, known)) continue
      const call = understand(part)
      foretell(forms.exchange(call) ?? decode(call, memory).findings, part, ids)
    }
  }

  /** A call over a socket waits for its answer; without one it counts as sent. */
  const message = (given: Exchange): void => {
    const frame = readFrame(given)
    if (!frame) return
    if (frame.kind === 'answer') {
      const key = `${given.url} ${frame.key}`
      const asked = asking.get(key)
      asking.delete(key)
      const told = frame.refusal === undefined ? { result: frame.result ?? null } : { refusal: frame.refusal }
      if (asked)
        complete(
          { ...asked.rpc, ...told },
          { ...asked.exchange, endedAtMs: given.endedAtMs },
          'accepted',
          asked.ids,
        )
    } else if (frame.kind === 'push') complete(frame.rpc, given, 'accepted')
    else if (frame.key === undefined) complete(frame.rpc, given, 'sent')
    else {
      if (asking.size >= MAX_ASKING) asking.delete(asking.keys().next().value ?? '')
      const asked = { rpc: frame.rpc, exchange: given, ids: [] }
      asking.set(`${given.url} ${frame.key}`, asked)
      if (foresee) foretell(decodeRpcCall(frame.rpc, { outcome: 'sent' }, memory).findings, given, asked.ids)
    }
  }

  const complete = (rpc: RpcCall, source: Exchange, outcome: Outcome, ids: string[] = []): void => {
    const { findings, readings } = decodeRpcCall(rpc, { outcome }, memory)
    for (const reading of readings ?? [])
      learn({ address: readAddress(source.url), exchange: source, outcome }, reading)
    takeAll(findings, source, ids)
  }

  const learn = (
    call: Pick<Call, 'address' | 'exchange' | 'outcome'>,
    { place, value, noun, scope = [] }: NonNullable<Decoded['readings']>[number],
  ): void => {
    if (call.outcome === 'rejected') return
    account = accountIn(value, call.address) ?? account
    known.add(call.address.origin)
    prove({ place, value, scope, ...(noun !== undefined && { noun }) }, call.exchange.startedAtMs)
    memory.learn({
      place,
      scope,
      value,
      size: call.exchange.responseBody?.length ?? 0,
      startedAtMs: call.exchange.startedAtMs,
      ...(noun !== undefined && { noun }),
    })
  }

  const understand = (given: Exchange): Call => {
    const request = decodeBody(given.requestBody, given.requestHeaders['content-type'])
    const answer = decodeBody(given.responseBody, given.responseHeaders['content-type'])
    const told =
      request.kind === 'json' && isJsonObject(request.value)
        ? Object.values(request.value)
        : request.kind === 'fields'
          ? request.fields.map(([, value]) => value)
          : []
    const named = new Set(
      told.filter((value): value is string => typeof value === 'string' && value.length < 200),
    )
    const override =
      given.requestHeaders['x-http-method-override'] ??
      given.requestHeaders['x-http-method'] ??
      (request.kind === 'fields'
        ? request.fields.find(([name]) => name === '_method')?.[1]
        : overrideIn(request))
    const method = (override ?? given.method).toUpperCase()
    const place = placeOf(readAddress(given.url).segments)
    const address = readAddress(given.url, {
      isKnownId: (segment, noun) =>
        (noun === undefined && named.has(segment)) || memory.knowsId(segment, noun),
      isItem:
        /^(PUT|PATCH|DELETE)$/.test(method) && !isListing(memory.atPlace(place)) && !namesSeveral(request),
      isEmpty: request.kind === 'none',
    })
    return {
      exchange: given,
      method,
      address,
      request,
      answer,
      ...outcomeOf(given.status, answer),
    }
  }

  // Held

  const takeSettled = (settled: Settled | undefined): void => {
    const ids = formIds
    formIds = []
    if (settled) takeAll(settled.findings, settled.exchange, ids)
  }

  /** `ids` were foreseen for them; those that aren't needed come to nothing. */
  const takeAll = (findings: readonly Finding[], source: Exchange, ids: string[]): void => {
    for (const finding of findings) take(finding, source, ids)
    for (const id of ids) withdraw(id)
  }

  const withType = (finding: Finding, source: Exchange): Finding =>
    finding.type === undefined || finding.type === ''
      ? { ...finding, type: typeOfPage(page, source.pageUrl) }
      : finding

  const take = (finding: Finding, source: Exchange, ids: string[] = []): void => {
    const typed = withType(finding, source)
    const changes = settle(typed, memory)
    const isDocument = typed.extent === 'whole' && typed.id === undefined && typed.action === 'save'
    if (isDocument && typed.outcome !== 'rejected' && typed.after !== undefined)
      keep(typed.after, typed.type ?? '', typed, typed.place)
    for (const change of changes) {
      if (finding.outcome !== 'rejected' && !isDocument) remember(change, typed)
      hold({
        change,
        finding: typed,
        exchange: source,
        group: groupAt(source),
        grade: finding.outcome,
        id: ids.shift() ?? createUuid(source.endedAtMs, random(10)),
      })
    }
  }

  /** What was saved is the next change's before. */
  const remember = (change: ResourceChange, finding: Finding): void => {
    const { after } = change
    if (after === null || typeof after !== 'object') return
    const isOwnPlace = change.id === (finding.id ?? '') || finding.id === undefined
    const known = finding.place === undefined ? undefined : memory.atPlace(finding.place)
    keep(change.id !== '' && isJsonObject(after) ? { [change.id]: after } : after, change.type, finding)
    if (isOwnPlace && known !== undefined && !isListing(known))
      keep(after, change.type, finding, finding.place)
  }

  const keep = (value: Json, noun: string, { scope = [] }: Finding, place = ''): void =>
    memory.learn({ place, scope, noun, value, size: JSON.stringify(value).length, startedAtMs: now() })

  const groupAt = (source: Exchange): string => {
    if (!lastGroup || source.startedAtMs - lastGroup.atMs > 1_500)
      lastGroup = { id: createUuid(source.endedAtMs, random(10)), atMs: source.endedAtMs }
    lastGroup = { ...lastGroup, atMs: source.endedAtMs }
    return lastGroup.id
  }

  const hold = (fresh: Held): void => {
    if (held.length >= MAX_HELD) release(held.splice(0, 1))
    const twin = held.findIndex(
      (one) => isSameResource(one, fresh) && isSoonAfter(fresh.exchange, one.exchange),
    )
    const earlier = held[twin]
    const merged = earlier && coalesce(earlier, fresh)
    if (merged) held.splice(twin, 1, ...merged)
    else held.push(fresh)
    for (const { id } of earlier ? [earlier, fresh] : [fresh])
      if (!held.some((one) => one.id === id)) withdraw(id)
    for (const one of merged ?? [fresh]) foretellHeld(one)
  }

  /** A read after the save is the best proof. */
  const prove = (reading: Reading, startedAtMs: number): void => {
    const isOpen = ({ grade, exchange: source }: Held): boolean =>
      (grade === 'accepted' || grade === 'readBack') && startedAtMs >= source.startedAtMs
    if (!held.some(isOpen)) return
    const shown = indexReading(reading)
    held = held.flatMap((one): Held[] => {
      const confirmed = isOpen(one) ? confirm(one.change, one.finding, shown) : undefined
      if (!confirmed) return [one]
      const { change, proven } = confirmed
      if (change === null) {
        withdraw(one.id)
        return []
      }
      const read = { ...one, change, grade: proven ? 'readBack' : one.grade }
      if (change !== one.change) foretellHeld(read)
      return [read]
    })
  }

  // Foreseen: what is to be recorded if nothing more is heard of this page

  const foretellHeld = (one: Held, isWaiting = false): void => {
    if (!foresee) return
    const inGroup = held.filter(({ group }) => group === one.group).length
    const draft = applyRules(draftOf(one, inGroup > 1), rules())
    if (!draft) withdraw(one.id)
    else {
      foreseen.add(one.id)
      foresee(one.id, draft, isWaiting)
    }
  }

  /** Sent, whatever comes of it. Nothing is remembered of it yet, for it may be refused. */
  const foretell = (findings: readonly Finding[], source: Exchange, ids: string[]): void => {
    const group = createUuid(source.startedAtMs, random(10))
    for (const finding of findings) {
      if (finding.outcome === 'rejected') continue
      const typed = withType(finding, source)
      for (const change of settle(typed, memory)) {
        const id = createUuid(source.startedAtMs, random(10))
        ids.push(id)
        foretellHeld(
          { change, finding: typed, exchange: source, group, grade: 'sent', id },
          source.via !== 'form',
        )
      }
    }
  }

  const withdraw = (id: string): void => {
    if (foreseen.delete(id)) foresee?.(id)
  }

  const release = (ripe: readonly Held[]): void => {
    const groups = new Map<string, number>()
    for (const { group } of ripe) groups.set(group, (groups.get(group) ?? 0) + 1)
    for (const one of ripe) {
      const draft = applyRules(draftOf(one, (groups.get(one.group) ?? 0) > 1), rules())
      if (!draft) withdraw(one.id)
      else {
        foreseen.delete(one.id)
        emit(draft)
      }
    }
  }

  const draftOf = (one: Held, grouped: boolean): EntryDraft => {
    const draft = drafts.get(one) ?? describe(one)
    drafts.set(one, draft)
    return grouped ? { ...draft, group: one.group } : draft
  }

  const describe = ({ change, finding, exchange: source, grade, id }: Held): EntryDraft => {
    const evidence: Evidence = {
      grade,
      via: source.via,
      method: source.method,
      url: source.url,
      ...(source.status !== 0 && { status: source.status }),
      beforeFrom: change.beforeFrom,
    }
    const draft: EntryDraft = {
      id,
      time: new Date(source.endedAtMs).toISOString(),
      resourceType: typeForPeople(change.type) || 'setting',
      resourceId: change.id,
      ...(change.name !== undefined && { resourceName: change.name }),
      action: change.action,
      ...(change.before !== undefined && { before: change.before }),
      ...(change.after !== undefined && { after: change.after }),
      changes: changesOf(change, source).map((one) => {
        const pointer = pointerOf(one)
        const label = finding.labels?.[pointer] ?? labelOf(one, edits, source.startedAtMs)
        return {
          pointer,
          ...(label && { label }),
          op: one.op,
          ...(one.before !== undefined && { before: one.before }),
          ...(one.after !== undefined && { after: one.after }),
        }
      }),
      evidence,
      redactions: [],
      ...(account !== undefined && { account }),
    }
    return fitEntry(
      redactDraft(draft, {
        memory: secrets,
        labels: finding.labels ?? {},
        ...(finding.secretPointers && { secretPointers: finding.secretPointers }),
        ...(fingerprintKey && { fingerprintKey }),
      }),
    )
  }

  /** Of a whole document that was never read only what the person typed is known to have changed. */
  const changesOf = (
    { action, before, after, changes }: ResourceChange,
    source: Exchange,
  ): readonly Difference[] =>
    action === 'update' && before === undefined && changes.length === 0
      ? editedLeaves(after, edits, source.startedAtMs)
      : changes

  const memoryText = (): string => {
    let room = MAX_MEMORY_CHARS
    const endMs = now() + MEMORY_MS
    const reads: Json[] = []
    for (const { place, scope, noun, value, size, startedAtMs } of memory.reads()) {
      if (now() > endMs) break
      if (size > room) continue
      room -= size
      reads.push({
        place,
        scope: [...scope],
        ...(noun !== undefined && { noun }),
        value: redactJson(value, { memory: secrets }),
        startedAtMs,
      })
    }
    return JSON.stringify({ version: 1, account: account ?? null, reads, forms: forms.memory(), formIds })
  }

  const safeMemory = (): string => {
    try {
      return memoryText()
    } catch (error) {
      onRefused(`memory: ${String(error)}`)
      return ''
    }
  }

  const restore = (text: string): void => {
    if (text.length > 2 * MAX_MEMORY_CHARS) return
    const value = parseJson(text)
    if (!isJsonObject(value) || value.version !== 1) return
    if (typeof value.account === 'string') account = value.account
    forms.restore(value.forms ?? null)
    formIds = Array.isArray(value.formIds) ? value.formIds.filter((id) => typeof id === 'string') : []
    for (const id of formIds) foreseen.add(id)
    for (const read of Array.isArray(value.reads) ? value.reads.toReversed() : []) {
      if (!isJsonObject(read) || typeof read.place !== 'string' || read.value === undefined) continue
      const scope = Array.isArray(read.scope) ? read.scope.filter((one) => typeof one === 'string') : []
      memory.learn({
        place: read.place,
        scope,
        value: read.value,
        size: JSON.stringify(read.value).length,
        startedAtMs: Number(read.startedAtMs) || 0,
        ...(typeof read.noun === 'string' && { noun: read.noun }),
      })
    }
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
      const sent = foresee && forms.unanswered()
      if (sent) foretell(sent.findings, sent.exchange, formIds)
    }),
    exchange: guarded('exchange', exchange),
    sent: guarded('request', sent),
    flush: (how = 'due') => {
      const nowMs = now()
      for (const [key, { rpc, exchange: source, ids }] of asking)
        if (how === 'all' || isUnanswered(source, nowMs)) {
          asking.delete(key)
          guarded('message', () => complete(rpc, source, 'sent', ids))(undefined)
        }
      const moment = { nowMs, lastEditMs: edits.at(-1)?.atMs ?? 0, patienceMs }
      const due = ({ exchange: source }: Held): boolean => how !== 'due' || isRipe(source, moment)
      const ripe = held.filter(due)
      held = held.filter((one) => !due(one))
      guarded('emit', release)(ripe)
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

const isSameResource = (a: Held, b: Held): boolean =>
  a.change.type === b.change.type &&
  a.change.id === b.change.id &&
  (a.change.id !== '' || a.finding.place === b.finding.place)

/** Two changes of one resource as one; undefined where they must stay two. */
const coalesce = (earlier: Held, later: Held): Held[] | undefined => {
  if (earlier.grade === 'rejected' && later.grade !== 'rejected')
    return isSame(changedValues(earlier), changedValues(later)) ||
      earlier.change.action === later.change.action
      ? [later]
      : undefined
  if (earlier.grade === 'rejected' || later.grade === 'rejected')
    return earlier.grade === later.grade ? [later] : undefined
  if (later.change.action === 'create' || earlier.change.action === 'delete') return undefined
  if (later.change.action === 'delete') return undefined
  if (earlier.change.action === 'create') {
    if (!isJsonObject(earlier.change.after) || !isJsonObject(later.change.after)) return undefined
    const after = { ...earlier.change.after, ...later.change.after }
    return [
      {
        ...earlier,
        change: {
          ...earlier.change,
          after,
          changes: differences(undefined, after, { whole: true, volatile: true }),
        },
      },
    ]
  }
  // A verb ("stop") whose effect is not known would be lost in the change of fields before it.
  if (later.finding.state && later.change.changes.length === 0) return undefined
  const before = earlier.change.before
  const after =
    isJsonObject(earlier.change.after) && isJsonObject(later.change.after)
      ? { ...earlier.change.after, ...changedMembers(later.change) }
      : later.change.after
  const mentioned = new Set([...earlier.change.changes, ...later.change.changes].map((one) => one.keys[0]))
  const changes =
    before === undefined
      ? [
          ...earlier.change.changes.filter(
            (one) => !later.change.changes.some((other) => pointerOf(other) === pointerOf(one)),
          ),
          ...later.change.changes,
        ]
      : differences(before ?? undefined, after ?? undefined, { whole: false }).filter((one) =>
          mentioned.has(one.keys[0]),
        )
  if (changes.length === 0) return earlier.change.changes.length === 0 || before === undefined ? [later] : []
  return [
    {
      ...later,
      id: earlier.id,
      group: earlier.group,
      change: {
        ...later.change,
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
        changes,
        beforeFrom: earlier.change.beforeFrom,
      },
    },
  ]
}

/** What the later of two changes set; what it knew of the rest may be older than the first. */
const changedMembers = ({ after, changes }: ResourceChange): JsonObject => {
  const keys = new Set(changes.map((one) => one.keys[0]))
  return isJsonObject(after) ? Object.fromEntries(Object.entries(after).filter(([key]) => keys.has(key))) : {}
}

/** {_method: 'PUT', …} */
const overrideIn = (request: Body): string | undefined => {
  const method = request.kind === 'json' && isJsonObject(request.value) ? request.value._method : undefined
  return typeof method === 'string' && /^(get|put|patch|delete)$/i.test(method) ? method : undefined
}

/** The body names the items, so the path does not. */
const namesSeveral = (request: Body): boolean => {
  if (request.kind !== 'json') return false
  const { value } = request
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string' || typeof one === 'number')
  return (
    isJsonObject(value) &&
    Object.entries(value).some(
      ([key, list]) => /(^|[a-z_])(ids|keys|uuids)$/i.test(key) && Array.isArray(list),
    )
  )
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

const isListing = (value: Json | undefined): boolean =>
  Array.isArray(value) ||
  (isJsonObject(value) &&
    Object.values(value).some((child) => Array.isArray(child) && child.some(isJsonObject)))

const changedValues = (one: Held): Json => one.change.changes.map((change) => change.after ?? null)
