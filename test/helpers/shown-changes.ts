/** What the diff shows of a change, as a reader sees it: a line for each difference, with the way there, the sign, the name and the values. */
import { parseHTML } from 'linkedom'
import { render } from 'svelte/server'
import DiffView from '../../components/DiffView.svelte'
import type { Json } from '../../lib/model/json.ts'
import { makeEntry } from './entries.ts'

export const shownChanges = (before: Json, after: Json): string[] => {
  const entry = makeEntry(0, { before, after, changes: [] })
  const { document } = parseHTML(`<body>${render(DiffView, { props: { entry } }).body}</body>`)
  // Pointers are quieter words for the same, and what came or went is named before it is opened.
  for (const aside of document.querySelectorAll('.visually-hidden, .pointer, .tree')) aside.remove()
  for (const text of document.querySelectorAll('.text')) text.replaceWith(markedWords(text))
  return linesIn(document.querySelectorAll('.diff > .group'), '')
}

const linesIn = (groups: Iterable<Element>, way: string): string[] =>
  [...groups].flatMap((group) => {
    const path =
      group.querySelector('.path')?.parentElement === group ? group.querySelector('.path')?.textContent : ''
    const here = path ? `${way}${path} › ` : way
    const items = [...group.children].find(({ localName }) => localName === 'ul')?.children ?? []
    return [...items].flatMap((item) => {
      const inside = item.querySelector('.inside')
      inside?.remove()
      const line = `${here}${item.textContent}`.replace(/\s+/g, ' ').trim()
      return [line, ...(inside ? linesIn(inside.children, `${line} › `) : [])]
    })
  })

/** Of a long text what is marked, and whole lines where no words of them are. */
const markedWords = (text: Element): string =>
  [...text.querySelectorAll('.line.removed, .line.added')]
    .flatMap((line) => {
      const marks = [...line.querySelectorAll('mark')]
      const sign = line.classList.contains('added') ? '+' : '−'
      return (marks.length > 0 ? marks : [...line.querySelectorAll('.runs')]).map(
        ({ textContent }) => ` ${sign}“${textContent?.trim()}”`,
      )
    })
    .join('')
