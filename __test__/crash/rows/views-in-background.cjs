// Hands 8 views to work on the thread pool, ends all that made them meanwhile, and compares what comes out.
const { scrypt, scryptSync, pbkdf2, pbkdf2Sync, subtle } = require('node:crypto')
const { openSync, readFileSync, write } = require('node:fs')
const { promisify } = require('node:util')
const { gunzipSync, gzip } = require('node:zlib')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, collectGarbage, makeFile } = require('./kit.cjs')

const [kind] = process.argv.slice(2)
const WINDOW = 2 * MIB
const { path, bytes } = makeFile(16 * WINDOW)

const SALT = Buffer.from('salt')
const out = openSync('out', 'w+')
const toHex = (memory) => Buffer.from(memory).toString('hex')

/** The work, and whether its result is right for those bytes. */
const kinds = {
  gzip: {
    start: (view) => promisify(gzip)(view, { level: 6 }),
    isRight: (result, expected) => gunzipSync(result).equals(expected),
  },
  digest: {
    start: (view) => subtle.digest('SHA-256', view),
    isRight: async (result, expected) =>
      toHex(result) === toHex(await subtle.digest('SHA-256', Buffer.from(expected))),
  },
  scrypt: {
    start: (view) => promisify(scrypt)(view, SALT, 32, { N: 4096 }),
    isRight: (result, expected) => result.equals(scryptSync(expected, SALT, 32, { N: 4096 })),
  },
  pbkdf2: {
    start: (view) => promisify(pbkdf2)(SALT, view, 50, 32, 'sha256'),
    isRight: (result, expected) => result.equals(pbkdf2Sync(SALT, expected, 50, 32, 'sha256')),
  },
  write: {
    start: (view, i) => promisify(write)(out, view, 0, view.length, i * WINDOW),
    isRight: (_written, expected, i) =>
      readFileSync('out')
        .subarray(i * WINDOW, (i + 1) * WINDOW)
        .equals(expected),
  },
}

/** Starts on every second window, then moves over the rest, closes and drops. */
function startAll({ start }) {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
  const moving = manager.makeCursor(path)
  const started = []
  for (let i = 0; i < 8; i += 1) {
    const cursor = i % 2 === 0 ? moving : manager.makeCursor(path)
    started.push(start(cursor.useRegion(i * 2 * WINDOW).buffer(), i * 2))
    if (i % 4 === 1) cursor.close()
  }
  for (let i = 0; i < 16; i += 1) moving.useRegion(i * WINDOW).buffer()
  manager.collect()
  manager.close()
  return started
}

async function main() {
  const started = startAll(kinds[kind])
  await collectGarbage()
  const results = await Promise.all(started)
  let right = 0
  for (const [i, result] of results.entries()) {
    const expected = bytes.subarray(2 * i * WINDOW, (2 * i + 1) * WINDOW)
    if (await kinds[kind].isRight(result, expected, 2 * i)) right += 1
  }
  answer({ right })
}

main()
