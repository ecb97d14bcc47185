/** @file Knows how many columns of a terminal a text takes, and cuts it to fit. Loaded where needed. */
import columnsOf from 'string-width'

export { columnsOf }

/** What a terminal shows as one character: an accent goes with its letter. */
const characters = new Intl.Segmenter()

/** `text` cut at the left to `width` columns: the end of a path is what distinguishes files. */
export function shorten(text: string, width: number): string {
  if (fits(text, width)) return text
  const parts = fitting(split(text).toReversed(), width - 1)
  return `…${parts.toReversed().join('')}`
}

/** `text` cut at the right to `width` columns. */
export function abbreviate(text: string, width: number): string {
  return fits(text, width) ? text : `${fitting(split(text), width - 1).join('')}…`
}

function fits(text: string, width: number): boolean {
  // None takes more than two columns; to look closer takes 30 ms the first time.
  return 2 * text.length <= width || columnsOf(text) <= width
}

function split(text: string): string[] {
  return Array.from(characters.segment(text), ({ segment }) => segment)
}

/** The first parts, as many as there is room for. */
function fitting(parts: readonly string[], width: number): string[] {
  let room = width
  const end = parts.findIndex((part) => {
    room -= columnsOf(part)
    return room < 0
  })
  return parts.slice(0, end === -1 ? undefined : end)
}
