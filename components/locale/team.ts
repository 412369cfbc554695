/** The words of the team page, which no other page loads. */
import { enTeam } from './en-team.ts'
import { text as common } from './index.ts'

export const text = { ...common, team: enTeam }
