/** What JetStream's subjects are called. */
import { createHash } from 'node:crypto'

type Star = '*'

export type Subjects = ReturnType<typeof createSubjects>

export const createSubjects = (prefix: string) => ({
  roster: (team: string) => `${prefix}.team.${team}.roster`,
  log: (team: string, segment: number | Star) => `${prefix}.team.${team}.log.${segment}`,
  fork: (team: string, feed: number | Star, seq: number | Star) =>
    `${prefix}.team.${team}.fork.${feed}.${seq}`,
  awaited: (team: string, feed: number | Star, seq: number | Star) =>
    `${prefix}.team.${team}.awaited.${feed}.${seq}`,
  secret: (name: string) => `${prefix}.secret.${hashOf(name)}`,
  bodies: (team: string, segment: number) => `${prefix}.body.${team}.${segment}`,
  token: (id: string) => `${prefix}.token.${hashOf(id)}`,
  bell: (team: string) => `${prefix}.bell.${team}`,
  question: (team: string, relay: string) => `${prefix}.question.${team}.${relay}`,
  presence: (team: string) => `${prefix}.presence.${team}`,
})

/** What stands last in a subject of a fork or an awaited erasure. */
export const placeIn = (subject: string): { readonly feed: number; readonly seq: number } => {
  const [feed = 0, seq = 0] = subject.split('.').slice(-2).map(Number)
  return { feed, seq }
}

/** A name of any characters as one word of a subject. */
const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex')
