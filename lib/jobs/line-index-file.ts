/** @file A line index as bytes, and as a file. Knows the format; not how lines are found. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { types } from 'node:util'
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { crypto } from '../node.js'

// Offsets are 64-bit floats: exact up to 2^53, and a `Float64Array` over the file's bytes is ready to be
// used, without a loop over millions of them. The fingerprint says which file, of which size, written and
// changed when; the time of change is the one that no program can set back. The checksum comes last, so that
// a file cut short has none.

const MAGIC = 'smmapidx'
const VERSION = 2
const FINGERPRINT = { start: 64, end: 104 } as const
const HEADER = 112
const CHECKSUM = 32
const SWAPPED: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0

/** No file: device, inode, size and times are 0. */
export const NO_FINGERPRINT: Buffer = Buffer.alloc(FINGERPRINT.end - FINGERPRINT.start)

/** The data of a line index. */
export interface LineMarks {
  /** Every how many lines one is kept. */
  readonly every: number
  /** How many lines there are. */
  readonly count: number
  /** Where in the file the reader's bytes begin, and how many they are. */
  readonly origin: number
  readonly length: number
  /** Index in the reader of the first byte that was indexed, and how many were. */
  readonly start: number
  readonly bytes: number
  /** Indices in the reader of lines 0, `every`, 2 × `every` … */
  readonly offsets: Float64Array
  /**
   * Which file it was, its size, when it was written to and when changed: as the native `fingerprint` gives
   * it.
   */
  readonly fingerprint: Buffer
}

/** See `LineIndex.save` for the format. */
export function encode({
  every,
  count,
  origin,
  length,
  start,
  bytes,
  offsets,
  fingerprint,
}: LineMarks): Buffer {
  const header = Buffer.alloc(HEADER)
  header.write(MAGIC, 'latin1')
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(every, 12)
  for (const [index, number] of [count, origin, length, start, bytes].entries()) {
    header.writeDoubleLE(number, 16 + 8 * index)
  }
  fingerprint.copy(header, FINGERPRINT.start)
  header.writeDoubleLE(offsets.length, FINGERPRINT.end)
  // A copy, because it may be swapped in place.
  const encoded = Buffer.from(offsets.slice().buffer)
  if (SWAPPED) encoded.swap64()
  const body = Buffer.concat([header, encoded])
  return Buffer.concat([body, checksum(body)])
}

/**
 * What {@link encode} was given.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` when it is no index, damaged, or of
 * another version.
 */
export function decode(saved: Uint8Array): LineMarks {
  if (!types.isUint8Array(saved)) throw invalidArgType('saved', 'an instance of Buffer or Uint8Array', saved)
  // A copy, for the same reason, and because the caller may change its own.
  const file = Buffer.from(saved)
  const end = file.length - CHECKSUM
  const refuse = (reason: string): Error => invalidArgValue('saved', saved, reason)
  if (!isIndex(file) || end < HEADER) throw refuse('is no saved line index')
  const version = file.readUInt32LE(8)
  if (version !== VERSION) throw refuse(`is a line index of version ${version}, not ${VERSION}`)
  const number = (at: number): number => file.readDoubleLE(at)
  // Before any number is believed: a damaged length could ask for gigabytes.
  const isWhole = checksum(file.subarray(0, end)).equals(file.subarray(end))
  if (!isWhole || end !== HEADER + 8 * number(FINGERPRINT.end)) throw refuse('is a damaged line index')
  const encoded = file.subarray(HEADER, end)
  if (SWAPPED) encoded.swap64()
  return {
    every: file.readUInt32LE(12),
    count: number(16),
    origin: number(24),
    length: number(32),
    start: number(40),
    bytes: number(48),
    // A typed array needs its bytes at a multiple of 8, where the file's Buffer may not have them.
    offsets: new Float64Array(new Uint8Array(encoded).buffer),
    fingerprint: file.subarray(FINGERPRINT.start, FINGERPRINT.end),
  }
}

/**
 * The index that was saved in a file; `undefined` if there is no such file, or it is damaged or of another
 * version.
 *
 * @throws (rejects) what the system says · `TypeError` `ERR_INVALID_ARG_VALUE` when the file is something
 * else: it is not ours to overwrite.
 */
export async function loadFile(path: Buffer): Promise<LineMarks | undefined> {
  let saved: Buffer
  try {
    saved = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  // A log or anything else, named by mistake: overwriting it would be a loss.
  if (!isIndex(saved)) {
    throw invalidArgValue('options.file', path.toString(), 'must be a saved line index, or not there yet')
  }
  try {
    return decode(saved)
  } catch {
    return undefined
  }
}

/** Saves it so that a program that reads the file at the same time sees all of it or nothing. */
export async function saveFile(path: Buffer, marks: LineMarks): Promise<void> {
  // In the same folder, since `rename` works within one file system only; by process, so that two do not
  // meet.
  const temporary = Buffer.concat([path, Buffer.from(`.${process.pid}.part`)])
  await writeFile(temporary, encode(marks))
  await rename(temporary, path)
}

function isIndex(saved: Buffer): boolean {
  return saved.toString('latin1', 0, MAGIC.length) === MAGIC
}

function checksum(bytes: Uint8Array): Buffer {
  return crypto().createHash('sha256').update(bytes).digest()
}
