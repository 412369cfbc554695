/**
 * Where the reader is in a list: the row that keys act on, the one whose details are shown, and whether rows may come in above
 * without moving what is being read. Moves by `j k`, arrows, Enter, Escape and `g`.
 */
import { tick } from 'svelte'
import type { VirtualizerHandle } from 'virtua/svelte'
import type { Item } from './fold.ts'
import type { Timeline } from './timeline.svelte.ts'

interface Deps {
  readonly timeline: () => Timeline
  readonly items: () => readonly Item[]
  /** Id of the entry whose details are shown. */
  readonly open: () => string | undefined
  readonly setOpen: (id: string | undefined) => void
  /** False where the details are shown beside the list. */
  readonly opensInPlace: () => boolean
}

/** More rows are asked for when less than this is left below or above the view, in CSS pixels. */
const NEAR_END = 600
/** A list that never stands still is left where it is. */
const MAX_FRAMES = 60

export class ListReader {
  list = $state<VirtualizerHandle>()
  scroller = $state<HTMLElement>()
  /** Key of the row that keys act on. */
  active = $state<string>()
  readonly activeIndex = $derived.by(() => this.#deps.items().findIndex(({ key }) => key === this.active))
  readonly #deps: Deps
  /** To the row that the list was begun around: no rows are loaded meanwhile. */
  #isOnItsWay = false

  constructor(deps: Deps) {
    this.#deps = deps
    $effect(this.updateMayInsert)
    let shownAround: object | undefined
    $effect(() => {
      const { phase, begunAround } = deps.timeline()
      if (phase !== 'ready' || deps.items().length === 0) return
      void tick().then(async () => {
        const isNew = begunAround !== undefined && begunAround !== shownAround
        shownAround = begunAround
        if (isNew) await this.#bringIntoView(begunAround.id)
        this.loadNearEnd()
      })
    })
  }

  /** A row that is read, by keys or with its details, stays where it is. */
  readonly updateMayInsert = (): void => {
    const { scroller } = this
    const isRead =
      this.#deps.open() !== undefined ||
      (document.hasFocus() && Boolean(scroller?.contains(document.activeElement)))
    this.#deps.timeline().mayInsert = (scroller?.scrollTop ?? 0) < 4 && !isRead
  }

  readonly loadNearEnd = (): void => {
    const { list } = this
    const timeline = this.#deps.timeline()
    if (!list || this.#isOnItsWay) return
    const top = list.getScrollOffset()
    const isNearEnd = top + list.getViewportSize() > list.getScrollSize() - NEAR_END
    if (isNearEnd && !timeline.isAtEnd) void timeline.loadMore()
    else if (top < NEAR_END && timeline.hasNewer) void timeline.loadNewer()
  }

  /** One row of the list is reached by Tab: the one that keys act on, or the first. */
  readonly takesTab = (item: Item, index: number): boolean =>
    item.key === this.active || (this.activeIndex < 0 && index === 0)

  readonly showNew = (): void => {
    this.#deps.timeline().showWaiting()
    this.#toTop()
  }

  /**
   * Done once the row stands still in view, or the reader scrolls. Rows get their true height only when they are drawn, so the
   * first try lands beside it; rows that were loaded above it meanwhile would move it again.
   */
  async #bringIntoView(id: string): Promise<void> {
    const { scroller } = this
    const index = this.#deps
      .items()
      .findIndex(({ row, edits }) => row.id === id || edits?.some((edit) => edit.id === id))
    if (!scroller || index < 0 || this.#isOnItsWay) return
    const taken = new AbortController()
    for (const type of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
      scroller.addEventListener(type, () => taken.abort(), { passive: true, signal: taken.signal })
    this.#isOnItsWay = true
    let stood: number | undefined
    for (let frame = 0; frame < MAX_FRAMES && !taken.signal.aborted; frame++) {
      const { list } = this
      if (!list) break
      const top = list.getItemOffset(index)
      const size = list.getItemSize(index)
      const shown = scroller.clientHeight
      const isInView = top >= scroller.scrollTop && top + size <= scroller.scrollTop + shown
      if (isInView && stood === top) break
      if (!isInView) scroller.scrollTop = top - (shown - size) / 2
      stood = isInView ? top : undefined
      await new Promise(requestAnimationFrame)
    }
    taken.abort()
    this.#isOnItsWay = false
  }

  readonly toggle = (item: Item): void => {
    this.active = item.key
    this.#deps.setOpen(this.#deps.open() === item.row.id ? undefined : item.row.id)
  }

  /** A click on a row opens it, unless it was meant for something in it or for its text. */
  readonly click = (event: MouseEvent, item: Item): void => {
    const isControl = (event.target as HTMLElement).closest('button, a, summary, input, .details') !== null
    const isSelecting = (getSelection()?.toString() ?? '') !== ''
    if (!isControl && !isSelecting) this.toggle(item)
  }

  readonly keydown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      target.closest('input, textarea, select, [role=menu], dialog')
    )
      return
    const isOnControl = target.closest('button, a, summary') !== null
    const isOutside = !this.scroller?.contains(target)
    if (isOutside && (event.key.startsWith('Arrow') || event.key === 'Enter')) return
    const { activeIndex } = this
    const item = this.#deps.items()[activeIndex]
    if (event.key === 'j' || event.key === 'ArrowDown') void this.#moveTo(activeIndex + 1)
    else if (event.key === 'k' || event.key === 'ArrowUp') void this.#moveTo(Math.max(activeIndex, 1) - 1)
    else if (event.key === 'g') this.#toTop()
    else if (event.key === 'Escape' && this.#deps.open() !== undefined) this.#deps.setOpen(undefined)
    else if (event.key === 'Enter' && !isOnControl && item) this.toggle(item)
    else return
    event.preventDefault()
  }

  #toTop(): void {
    this.#deps.setOpen(undefined)
    this.#deps.timeline().showNewest()
    this.list?.scrollToIndex(0)
  }

  async #moveTo(index: number): Promise<void> {
    const items = this.#deps.items()
    const item = items[Math.min(Math.max(index, 0), items.length - 1)]
    if (!item) return
    this.active = item.key
    this.list?.scrollToIndex(items.indexOf(item), { align: 'nearest' })
    await tick()
    this.scroller?.querySelector<HTMLElement>('[data-active="true"]')?.focus({ preventScroll: true })
    if (!this.#deps.opensInPlace() && this.#deps.open() !== undefined) this.#deps.setOpen(item.row.id)
  }
}
