/** Where a person was, what they have seen, and how they left the page: theirs alone, and no setting. */
import { isJsonObject, type Json } from '../../../model/json.ts'
import { splitWords } from '../../words.ts'
import type { Call } from '../decoder.ts'

export const isView = ({ address }: Call, sent: Json | undefined): boolean => {
  const { segments, noun = '' } = address
  const words = splitWords(noun)
  return (
    /^recent(s|ly)?$/.test(words[0] ?? '') ||
    /^(ui|view|layout|page|panel|table|grid|column) (state|layout|setting|width|order)s?$/.test(
      words.join(' '),
    ) ||
    [noun, ...segments.slice(-2)].some((one) => VIEW_STATE.test(splitWords(one).join(' '))) ||
    (segments.some((one) => /^(preferences|layout)$/.test(splitWords(one).at(-1) ?? '')) &&
      showsOnly(sent)) ||
    isServerPage(sent) ||
    isUnnamedView(sent) ||
    isSeen(address, sent)
  )
}

const VIEW_STATE = /^(?:(?:tree|tab|filter|navigation|sidebar|menu|window|widget) states?|form data)$/

/** {user: 7, name: null, layout: 'cards', layout_query: {…}}: how one person left a list; a view that is kept on purpose has a name. */
const isUnnamedView = (sent: Json | undefined): boolean => {
  if (!isJsonObject(sent)) return false
  const has = (pattern: RegExp, isGiven: boolean): boolean =>
    Object.entries(sent).some(([key, value]) => pattern.test(key) && (value !== null) === isGiven)
  const shown = Object.keys(sent).filter((key) =>
    /^(layout|view|columns?|sort)$/.test(splitWords(key)[0] ?? ''),
  )
  return (
    shown.length > 1 && has(/^(name|title|label|bookmark)$/, false) && has(/^(user|owner)(_?id)?$/i, true)
  )
}

/** What a page sends to a server that draws it. */
const isServerPage = (sent: Json | undefined): boolean =>
  isJsonObject(sent) && Array.isArray(sent.rpc) && sent.syncId !== undefined

/** `POST /tickets/7/viewed`, {read: true}, `conversations.mark` with the message that was read last. */
const isSeen = ({ segments, verb }: Call['address'], sent: Json | undefined): boolean => {
  const names = isJsonObject(sent) ? Object.keys(sent) : []
  const isNothing = sent === undefined || (isJsonObject(sent) && names.length === 0)
  return (
    (isNothing && /^(viewed|visited|read|unread|seen)$/.test(segments.at(-1) ?? '')) ||
    (names.length > 0 && names.every((key) => /^(is_?)?(un)?(read|seen)$/i.test(key))) ||
    (verb?.word === 'mark' && names.length <= 2 && names.some((key) => /^(ts|time|timestamp|at)$/i.test(key)))
  )
}

/** How a page was left: which view, which columns, how wide. */
const showsOnly = (sent: Json | undefined): boolean => {
  if (!isJsonObject(sent)) return false
  const { value } = sent
  const entries = Object.entries(isJsonObject(value) && Object.keys(sent).length === 1 ? value : sent)
  return entries.length > 0 && entries.every(([key]) => VIEW_KEY.test(splitWords(key).join(' ')))
}

const VIEW_KEY =
  /^((edit |list |grid )?view( type| mode)?|(visible |hidden )?columns?( order| widths?)?|sort( by| order)?|active tab|collapsed|expanded|side ?bar|(side ?bar|panel|column) (width|open|collapsed)|list presentation|page size|rows per page)$/
