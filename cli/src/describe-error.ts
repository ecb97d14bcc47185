/** @file Knows how an error reads on one line after "smmap: ". Not where it came from. */

/**
 * The error's code, and its message with the code in front, as Node writes those of the system (`ENOENT: no
 * such file …`), and with `file` at the end where the message does not name it.
 */
export function describeError(error: unknown, file = ''): { code: string; message: string } {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const name = typeof code === 'string' ? code : 'ERR_UNKNOWN'
  const text = typeof message === 'string' ? message : String(error)
  const coded = text.startsWith(name) ? text : `${name}: ${text}`
  return { code: name, message: coded.includes(file) ? coded : `${coded}: ${file}` }
}
