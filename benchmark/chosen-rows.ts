/** @file The rows that a command line names. Runs nothing. */
import type { Row } from './row'
import { rows } from './rows/index'

/** All rows, where none is named. @throws {RangeError} that lists the rows, when a name is none of theirs. */
export function chosenRows(ids: readonly string[]): readonly Row[] {
  if (ids.length === 0) return rows
  return ids.map((id) => {
    const row = rows.find((candidate) => candidate.id === id)
    if (row === undefined)
      throw new RangeError(`no row "${id}"; rows: ${rows.map((known) => known.id).join(', ')}`)
    return row
  })
}
