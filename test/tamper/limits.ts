/** What nobody can find out. Each is an item of PROTOCOL.md's last section, and each of its items is here; some can be played. */
import { readFileSync } from 'node:fs'
import type { Limit } from './attack.ts'
import { LOG_LIMITS } from './log-attacks.ts'

export const LIMITS: readonly Limit[] = [
  ...LOG_LIMITS,
  {
    attack: 'keep a copy of what is erased',
    by: 'a member',
    listedAs: 'Members see each other',
  },
  {
    attack: 'read what was erased from places of a disk that are not used again yet',
    by: 'a stranger',
    listedAs: 'What is erased or forgotten leaves lists',
  },
  {
    attack: 'sign for an entry and not store it, until it must be shown',
    by: 'the relay',
    listedAs: 'A receipt is the relay',
  },
  {
    attack: 'change a signature inside a run, where no bundle lists it',
    by: 'the relay',
    listedAs: 'Signatures inside a run are not each checked',
  },
  {
    attack: 'disclose only what suits, and end a bundle early',
    by: 'a member',
    listedAs: 'Whoever makes a bundle chooses',
  },
  {
    attack: 'go on with a copied profile that never meets the relay',
    by: 'a copied browser',
    listedAs: 'A restored backup, or a copied profile',
  },
  {
    attack: 'write from a browser that was left unlocked',
    by: 'a stranger',
    listedAs: 'Who has an unlocked browser',
  },
  {
    attack: 'read what came before with a stolen key',
    by: 'a stranger',
    listedAs: 'There is no forward secrecy',
  },
  {
    attack: 'lock others out, or hand out keys, as an admin',
    by: 'a member',
    listedAs: 'An admin can lock others out',
  },
  {
    attack: 'join by a link that leaked while it was good',
    by: 'a stranger',
    listedAs: 'Who invites vouches',
  },
]

/** The items of PROTOCOL.md's "What this can't do", as they stand there. */
export const protocolLimits = (): readonly string[] => {
  const protocol = readFileSync(new URL('../../lib/log/PROTOCOL.md', import.meta.url), 'utf8')
  const [, section = ''] = protocol.split("## What this can't do")
  return section
    .split('\n- ')
    .slice(1)
    .map((item) => item.trim().replace(/\s+/g, ' '))
}
