/**
 * @file Knows how numbers lie in bytes, and how Buffer words its answer to wrong offsets; not where the bytes
 * come from.
 */
import { invalidArgType, outOfRange } from '../errors/smmap-errors.js'
import { nodeError } from '../errors/node-errors.js'
import type { FileReader } from '../panes/file-reader.js'
import { byteAt, ByteReader, readerOf } from './byte-reader.js'

/**
 * Buffer's `read…` methods: the same names, values and errors, also where a number lies across windows.
 *
 * They cost what `at` costs. Each of them throws, with Node's own codes and words:
 * `TypeError` `ERR_INVALID_ARG_TYPE` when `offset` is no number, `RangeError` `ERR_OUT_OF_RANGE` when it is
 * fractional or the number does not lie whole in the bytes, `RangeError` `ERR_BUFFER_OUT_OF_BOUNDS` when
 * there are fewer bytes than the number has; and what the cursor's `useRegion` throws, when another region
 * has to be mapped.
 */
export abstract class NumberReader extends ByteReader {
  /** An unsigned byte. */
  readUInt8(offset: number = 0): number {
    return byteAt(readerOf(this), check(offset, 1, readerOf(this)))
  }

  /** A signed byte. */
  readInt8(offset: number = 0): number {
    return (byteAt(readerOf(this), check(offset, 1, readerOf(this))) << 24) >> 24
  }

  /** An unsigned 16-bit integer, little-endian. */
  readUInt16LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 2, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 2)
    if (cell >= 0) {
      const value = cells.data(cell).getUint16(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 2)) return value
    }
    return reader.copied(at, 2).getUint16(0, true)
  }

  /** An unsigned 16-bit integer, big-endian. */
  readUInt16BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 2, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 2)
    if (cell >= 0) {
      const value = cells.data(cell).getUint16(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 2)) return value
    }
    return reader.copied(at, 2).getUint16(0)
  }

  /** A signed 16-bit integer, little-endian. */
  readInt16LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 2, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 2)
    if (cell >= 0) {
      const value = cells.data(cell).getInt16(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 2)) return value
    }
    return reader.copied(at, 2).getInt16(0, true)
  }

  /** A signed 16-bit integer, big-endian. */
  readInt16BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 2, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 2)
    if (cell >= 0) {
      const value = cells.data(cell).getInt16(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 2)) return value
    }
    return reader.copied(at, 2).getInt16(0)
  }

  /** An unsigned 32-bit integer, little-endian. */
  readUInt32LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getUint32(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getUint32(0, true)
  }

  /** An unsigned 32-bit integer, big-endian. */
  readUInt32BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getUint32(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getUint32(0)
  }

  /** A signed 32-bit integer, little-endian. */
  readInt32LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getInt32(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getInt32(0, true)
  }

  /** A signed 32-bit integer, big-endian. */
  readInt32BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getInt32(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getInt32(0)
  }

  /** An unsigned 64-bit integer, little-endian. */
  readBigUInt64LE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getBigUint64(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getBigUint64(0, true)
  }

  /** An unsigned 64-bit integer, big-endian. */
  readBigUInt64BE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getBigUint64(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getBigUint64(0)
  }

  /** A signed 64-bit integer, little-endian. */
  readBigInt64LE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getBigInt64(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getBigInt64(0, true)
  }

  /** A signed 64-bit integer, big-endian. */
  readBigInt64BE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getBigInt64(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getBigInt64(0)
  }

  /** A 32-bit float, little-endian. */
  readFloatLE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getFloat32(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getFloat32(0, true)
  }

  /** A 32-bit float, big-endian. */
  readFloatBE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 4, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 4)
    if (cell >= 0) {
      const value = cells.data(cell).getFloat32(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 4)) return value
    }
    return reader.copied(at, 4).getFloat32(0)
  }

  /** A 64-bit float, little-endian. */
  readDoubleLE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getFloat64(at - cells.begin(cell), true)
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getFloat64(0, true)
  }

  /** A 64-bit float, big-endian. */
  readDoubleBE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.begin + check(offset, 8, reader)
    const { cells } = reader
    const cell = cells.find(at, at + 8)
    if (cell >= 0) {
      const value = cells.data(cell).getFloat64(at - cells.begin(cell))
      if (cells.isTrue(cell, at + 8)) return value
    }
    return reader.copied(at, 8).getFloat64(0)
  }

  /** An unsigned integer of `byteLength` bytes, 1 to 6, little-endian. */
  readUIntLE(offset: number, byteLength: number): number {
    const reader = readerOf(this)
    const bytes = reader.copied(reader.begin + checkBoth(offset, byteLength, reader), byteLength)
    let value = 0
    for (let index = byteLength - 1; index >= 0; index -= 1) value = value * 256 + bytes.getUint8(index)
    return value
  }

  /** An unsigned integer of `byteLength` bytes, 1 to 6, big-endian. */
  readUIntBE(offset: number, byteLength: number): number {
    const reader = readerOf(this)
    const bytes = reader.copied(reader.begin + checkBoth(offset, byteLength, reader), byteLength)
    let value = 0
    for (let index = 0; index < byteLength; index += 1) value = value * 256 + bytes.getUint8(index)
    return value
  }

  /** A signed integer of `byteLength` bytes, 1 to 6, little-endian. */
  readIntLE(offset: number, byteLength: number): number {
    return toSigned(this.readUIntLE(offset, byteLength), byteLength)
  }

  /** A signed integer of `byteLength` bytes, 1 to 6, big-endian. */
  readIntBE(offset: number, byteLength: number): number {
    return toSigned(this.readUIntBE(offset, byteLength), byteLength)
  }

  /** Alias of {@link readUInt8}. */
  readUint8(offset?: number): number {
    return this.readUInt8(offset)
  }

  /** Alias of {@link readUInt16LE}. */
  readUint16LE(offset?: number): number {
    return this.readUInt16LE(offset)
  }

  /** Alias of {@link readUInt16BE}. */
  readUint16BE(offset?: number): number {
    return this.readUInt16BE(offset)
  }

  /** Alias of {@link readUInt32LE}. */
  readUint32LE(offset?: number): number {
    return this.readUInt32LE(offset)
  }

  /** Alias of {@link readUInt32BE}. */
  readUint32BE(offset?: number): number {
    return this.readUInt32BE(offset)
  }

  /** Alias of {@link readBigUInt64LE}. */
  readBigUint64LE(offset?: number): bigint {
    return this.readBigUInt64LE(offset)
  }

  /** Alias of {@link readBigUInt64BE}. */
  readBigUint64BE(offset?: number): bigint {
    return this.readBigUInt64BE(offset)
  }

  /** Alias of {@link readUIntLE}. */
  readUintLE(offset: number, byteLength: number): number {
    return this.readUIntLE(offset, byteLength)
  }

  /** Alias of {@link readUIntBE}. */
  readUintBE(offset: number, byteLength: number): number {
    return this.readUIntBE(offset, byteLength)
  }
}

/** The offset, when `size` bytes lie there. */
function check(offset: number, size: number, { length }: FileReader): number {
  if (Number.isInteger(offset) && offset >= 0 && offset <= length - size) return offset
  if (typeof offset !== 'number') throw invalidArgType('offset', 'of type number', offset)
  throw boundsError('offset', offset, 0, length - size)
}

/** In Buffer's order: an offset that is missing, then the byte length, then the offset. */
function checkBoth(offset: number, byteLength: number, reader: FileReader): number {
  if (offset === undefined) throw invalidArgType('offset', 'of type number', offset)
  if (!(Number.isInteger(byteLength) && byteLength >= 1 && byteLength <= 6)) {
    throw boundsError('byteLength', byteLength, 1, 6)
  }
  return check(offset, byteLength, reader)
}

function toSigned(value: number, byteLength: number): number {
  const half = 2 ** (8 * byteLength - 1)
  return value < half ? value : value - 2 * half
}

/**
 * What Buffer throws for a number that is no integer from `least` to `most`. `Math.floor` refuses a bigint,
 * as there.
 */
function boundsError(name: string, value: number, least: number, most: number): Error {
  if (Math.floor(value) !== value) {
    return typeof value === 'number'
      ? outOfRange(name, 'an integer', value)
      : invalidArgType(name, 'of type number', value)
  }
  if (most < 0) {
    const error = new RangeError('Attempt to access memory outside buffer bounds')
    return nodeError(error, 'ERR_BUFFER_OUT_OF_BOUNDS')
  }
  return outOfRange(name, `>= ${least} and <= ${most}`, value)
}
