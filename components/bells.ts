/** What a person does with bells: switches one on or off, looks at what rang. The background keeps the number on the toolbar icon. */
import { browser } from 'wxt/browser'
import { seeEntry, seeView } from '../lib/store/bells.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { putView, removeView, type SavedView } from '../lib/store/views.ts'
import { ask } from './ask.ts'

/** Whether desktop notifications are allowed. Asked only inside a click. */
export const mayNotify = (): Promise<boolean> =>
  browser.permissions.contains({ permissions: ['notifications'] })
export const askToNotify = (): Promise<boolean> =>
  browser.permissions.request({ permissions: ['notifications'] })
export const stopNotifying = (): Promise<boolean> =>
  browser.permissions.remove({ permissions: ['notifications'] })

/** A view that was made for its bell goes with it. */
export const setBell = async (db: DaybookDatabase, view: SavedView, isOn: boolean): Promise<void> => {
  const { bell: _bell, ...quiet } = view
  if (isOn) await putView(db, { ...view, bell: true })
  else if (view.isOfResource) await removeView(db, view.id)
  else await putView(db, quiet)
  await lookAtView(db, view.id)
}

export const lookAtView = async (db: DaybookDatabase, id: string): Promise<void> => {
  await seeView(db, id)
  tell()
}

export const lookAtEntry = async (db: DaybookDatabase, id: string): Promise<void> => {
  if (await seeEntry(db, id)) tell()
}

const tell = (): void => {
  ask({ type: 'seen' }).catch(() => undefined)
}
