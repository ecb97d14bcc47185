/**
 * @file Knows how sizes, counts and times are written by people and for people. Not which option they belong
 * to.
 */

const KIBI = 1024
const KILO = 1000

/** `K` and `KiB` are 1,024 bytes, `KB` is 1,000: as GNU `dd` and `head` have it. Case does not matter. */
const UNITS = new Map<string, number>([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, index): [string, number][] => [
    [letter, KIBI ** (index + 1)],
    [`${letter}ib`, KIBI ** (index + 1)],
    [`${letter}b`, KILO ** (index + 1)],
  ]),
])

/** What {@link parseSize} takes, for the sentence that refuses anything else. */
export const SIZE_FORMS = 'bytes or a number with a unit, such as 65536, 64KiB, 256MiB, 1.5G'

/**
 * The bytes `text` stands for, rounded down; `undefined` when it is no size, less than one byte, or 2^53 and
 * more.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim())
  const unit = UNITS.get(match?.[2]?.toLowerCase() ?? '')
  if (!match || unit === undefined) return undefined
  const bytes = Math.floor(Number(match[1]) * unit)
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `1536` → `1.5 KiB`, at most three digits of precision; whole bytes below 1 KiB. */
export function formatSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let index = 0
  // 1023.5 would be written as "1024": the next unit says it shorter.
  while (value >= KIBI - 0.5 && index < names.length - 1) {
    value /= KIBI
    index += 1
  }
  const digits = index === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${Number(value.toFixed(digits))} ${names[index]}`
}

/** `1234567` → `1,234,567`, the same in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `0.0042` → `4 ms`, `0.314` → `0.31 s`, `75` → `1 min 15 s`, `7500` → `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`
}

/** `–` for no rate: nothing was read, or in no time. */
export function formatRate(bytesPerSecond: number): string {
  return bytesPerSecond > 0 ? `${formatSize(bytesPerSecond)}/s` : '–'
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
