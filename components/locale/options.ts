/** The words of the settings page, which no other page loads. */
import { enOptions } from './en-options.ts'
import { text as common } from './index.ts'

export const text = { ...common, options: enOptions }
