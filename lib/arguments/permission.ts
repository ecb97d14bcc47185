/**
 * @file Asks Node's permission model, which native code would bypass. Opens nothing.
 */
import type { Target } from './arguments.js'

/** `process.permission`: there only under `--permission`. Its type says that it always is. */
const permission = process.permission as typeof process.permission | undefined

/**
 * Throws what `fs` throws if a path must not be read. An open file may be: its permission was checked when it
 * was opened.
 *
 * @throws `ERR_ACCESS_DENIED`, with `permission` and `resource` as Node's own.
 */
export function checkReadable({ path, name }: Target): void {
  if (path === null || permission === undefined || permission.has('fs.read', name)) return
  const message = 'Access to this API has been restricted. Use --allow-fs-read to manage permissions.'
  throw Object.assign(new Error(message), {
    code: 'ERR_ACCESS_DENIED',
    permission: 'FileSystemRead',
    resource: name,
  })
}

/** Whether binaries may be loaded: not under the permission model without `--allow-addons`. */
export function mayLoadAddons(): boolean {
  return permission === undefined || permission.has('addon')
}
