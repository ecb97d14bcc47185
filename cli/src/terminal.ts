/**
 * @file Knows what the terminal of a stream can show, and what must not be sent to it. Not what is shown.
 */
import type { WriteStream } from 'node:tty'
import { createColors } from 'picocolors'

export type Colors = ReturnType<typeof createColors>

/**
 * Colours for `stream`: none unless it is a terminal that has them; `NO_COLOR`, `FORCE_COLOR` and `TERM` are
 * heard (Node's `hasColors`).
 */
export function colorsFor(stream: WriteStream): Colors {
  // `isTTY` is undefined off a terminal, and picocolors would then decide on its own: colours where CI is
  // set.
  return createColors(stream.isTTY === true && stream.hasColors())
}

/** Whether a line can be drawn over and over on `stream`. */
export function isAnimated(stream: WriteStream): boolean {
  return stream.isTTY && process.env['TERM'] !== 'dumb'
}

/**
 * `text` with what a terminal would obey written out: a file's name can hold an escape sequence (control
 * characters), or turn round what stands after it (bidirectional controls, line separators).
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}

/** The same JSON, without what a terminal would obey. */
export function inertJson(json: string): string {
  return json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// oxlint-disable-next-line no-control-regex -- finding them is the point
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** A file's name as it goes to stdout: as it is for programs, {@link printable} on a terminal. */
export function nameOnStdout(name: string): string {
  return process.stdout.isTTY ? printable(name) : name
}
