/**
 * Puts proxies in the place of native functions and takes them away again. A proxy keeps name, length and identity of what it stands for;
 * `Function.prototype.toString` answers for it with the native text.
 */
import { apply, attempt, construct, defineProperty, getOwnPropertyDescriptor, uncurry } from './natives.ts'

type Callable = (...args: never[]) => unknown

export interface Patches {
  /**
   * `before` runs ahead of the native call and hands something to `after`; neither can change the call, and what they throw is lost.
   * What `after` returns, if anything, the page gets instead of the result: it must be the same in all that a page can see.
   */
  readonly call: <Before>(
    owner: object,
    name: string,
    hooks: {
      readonly before?: (self: unknown, args: readonly unknown[]) => Before
      readonly after: (self: unknown, args: readonly unknown[], result: unknown, before?: Before) => unknown
    },
  ) => void
  /** The same for `new owner.name()`. */
  readonly construct: (owner: object, name: string, after: (made: object) => void) => void
  /** Puts the native functions back where no one has put another on top since, and goes passive in any case. */
  readonly restore: () => void
}

export const createPatches = (): Patches => {
  const natives = new WeakMap<object, Callable>()
  const nativeOf = uncurry(WeakMap.prototype.get).bind(undefined, natives) as (
    key: object,
  ) => Callable | undefined
  const undo: (() => void)[] = []
  let active = true

  const replace = (owner: object, name: string, handler: ProxyHandler<Callable>): Callable | undefined => {
    const descriptor = getOwnPropertyDescriptor(owner, name)
    const native = descriptor?.value
    if (typeof native !== 'function' || !descriptor?.configurable) return undefined
    const proxy = new Proxy(native as Callable, handler)
    natives.set(proxy, native)
    defineProperty(owner, name, { ...descriptor, value: proxy })
    undo.push(() => {
      const current = getOwnPropertyDescriptor(owner, name)
      if (current?.value === proxy && current.configurable)
        defineProperty(owner, name, { ...current, value: native })
    })
    return proxy
  }

  replace(Function.prototype, 'toString', {
    apply: (native, self, args) =>
      apply(native, typeof self === 'function' ? (nativeOf(self) ?? self) : self, args),
  })

  return {
    call: (owner, name, { before, after }) => {
      replace(owner, name, {
        apply: (native, self, args) => {
          if (!active) return apply(native, self, args)
          let prepared: ReturnType<NonNullable<typeof before>> | undefined
          if (before)
            try {
              prepared = before(self, args)
            } catch {}
          const result = apply(native, self, args)
          try {
            return after(self, args, result, prepared) ?? result
          } catch {
            return result
          }
        },
      })
    },
    construct: (owner, name, after) => {
      const prototype = (getOwnPropertyDescriptor(owner, name)?.value as { prototype?: object })?.prototype
      const proxy = replace(owner, name, {
        construct: (native, args, newTarget) => {
          const made = construct(native, args, newTarget) as object
          if (active) attempt(() => after(made))
          return made
        },
      })
      if (proxy && prototype) replaceConstructor(prototype, proxy, undo)
    },
    restore: () => {
      active = false
      for (const step of undo) attempt(step)
    },
  }
}

/** `socket.constructor === WebSocket` must stay true. */
const replaceConstructor = (prototype: object, proxy: Callable, undo: (() => void)[]) => {
  const descriptor = getOwnPropertyDescriptor(prototype, 'constructor')
  if (!descriptor?.configurable) return
  defineProperty(prototype, 'constructor', { ...descriptor, value: proxy })
  undo.push(() => {
    if (getOwnPropertyDescriptor(prototype, 'constructor')?.value === proxy)
      defineProperty(prototype, 'constructor', descriptor)
  })
}
