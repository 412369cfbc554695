/** Members that differ or were sent and still are no change of the resource: the server's own, the page's own, stand-ins and proofs. */
import { isJsonObject, type Json } from '../../model/json.ts'
import { type Difference, isVolatileChange } from '../compare.ts'
import { splitWords } from '../words.ts'

export const isPlumbing = ({ keys, before, after }: Difference): boolean => {
  const last = keys.at(-1) ?? ''
  return (
    isVolatileChange(last, before, after) ||
    (/^(__typename|typename|@odata\..*|_links|links|meta|csrf.*|_token)$/i.test(last) && keys.length <= 2) ||
    (/^_?(id|uuid|session_?(id|key|token))$/i.test(last) && keys.length === 1)
  )
}

/** {hasData: true, isNew: false}: what the page keeps of its own copy, sent with it; no read ever had it. */
export const isPagesOwn = ({ keys: [key = '', ...inner], before, after }: Difference): boolean =>
  inner.length === 0 &&
  before === undefined &&
  typeof after === 'boolean' &&
  /^(has (data|loaded|changed|changes|errors?|unsaved changes)|(is )?(dirty|touched|pristine|loading|loaded|fetching|fetched|saving|submitting|hovered)|is (new|changed|modified|editing|edited|valid|invalid|selected|expanded))$/.test(
    splitWords(key).join(' '),
  )

/** Objects of a wish and a state: {metadata, spec, status}. The status is the server's. */
export const isServersOwn = ({ keys }: Difference, before: Json | undefined): boolean =>
  isJsonObject(before) &&
  isJsonObject(before.metadata) &&
  isJsonObject(before.spec) &&
  (keys[0] === 'status' ||
    (keys[0] === 'metadata' && /^(managedFields|generation|resourceVersion|selfLink)$/.test(keys[1] ?? '')))

/** Where the person was and how the page was laid out, kept by the page for itself. */
export const isViewState = ({ keys }: Difference): boolean =>
  keys.some((key) =>
    /^(last (page|visited|opened|viewed|path|url|route)|layout (query|state)|scroll.*|collapsed|expanded|column (widths?|order|state)|(side ?bar|panel|drawer|window|splitter|dock) (width|height|size|state|open|collapsed|position)|(current|selected|active) (tab|page|view)|(table|grid|view|ui|tree) state|dismissed.*|.*onboarding.*|.*(tour|walkthrough) (seen|done|completed)|welcome (guide|screen|seen)|recent(ly)? .*|persisted preferences)$/.test(
      splitWords(key).join(' '),
    ),
  )

/** "*****", "••••••": what stands for a secret that is not shown. */
export const isPlaceholder = (value: Json | undefined): boolean =>
  typeof value === 'string' &&
  /^(\*{3,}|•{3,}|●{3,}|x{6,}|<?(redacted|hidden|masked|secret|unchanged)>?|\[(redacted|hidden|masked)\]|_+unchanged_+)$/i.test(
    value.trim(),
  )

/** The old password, or the new one again: typed to prove something, not to be kept. */
export const isProofOfPerson = (key: string): boolean => {
  const words = splitWords(key)
  return (
    words.some((word) => /^(password|passwd|pass|pwd|passphrase|pin|secret)$|password/.test(word)) &&
    /current|\bold|existing|previous|actual|confirm|repeat|again|verif|retype|reenter|\bre(?:$|\b|pass|pw)|check|chk|2/.test(
      words.join(' ').replace(/\b(pass|password|passwd|pwd|secret)\b/g, ''),
    )
  )
}
