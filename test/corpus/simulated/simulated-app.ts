/** What a person can do in any simulated app. */
import type { Row, Value } from './kinds.ts'
import type { Traffic } from './traffic.ts'

export interface SimulatedApp {
  readonly traffic: Traffic
  /** Opens what is about to be edited. */
  readonly show: (row: Row) => void
  readonly update: (row: Row, changed: Readonly<Record<string, Value>>) => Row
  readonly create: (row: Row) => void
  readonly remove: (row: Row) => void
  readonly search: (word: string) => void
  readonly preview: (row: Row) => void
  readonly refuse: (row: Row, changed: Readonly<Record<string, Value>>) => void
}
