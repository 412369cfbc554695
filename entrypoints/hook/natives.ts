/** Functions of the page's world as they were before its scripts ran, so that later replacements neither see nor break the hook. */

export const { apply, construct, getPrototypeOf, getOwnPropertyDescriptor } = Reflect
export const { defineProperty } = Object
export const { stringify } = JSON
export const now = Date.now
export const later = setTimeout.bind(globalThis)
export const forget = clearTimeout.bind(globalThis)

type Method<Self, Args extends unknown[], Result> = (this: Self, ...args: Args) => Result

const { bind, call } = Function.prototype

/**
 * `uncurry(Map.prototype.get)(map, key)` is `map.get(key)` whatever the page does to `Map.prototype` later. Bound calls are what
 * engines make fast; a closure with rest arguments took three times as long.
 */
export const uncurry = bind.bind(call as never) as unknown as <Self, Args extends unknown[], Result>(
  method: Method<Self, Args, Result>,
) => (self: Self, ...args: Args) => Result

/** The native getter of `prototype[key]`. It throws for anything that is no real instance. */
export const getter = <Self, Key extends keyof Self>(
  prototype: Self,
  key: Key,
): ((self: Self) => Self[Key]) => {
  const get = getOwnPropertyDescriptor(prototype as object, key)?.get
  return get ? (uncurry(get) as (self: Self) => Self[Key]) : (self) => self[key]
}

export const listen = uncurry(EventTarget.prototype.addEventListener)
export const unlisten = uncurry(EventTarget.prototype.removeEventListener)
export const dispatch = uncurry(EventTarget.prototype.dispatchEvent)
export const observePromise = uncurry(
  Promise.prototype.then as (
    this: Promise<unknown>,
    kept?: (value: unknown) => unknown,
    broken?: () => void,
  ) => Promise<unknown>,
)

const settled = Promise.resolve()

/** In a microtask. A tenth of what `queueMicrotask` takes, which leaves the engine. */
export const soon = (work: () => void): void => {
  void observePromise(settled, work)
}

const objectToString = uncurry(Object.prototype.toString as (this: unknown) => string)

/** `FormData`, `Blob`, `String` …: told by the object's tag, so that objects of another frame count too. */
export const tagOf = (value: unknown): string => objectToString(value).slice(8, -1)

/** A data property of an object of the page, its own or inherited. No getter of the page runs. */
export const peek = (object: unknown, key: string): unknown => {
  let at = object
  while ((typeof at === 'object' && at !== null) || typeof at === 'function') {
    const descriptor = getOwnPropertyDescriptor(at, key)
    if (descriptor) return descriptor.value
    at = getPrototypeOf(at)
  }
  return undefined
}

/** What `work` returns, or undefined where it throws: no fault of ours may reach the page. */
export const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}
