/** @file Knows how bytes that are mostly text stand in JSON, so that none is lost. */
import { isUtf8 } from 'node:buffer'

/** A text, and where the bytes are not UTF-8, which U+FFFD in the text then stands for, those too. */
export interface JsonText {
  readonly text: string
  readonly base64?: string
}

export function jsonText(bytes: Buffer): JsonText {
  const text = bytes.toString()
  return isUtf8(bytes) ? { text } : { text, base64: bytes.toString('base64') }
}

/** A line without the LF or CRLF it ends with. */
export function withoutEnding(line: Buffer): Buffer {
  if (line.at(-1) !== 10) return line
  return line.subarray(0, line.at(-2) === 13 ? -2 : -1)
}
