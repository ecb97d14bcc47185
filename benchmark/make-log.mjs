/**
 * @file Makes a newline-delimited JSON log of an exact size: the same bytes on every machine, fast. Knows
 * nothing of smmap.
 */

import { closeSync, mkdirSync, openSync, renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, step } from '../.ci/steps.mjs'

const MIB = 2 ** 20
const CHUNK = 8 * MIB
const TAILS = 4096
const UNITS = { '': 1, k: 2 ** 10, m: MIB, g: 2 ** 30, t: 2 ** 40 }

/** The log that `npm start` scans. */
export const sampleLog = { size: 2 ** 30, path: join(tmpdir(), 'smmap-sample-1GiB.ndjson') }

/** mulberry32: 32 bits of state, enough for a log and the same everywhere. */
function random(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const services = ['gateway', 'accounts', 'search', 'billing', 'images', 'mailer', 'zürich-edge']
const verbs = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']
const words =
  'cache miss retry upstream timeout accepted queued flushed client shard replica résumé 完了'.split(' ')

/** All of a line after its id and time; one in 512 carries a stack of several KiB. */
function tail(pick) {
  const level = ['debug', 'info', 'info', 'info', 'info', 'warn', 'error'][pick(7)]
  const record = {
    level,
    service: services[pick(services.length)],
    request: `${verbs[pick(verbs.length)]} /v1/${words[pick(6)]}/${pick(1e6)}`,
    status: level === 'error' ? 500 + pick(4) : 200 + pick(5),
    ms: pick(90_000) / 100,
    message: Array.from({ length: 3 + pick(18) }, () => words[pick(words.length)]).join(' '),
  }
  if (pick(3) === 0) record.user = { id: pick(2 ** 31), roles: words.slice(0, pick(4)) }
  if (pick(512) === 0)
    record.stack = Array.from({ length: 60 + pick(400) }, (_, i) => `at ${words[i % 9]}:${pick(900)}`)
  return Buffer.from(`,${JSON.stringify(record).slice(1)}\n`)
}

/** Gives out the log in chunks that end with a line; a chunk is valid until the next one is asked for. */
function* chunks(size) {
  const pick = random(1)
  const tails = Array.from({ length: TAILS }, () => tail(pick))
  const longest = 64 + Math.max(...tails.map((bytes) => bytes.length))
  const chunk = Buffer.allocUnsafe(CHUNK)
  let line = 0
  let head = ''
  for (let left = size, used = 0; left > 0; left -= used) {
    const goal = Math.min(left, CHUNK) - longest
    for (used = 0; used < goal; line++) {
      if (line % 64 === 0) head = new Date(Date.UTC(2026, 0, 1) + line * 3).toISOString()
      used += chunk.latin1Write(`{"id":${line},"time":"${head}"`, used)
      used += tails[pick(TAILS)].copy(chunk, used)
    }
    if (left - used <= longest) used += lastLine(chunk, used, left - used)
    yield chunk.subarray(0, used)
  }
}

/** Fills what is left of the size, so that it comes out to the byte. */
function lastLine(chunk, offset, length) {
  chunk.fill(' ', offset, offset + length)
  if (length > 2) chunk.latin1Write('{}', offset)
  if (length > 0) chunk[offset + length - 1] = 0x0a
  return length
}

function checkSpace(folder, size) {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= size + 64 * MIB) return
  const inMib = (bytes) => `${Math.floor(bytes / MIB)} MiB`
  throw new Error(
    `not enough space in ${folder}: ${inMib(size)} needed, ${inMib(free)} free. Set TMPDIR to another folder`,
  )
}

/**
 * Makes the log unless it is there, and returns its path. Written under another name first, so what is there
 * is whole.
 */
export function makeLog({ size, path }) {
  if (statSync(path, { throwIfNoEntry: false })?.size === size) return path
  mkdirSync(dirname(path), { recursive: true })
  checkSpace(dirname(path), size)
  step(`writing a log of ${size} bytes to ${path}`)
  const part = `${path}.${process.pid}.part`
  const fd = openSync(part, 'w')
  try {
    try {
      for (const chunk of chunks(size)) {
        for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done)
      }
    } finally {
      closeSync(fd)
    }
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  return path
}

/** Reads `4GiB`, `512M`, `1000`. */
function parseSize(text) {
  const [, digits, unit] =
    /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(text) ?? fail(`not a size: ${text} (try 512MiB or 4GiB)`, 2)
  return Number(digits) * UNITS[unit.toLowerCase()]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [size, path] = process.argv.slice(2)
  if (size === '--help') fail('usage: node benchmark/make-log.mjs [SIZE [PATH]]', 0)
  const bytes = size === undefined ? sampleLog.size : parseSize(size)
  const named =
    path ?? (bytes === sampleLog.size ? sampleLog.path : join(tmpdir(), `smmap-sample-${bytes}.ndjson`))
  console.log(makeLog({ size: bytes, path: resolve(named) }))
}
