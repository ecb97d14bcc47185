/**
 * @file The number methods of a long buffer. Knows how numbers are encoded; not where the bytes come from.
 */
import { byteAt, ByteReader, readerOf } from './byte-reader.js'
import { check, checkBoth } from './number-bounds.js'

// Every method below has the same four steps, written out, so that V8 compiles each to a plain load. A shared
// helper would need the getter as an argument, and would call it indirectly.
//
// 1. `check` gives the offset, or throws as Buffer does. 2. The cells name the pane that should have the
// number, and `locate` its index there; a negative index means that the pane does not have all of it. 3. The
// number is read there. 4. `isTrue` checks that the bytes were the file's when they were read. If not, and
// for a number across two panes, `copied` reads its bytes from the file or maps the window.

/**
 * The `read…` methods of a `Buffer`: same names, values, errors, also where a number lies in two windows.
 * Costs some 10 ns in a window at hand; elsewhere what `at` costs, and it throws what `at` throws.
 * A wrong `offset` is Node's own error: `TypeError` `ERR_INVALID_ARG_TYPE` if it is no number; `RangeError`
 * `ERR_OUT_OF_RANGE`, or `ERR_BUFFER_OUT_OF_BOUNDS` if the whole buffer is shorter than the number.
 */
export abstract class NumberReader extends ByteReader {
  /** The byte at `offset`, unsigned: 0 to 255. Throws a `RangeError` unless 0 ≤ `offset` < `length`. */
  readUInt8(offset: number = 0): number {
    return byteAt(readerOf(this), check(offset, 1, readerOf(this)))
  }

  /** The byte at `offset`, signed: −128 to 127. Throws a `RangeError` unless 0 ≤ `offset` < `length`. */
  readInt8(offset: number = 0): number {
    return (byteAt(readerOf(this), check(offset, 1, readerOf(this))) << 24) >> 24
  }

  /**
   * The unsigned 16-bit integer at byte `offset`, little-endian: 0 to 65,535.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 2.
   */
  readUInt16LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 2, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 2)
    if (index >= 0) {
      const value = pane.getUint16(index, true)
      if (cells.isTrue(pane, index + 1)) return value
    }
    return reader.copied(at, 2).getUint16(0, true)
  }

  /**
   * The unsigned 16-bit integer at byte `offset`, big-endian: 0 to 65,535.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 2.
   */
  readUInt16BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 2, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 2)
    if (index >= 0) {
      const value = pane.getUint16(index)
      if (cells.isTrue(pane, index + 1)) return value
    }
    return reader.copied(at, 2).getUint16(0)
  }

  /**
   * The signed 16-bit integer at byte `offset`, little-endian: −32,768 to 32,767.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 2.
   */
  readInt16LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 2, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 2)
    if (index >= 0) {
      const value = pane.getInt16(index, true)
      if (cells.isTrue(pane, index + 1)) return value
    }
    return reader.copied(at, 2).getInt16(0, true)
  }

  /**
   * The signed 16-bit integer at byte `offset`, big-endian: −32,768 to 32,767.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 2.
   */
  readInt16BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 2, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 2)
    if (index >= 0) {
      const value = pane.getInt16(index)
      if (cells.isTrue(pane, index + 1)) return value
    }
    return reader.copied(at, 2).getInt16(0)
  }

  /**
   * The unsigned 32-bit integer at byte `offset`, little-endian: 0 to 4,294,967,295.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readUInt32LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getUint32(index, true)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getUint32(0, true)
  }

  /**
   * The unsigned 32-bit integer at byte `offset`, big-endian: 0 to 4,294,967,295.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readUInt32BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getUint32(index)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getUint32(0)
  }

  /**
   * The signed 32-bit integer at byte `offset`, little-endian: −2,147,483,648 to 2,147,483,647.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readInt32LE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getInt32(index, true)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getInt32(0, true)
  }

  /**
   * The signed 32-bit integer at byte `offset`, big-endian: −2,147,483,648 to 2,147,483,647.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readInt32BE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getInt32(index)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getInt32(0)
  }

  /**
   * The unsigned 64-bit integer at byte `offset`, little-endian: a bigint, 0n to 2n ** 64n − 1n.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readBigUInt64LE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getBigUint64(index, true)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getBigUint64(0, true)
  }

  /**
   * The unsigned 64-bit integer at byte `offset`, big-endian: a bigint, 0n to 2n ** 64n − 1n.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readBigUInt64BE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getBigUint64(index)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getBigUint64(0)
  }

  /**
   * The signed 64-bit integer at byte `offset`, little-endian: a bigint, −(2n ** 63n) to 2n ** 63n − 1n.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readBigInt64LE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getBigInt64(index, true)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getBigInt64(0, true)
  }

  /**
   * The signed 64-bit integer at byte `offset`, big-endian: a bigint, −(2n ** 63n) to 2n ** 63n − 1n.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readBigInt64BE(offset: number = 0): bigint {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getBigInt64(index)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getBigInt64(0)
  }

  /**
   * The 32-bit float at byte `offset`, little-endian: widened to a number without rounding; may be NaN.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readFloatLE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getFloat32(index, true)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getFloat32(0, true)
  }

  /**
   * The 32-bit float at byte `offset`, big-endian: widened to a number without rounding; may be NaN.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 4.
   */
  readFloatBE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 4, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 4)
    if (index >= 0) {
      const value = pane.getFloat32(index)
      if (cells.isTrue(pane, index + 3)) return value
    }
    return reader.copied(at, 4).getFloat32(0)
  }

  /**
   * The 64-bit float at byte `offset`, little-endian: a number as JavaScript has it; may be NaN.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readDoubleLE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getFloat64(index, true)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getFloat64(0, true)
  }

  /**
   * The 64-bit float at byte `offset`, big-endian: a number as JavaScript has it; may be NaN.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless `offset` is an integer from 0 to `length` − 8.
   */
  readDoubleBE(offset: number = 0): number {
    const reader = readerOf(this)
    const at = reader.origin + check(offset, 8, reader)
    const { cells } = reader
    const pane = cells.paneAt(at)
    const index = cells.locate(pane, at, 8)
    if (index >= 0) {
      const value = pane.getFloat64(index)
      if (cells.isTrue(pane, index + 7)) return value
    }
    return reader.copied(at, 8).getFloat64(0)
  }

  /**
   * The unsigned integer of `byteLength` bytes, 1 to 6, at byte `offset`, little-endian. Always exact.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless 0 ≤ `offset` ≤ `length` − `byteLength`.
   */
  readUIntLE(offset: number, byteLength: number): number {
    const reader = readerOf(this)
    const bytes = reader.copied(reader.origin + checkBoth(offset, byteLength, reader), byteLength)
    let value = 0
    // Multiplied, not shifted: six bytes have more bits than JavaScript's shifts.
    for (let index = byteLength - 1; index >= 0; index -= 1) value = value * 256 + bytes.getUint8(index)
    return value
  }

  /**
   * The unsigned integer of `byteLength` bytes, 1 to 6, at byte `offset`, big-endian. Always exact.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless 0 ≤ `offset` ≤ `length` − `byteLength`.
   */
  readUIntBE(offset: number, byteLength: number): number {
    const reader = readerOf(this)
    const bytes = reader.copied(reader.origin + checkBoth(offset, byteLength, reader), byteLength)
    let value = 0
    for (let index = 0; index < byteLength; index += 1) value = value * 256 + bytes.getUint8(index)
    return value
  }

  /**
   * The signed integer of `byteLength` bytes, 1 to 6, at byte `offset`, little-endian. Always exact.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless 0 ≤ `offset` ≤ `length` − `byteLength`.
   */
  readIntLE(offset: number, byteLength: number): number {
    return toSigned(this.readUIntLE(offset, byteLength), byteLength)
  }

  /**
   * The signed integer of `byteLength` bytes, 1 to 6, at byte `offset`, big-endian. Always exact.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` unless 0 ≤ `offset` ≤ `length` − `byteLength`.
   */
  readIntBE(offset: number, byteLength: number): number {
    return toSigned(this.readUIntBE(offset, byteLength), byteLength)
  }

  /** The unsigned byte at `offset`: {@link readUInt8} by another name. */
  readUint8(offset?: number): number {
    return this.readUInt8(offset)
  }

  /** The unsigned 16-bit integer at byte `offset`, little-endian: {@link readUInt16LE} by another name. */
  readUint16LE(offset?: number): number {
    return this.readUInt16LE(offset)
  }

  /** The unsigned 16-bit integer at byte `offset`, big-endian: {@link readUInt16BE} by another name. */
  readUint16BE(offset?: number): number {
    return this.readUInt16BE(offset)
  }

  /** The unsigned 32-bit integer at byte `offset`, little-endian: {@link readUInt32LE} by another name. */
  readUint32LE(offset?: number): number {
    return this.readUInt32LE(offset)
  }

  /** The unsigned 32-bit integer at byte `offset`, big-endian: {@link readUInt32BE} by another name. */
  readUint32BE(offset?: number): number {
    return this.readUInt32BE(offset)
  }

  /** The unsigned 64-bit integer at byte `offset`, little-endian: {@link readBigUInt64LE} by another name. */
  readBigUint64LE(offset?: number): bigint {
    return this.readBigUInt64LE(offset)
  }

  /** The unsigned 64-bit integer at byte `offset`, big-endian: {@link readBigUInt64BE} by another name. */
  readBigUint64BE(offset?: number): bigint {
    return this.readBigUInt64BE(offset)
  }

  /** An unsigned integer of `byteLength` bytes, little-endian: {@link readUIntLE} by another name. */
  readUintLE(offset: number, byteLength: number): number {
    return this.readUIntLE(offset, byteLength)
  }

  /** An unsigned integer of `byteLength` bytes, big-endian: {@link readUIntBE} by another name. */
  readUintBE(offset: number, byteLength: number): number {
    return this.readUIntBE(offset, byteLength)
  }
}

function toSigned(value: number, byteLength: number): number {
  // Two's complement: the upper half of the values are the negative numbers.
  const half = 2 ** (8 * byteLength - 1)
  return value < half ? value : value - 2 * half
}
