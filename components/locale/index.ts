/** The language in use. One so far; `?lang` and the browser's languages choose here once there are more. */
import { en, type Locale } from './en.ts'

export const text: Locale = en
