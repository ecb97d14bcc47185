/** @file What the adapters read from, and the ways they read it. Knows no consumer. */
import { ClosedError, invalidArgType } from '../errors/smmap-errors.js'

/**
 * What an adapter reads from: any long buffer, or anything else with these members, such as a plain `Buffer`.
 * Adapters do not close it.
 */
export interface ByteSource {
  /** How many bytes there are. */
  readonly length: number
  /** One byte, as `Uint8Array.prototype.at` gives it. */
  at(index: number): number | undefined
  /** A view of a part, as `Buffer.prototype.subarray` gives it. */
  subarray(start?: number, end?: number): Buffer
  /**
   * Copies a part into `target`, as `Buffer.prototype.copy` does.
   *
   * @returns How many bytes were copied.
   */
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number
  /** A copy of `length` bytes at `offset`, made off the main thread. If it is missing, `copy` is used. */
  read?(offset: number, length: number): Promise<Buffer>
}

/** Throws `TypeError` `ERR_INVALID_ARG_TYPE` if a member of {@link ByteSource} is missing. */
export function checkSource(source: unknown): void {
  const { length, at, subarray, copy } = (source ?? {}) as Partial<ByteSource>
  const hasAll = [at, subarray, copy].every((method) => typeof method === 'function')
  if (hasAll && typeof length === 'number') return
  throw invalidArgType('source', 'a long buffer or an instance of Buffer', source)
}

/**
 * Bytes in memory of their own: `Uint8Array<ArrayBuffer>` to a TypeScript that knows the difference (5.7).
 */
export type OwnBytes = ReturnType<Uint8ArrayConstructor['of']>

/** A copy of `length` bytes from `offset` on, all of which must be there. What goes wrong rejects. */
export async function readBytes(source: ByteSource, offset: number, length: number): Promise<OwnBytes> {
  if (source.read === undefined) return copyBytes(source, offset, length)
  const bytes = await source.read(offset, length)
  checkLength(bytes.length, length, offset)
  return bytes as OwnBytes
}

/** A copy of `length` bytes from `offset` on, made at once. What goes wrong throws. */
export function copyBytes(source: ByteSource, offset: number, length: number): OwnBytes {
  const bytes = new Uint8Array(length)
  checkLength(source.copy(bytes, 0, offset, offset + length), length, offset)
  return bytes
}

/** The bytes as an ArrayBuffer of exactly their length. */
export function toArrayBuffer({ buffer, byteOffset, byteLength }: OwnBytes): ArrayBuffer {
  // A Buffer from a pool shares its ArrayBuffer with others, which must not be handed to a library.
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
}

/** A source has the bytes it had when the adapter was made, unless its owner ended it. */
function checkLength(got: number, wanted: number, offset: number): void {
  if (got === wanted) return
  throw new ClosedError(
    `${got} of ${wanted} bytes could be read at ${offset}: the buffer has ended since the adapter was made`,
  )
}
