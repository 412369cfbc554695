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
    forms: readForms(document, formsUrl),
    notices: readNotices(document),
    ...(account ? { account } : {}),
    embedded: readEmbedded(document),
    rows: readRows(document),
  }
}

const readForms = (document: Document, url: string): FormSnapshot[] =>
  headedForms(document).map(({ form, heading }) => readForm(form, url, heading))

/** The forms of a page, each headed by the last heading before it, in the page's content or its own frame; else by the page's. */
export const headedForms = (document: Document): { form: Element; heading?: string }[] => {
  const pageHeading = pageHeadingOf(document)
  const forms: { form: Element; heading?: string }[] = []
  let last: Element | undefined
  for (const element of document.querySelectorAll('h1,h2,h3,h4,[role=heading],form')) {
    if (element.localName !== 'form') last = element
    else if (forms.length < MAX_FORMS) {
      const frame = last?.closest(FRAME)
      const own = last && (!frame || frame.contains(element)) ? trimLabel(textOf(last)) : ''
      const heading = own || pageHeading
      forms.push({ form: element, ...(heading && { heading }) })
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
