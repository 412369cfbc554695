/** One storage in memory for several relays, which hear of each other at once. */
import type { PeerListener, Peers } from '../../server/storage/storage.ts'
import { createMemoryStorage, type MemoryStorage } from './memory-storage.ts'

export interface SharedStorage {
  /** As one relay sees it. */
  readonly join: (relay: string) => MemoryStorage
  /** Who stored, append by append. */
  readonly appendedBy: string[]
  /** From now on a relay is asked in vain. */
  readonly silence: (relay: string) => void
}

export const createSharedStorage = (): SharedStorage => {
  const storage = createMemoryStorage()
  const listeners = new Map<string, { readonly relay: string; readonly on: PeerListener }[]>()
  const appendedBy: string[] = []
  const silent = new Set<string>()

  const join = (relay: string): MemoryStorage => {
    const others = (team: string) =>
      (listeners.get(team) ?? []).filter((listener) => listener.relay !== relay).map(({ on }) => on)
    const peers: Peers = {
      follow: async (team, on) => {
        const listener = { relay, on }
        listeners.set(team, [...(listeners.get(team) ?? []), listener])
        return () =>
          listeners.set(
            team,
            (listeners.get(team) ?? []).filter((known) => known !== listener),
          )
      },
      position: async (team) => ({
        version: (await storage.openSegment(team)).head.version,
        rosterLength: (await storage.roster(team)).length,
      }),
      passOn: (team, segment, frame) => {
        for (const on of others(team)) on.presence(segment, frame)
      },
      ask: async (team, asked, question) => {
        const listener = listeners.get(team)?.find((known) => known.relay === asked)
        if (!listener || silent.has(asked)) throw new Error('nobody answers')
        return listener.on.asked(question)
      },
      claim: async () => true,
    }
    return {
      ...storage,
      peers,
      append: async (team, batch) => {
        const isStored = await storage.append(team, batch)
        if (!isStored) return false
        appendedBy.push(relay)
        for (const on of others(team)) {
          on.rang(relay)
          on.appended(batch)
        }
        return true
      },
      appendRoster: async (team, position, operation) => {
        const isStored = await storage.appendRoster(team, position, operation)
        if (isStored) for (const on of others(team)) on.rosterGrew(position, operation)
        return isStored
      },
    }
  }

  return { join, appendedBy, silence: (relay) => void silent.add(relay) }
}
