/** A statement that a database console sends in a field, by fields or JSON. */
import { isJsonObject } from '../../model/json.ts'
import { decodeStatement, statementIn } from '../statement.ts'
import type { Decoder } from './decoder.ts'

export const decodeSql: Decoder = ({ request, outcome }) => {
  const fields =
    request.kind === 'fields'
      ? request.fields
      : request.kind === 'json' && isJsonObject(request.value)
        ? Object.entries(request.value)
        : []
  const statement = statementIn(fields)
  return statement === undefined ? undefined : { findings: decodeStatement(statement, outcome) }
}
