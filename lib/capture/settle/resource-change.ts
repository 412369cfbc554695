/** A change of one resource, before words and redaction: what settling makes of a finding. */
import type { Action, BeforeFrom } from '../../model/entry.ts'
import type { Json } from '../../model/json.ts'
import type { Difference } from '../compare.ts'

export interface ResourceChange {
  readonly action: Action
  readonly type: string
  readonly id: string
  readonly name?: string
  readonly before?: Json | null
  readonly after?: Json | null
  readonly changes: readonly Difference[]
  readonly beforeFrom: BeforeFrom
  /** A whole document was sent that nobody had read: what of it changed only the person's edits can tell. */
  readonly isUnproven?: true
}

interface Given extends Pick<ResourceChange, 'action' | 'changes' | 'beforeFrom' | 'isUnproven'> {
  readonly type: string | undefined
  readonly id: string | undefined
  readonly name: string | undefined
  readonly before: Json | null | undefined
  readonly after: Json | null | undefined
}

/** What isn't known is absent, but for type and id, which are empty. */
export const resourceChange = ({
  type = '',
  id = '',
  name,
  before,
  after,
  ...rest
}: Given): ResourceChange => ({
  ...rest,
  type,
  id,
  ...(name !== undefined && { name }),
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
})
