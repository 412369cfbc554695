/** An entry as a CloudEvents 1.0 event in JSON, for event buses and SIEMs. Pure; the entry itself is the data, unchanged. */
import type { Entry } from '../model/entry.ts'
import { entryToExport } from './shape.ts'

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  /** With `id` it is unique. The app's origin; where an entry has none that is a URI, Daybook's own. */
  readonly source: string
  readonly type: `dev.daybook.entry.${Entry['action']}`
  /** `resource type/resource id`, percent-encoded. */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Entry
}

export const entryToCloudEvent = (entry: Entry): CloudEvent => ({
  specversion: '1.0',
  id: entry.id,
  source: URL.canParse(entry.app.origin) ? entry.app.origin : 'urn:daybook:unknown-app',
  type: `dev.daybook.entry.${entry.action}`,
  subject: `${encodeURIComponent(entry.resourceType.toWellFormed())}/${encodeURIComponent(entry.resourceId.toWellFormed())}`,
  time: entry.time,
  datacontenttype: 'application/json',
  data: entryToExport(entry),
})
