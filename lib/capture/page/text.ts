/** What a person reads of an element: text without scripts, controls and hidden parts, white space folded, bounded. */

export const MAX_TEXT = 200

/** Stops after `limit` characters or 400 nodes, so that the text of a whole page is never made by mistake. */
export const textOf = (element: Node, limit = MAX_TEXT): string => {
  let text = ''
  let visited = 0
  const visit = (node: Node): void => {
    for (
      let child = node.firstChild;
      child && text.length < limit * 2 && visited < 400;
      child = child.nextSibling
    ) {
      visited += 1
      if (child.nodeType === 3) text += child.nodeValue ?? ''
      else if (child.nodeType === 1 && !isSilent(child as Element)) {
        const block = BLOCKS.test((child as Element).localName)
        if (block) text += ' '
        visit(child)
        if (block) text += ' '
      }
    }
  }
  visit(element)
  return foldSpace(text).slice(0, limit).trim()
}

export const foldSpace = (text: string): string => text.replace(/[\s\u00a0\u200b\u200e\u200f]+/g, ' ').trim()

/** A label as it is read: without the colon, the star and the "(required)". */
export const trimLabel = (text: string): string =>
  foldSpace(text)
    .replace(/^[\s*?!\u2022:>-]+(?=\S)/u, '')
    .replace(/[\s:*\uff1a\u2026]+$/u, '')
    .replace(/\s*[([](?:required|optional|mandatory|\?)[)\]]$/i, '')
    .replace(/[\s:*\uff1a]+$/u, '')

/** Marked as not shown, by itself or by an element a few levels up. Asks for no layout. */
export const isHidden = (element: Element): boolean => {
  let level: Element | null = element
  for (let step = 0; level && level.localName !== 'body' && step < 8; step++, level = level.parentElement)
    if (isMarkedHidden(level)) return true
  return false
}

export const isMarkedHidden = (element: Element): boolean =>
  element.hasAttribute('hidden') ||
  element.localName === 'template' ||
  element.localName === 'noscript' ||
  (element.getAttribute('aria-hidden') === 'true' && element.localName === 'dialog') ||
  /(?:^|\s)(?:hidden|hide|d-none|is-hidden|invisible|no-?js|hide-if-js|js-hidden|display-none|ui-helper-hidden|collapsed-hidden)(?:\s|$)/i.test(
    element.getAttribute('class') ?? '',
  ) ||
  /display\s*:\s*none|visibility\s*:\s*hidden/i.test(element.getAttribute('style') ?? '')

const BLOCKS = /^(?:p|div|li|tr|td|th|br|dt|dd|h[1-6]|section|header|ul|ol|table|option|small)$/
const SILENT =
  /^(?:script|style|svg|select|textarea|button|input|datalist|template|noscript|sup|object|iframe|img)$/

const isSilent = (element: Element): boolean => SILENT.test(element.localName) || isMarkedHidden(element)
