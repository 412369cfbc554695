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
  const headings = [...document.querySelectorAll('h1,h2,h3,h4,legend,[role=heading]')].slice(0, 300)
  const heading = pageHeadingOf(document)
  const account = readAccount(document)
  const base = document.querySelector('base[href]')?.getAttribute('href')
  const formsUrl = base ? resolve(base, url) : url
  const forms = [...document.querySelectorAll('form')].slice(0, MAX_FORMS)
  return {
    url,
    title: foldSpace(document.title ?? '').slice(0, 200),
    ...(heading ? { heading } : {}),
    forms: forms.map((form) => readPageForm(form, formsUrl, headings, heading)),
    notices: readNotices(document),
    ...(account ? { account } : {}),
    embedded: readEmbedded(document),
    rows: readRows(document),
  }
}

const readPageForm = (
  form: Element,
  url: string,
  headings: readonly Element[],
  pageHeading: string | undefined,
): FormSnapshot => readForm(form, url, headingBefore(form, headings) ?? pageHeading)

/** The last heading in the document before the form. */
const headingBefore = (form: Element, headings: readonly Element[]): string | undefined => {
  const before = headings.findLast(
    (heading) => (form.compareDocumentPosition(heading) & 2) !== 0 && heading.localName !== 'legend',
  )
  return (before ? trimLabel(textOf(before)) : '') || undefined
}

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
