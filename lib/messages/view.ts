/** A page of ours that is being looked at keeps a port open to the background, which is live for as long. */

export const VIEW_PORT = 'view'

interface Port {
  readonly onDisconnect: { readonly addListener: (callback: () => void) => void }
  readonly disconnect: () => void
}

const RECONNECT_MS = 1000

/** Reconnects when the background was stopped, and rests while the page is hidden. Returns its undo. */
export const keepWatched = (
  connect: (info: { readonly name: string }) => Port,
  page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>,
): (() => void) => {
  let port: Port | undefined
  let over = false

  const update = (): void => {
    const isVisible = page.visibilityState === 'visible' && !over
    if (isVisible && !port) {
      const opened = connect({ name: VIEW_PORT })
      port = opened
      opened.onDisconnect.addListener(() => {
        if (port !== opened) return
        port = undefined
        setTimeout(update, RECONNECT_MS)
      })
    }
    if (!isVisible && port) {
      const closing = port
      port = undefined
      closing.disconnect()
    }
  }
  page.addEventListener('visibilitychange', update)
  update()
  return () => {
    over = true
    page.removeEventListener('visibilitychange', update)
    update()
  }
}
