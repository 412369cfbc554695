/** The one shape of an exported entry: the entry's own names, the seven columns of the table first. */
import type { Entry } from '../model/entry.ts'

/** Absent stays absent: an unknown before is no null. */
export const entryToExport = (entry: Entry): Entry => {
  const { time, actor, resourceType, resourceId, action, before, after, id, app, ...rest } = entry
  return {
    time,
    actor,
    resourceType,
    resourceId,
    action,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    id,
    app,
    ...rest,
  }
}
