/** What went wrong with a team, in words for a person: what happened, what was kept, what to do. */

export const LINK_FAULTS = {
  'no link': 'That is no invite link. Copy the whole link, it begins with https://.',
  'not a relay': 'That link does not lead to a relay. Ask for the invite link again.',
  incomplete: 'Part of the link is missing. Copy it again, to its very end.',
  expired: 'This invite has expired. Ask for a new one.',
} as const

export const relayFault = ({
  status,
  reason,
}: {
  readonly status: number
  readonly reason: string
}): string => {
  if (status === 0)
    return `The relay could not be reached (${reason}). What you recorded is kept on this machine; try again.`
  if (reason === 'removed')
    return 'This browser was removed from the team. What you have stays readable here.'
  if (reason.includes('create token'))
    return 'This relay makes teams only with its create token. Write it behind the address: https://relay.example#TOKEN. Nothing was changed.'
  if (status === 401)
    return `The relay did not accept this browser (${reason}). Check that its clock is right.`
  return `The relay refused (${refusalText(new Error(reason))}).`
}

/** A relay tells a guest no more than that. */
export const INVITE_OVER = 'This invite was used, was withdrawn or has expired. Ask for a new one.'

/** Roster faults in words. */
export const refusalText = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  const fault = Object.keys(REFUSALS).find((known) => message.includes(known))
  return fault ? (REFUSALS[fault] as string) : message
}

const REFUSALS: Readonly<Record<string, string>> = {
  'last admin': 'A team needs an admin. Make somebody else one first.',
  'not allowed': 'Only an admin can do that.',
  'not a member': 'This browser is not in the team any more.',
  'invite used up': 'This invite was used already. Ask for a new one.',
  'invite expired': 'This invite has expired. Ask for a new one.',
  'no such invite': 'This invite was withdrawn. Ask for a new one.',
  'no relay': 'Connect the team to a relay first, so that others can reach it.',
  'not been given the team key': 'This browser waits for a teammate’s browser to let it in. Try again then.',
  'too many devices': 'The team has as many devices as it can have. Remove one first.',
}
