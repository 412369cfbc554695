/**
 * Reads what a page shows: forms with labels, notices, who is signed in, data in its markup. Works on a live document and on a parsed one
 * (linkedom). Everything is bounded: a page of 250 kB takes a few milliseconds.
 */
import type { FormSnapshot, PageView } from '../exchange.ts'
import { readAccount } from './account.ts'
import { readEmbedded } from './embedded.ts'
import { readForm } from './form.ts'
import { readNotices } from './notices.ts'
import { readRows } from './rows.ts'
import { foldSpace, textOf, trimLabel } from './text.ts'

const MAX_FORMS = 40

export const readPage = (document: Document, url: string): PageView => {
  const heading = pageHeadingOf(document)
  const account = readAccount(document)
  const base = document.querySelector('base[href]')?.getAttribute('href')
  const formsUrl = base ? resolve(base, url) : url
  return {
    url,
    title: foldSpace(document.title ?? '').slice(0, 200),
    ...(heading ? { heading } : {}),
    forms: readForms(document, formsUrl, heading),
    notices: readNotices(document),
    ...(account ? { account } : {}),
    embedded: readEmbedded(document),
    rows: readRows(document),
  }
}

/** Each form is headed by the last heading before it, in the page's content or its own frame. */
const readForms = (document: Document, url: string, pageHeading: string | undefined): FormSnapshot[] => {
  const forms: FormSnapshot[] = []
  let heading: Element | undefined
  for (const element of document.querySelectorAll('h1,h2,h3,h4,[role=heading],form')) {
    if (element.localName !== 'form') heading = element
    else if (forms.length < MAX_FORMS) {
      const frame = heading?.closest(FRAME)
      const text = heading && (!frame || frame.contains(element)) ? trimLabel(textOf(heading)) : ''
      forms.push(readForm(element, url, text || pageHeading))
    }
  }
  return forms
}

const FRAME = 'header,nav,aside,footer,[role=banner],[role=navigation]'

/** The first main heading that is the page's own and not the site's. */
const pageHeadingOf = (document: Document): string | undefined => {
  const main = document.querySelector('main,[role=main],#content,#main,.content')
  const candidates = [
    ...(main?.querySelectorAll('h1') ?? []),
    ...document.querySelectorAll('h1'),
    ...(main?.querySelectorAll('h2') ?? []),
    ...document.querySelectorAll('h2'),
  ]
  const own = candidates
    .slice(0, 40)
    .find(
      (heading) =>
        !heading.closest('header,nav,aside,footer,[role=banner],dialog,[role=dialog]') &&
        textOf(heading) !== '',
    )
  const found = own ?? candidates.find((heading) => textOf(heading) !== '')
  return (found ? trimLabel(textOf(found)) : '') || undefined
}

const resolve = (address: string, base: string): string => {
  try {
    return new URL(address, base).href
  } catch {
    return base
  }
}
