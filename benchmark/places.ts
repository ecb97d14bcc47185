/**
 * @file Random places in a file, drawn once and kept in a file: rivals in every language go to the same ones.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * As many that what they touch is more than the processor's caches hold; a power of two, so that going round
 * is a mask.
 */
export const PLACES: number = 2 ** 20

/** A whole number from 0 up to, and without, `below`. */
export type Random = (below: number) => number

/** Calls `draw` for each place, an offset below 4 GiB; the same places on every machine. */
export async function drawPlaces(
  folder: string,
  row: string,
  draw: (random: Random) => number,
): Promise<string> {
  const path = join(folder, `smmap-benchmark-places-${row}.u32`)
  const random = xorshift(1)
  await writeFile(
    path,
    Uint32Array.from({ length: PLACES }, () => draw(random)),
  )
  return path
}

/** The places, as every system the benchmark runs on writes numbers: the low byte first. */
export function loadPlaces(path: unknown): Uint32Array {
  const bytes = readFileSync(String(path))
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / Uint32Array.BYTES_PER_ELEMENT)
}

/** Marsaglia's generator of 32 bits (https://www.jstatsoft.org/v08/i14). */
function xorshift(seed: number): Random {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}
