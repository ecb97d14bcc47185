/** @file Knows that a command was called wrongly. Not how that is shown. */

/**
 * Options that are well-formed one by one but do not go together; the message is the one line the user sees.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
