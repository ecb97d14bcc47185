/**
 * @file What `util.inspect` shows of the package's objects, and that they cannot be posted to another thread.
 * Knows none of them.
 */
import { inspect, type InspectOptions } from 'node:util'
import threads from 'node:worker_threads'

/** There from Node 22.10 on. */
const markAsUncloneable = (threads as { markAsUncloneable?: (object: object) => void }).markAsUncloneable

/**
 * Makes `structuredClone` and `postMessage` of the object throw a `DataCloneError`: a copy would have none of
 * its private members, and be dead. Older Node refuses objects that have a function as a member.
 */
export function staysInItsThread(object: object): void {
  // Assigned, not defined: that took 200 of the 4,000 ns of a small file's cursor.
  if (markAsUncloneable === undefined)
    (object as { staysInItsThread?: unknown }).staysInItsThread = staysInItsThread
  else markAsUncloneable(object)
}

/** What `util.inspect` shows of an object: its class, and the members that identify it. */
export function show(object: object, members: object, depth: number, options: InspectOptions): string {
  const { name } = object.constructor
  return depth < 0 ? `[${name}]` : `${name} ${inspect(members, options)}`
}
