// What the rows share: files with known bytes, garbage collection, counting, the answer. Knows no runtime by
// name.
const { createCipheriv } = require('node:crypto')
const { readFileSync, writeFileSync, writeSync } = require('node:fs')
const { resolve } = require('node:path')
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises')
const { parentPort } = require('node:worker_threads')

const MIB = 2 ** 20

/** A file of noise that differs at every offset, and from seed to seed, with its bytes. */
function makeFile(size, { name = 'data', seed = 0 } = {}) {
  const bytes = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(
    Buffer.alloc(size),
  )
  const path = resolve(name)
  writeFileSync(path, bytes)
  return { path, bytes }
}

/** Runs the garbage collector and the finalizers that it leaves for later turns. */
async function collectGarbage() {
  for (let i = 0; i < 10; i += 1) {
    globalThis.gc()
    await turn()
  }
}

/** Whether the condition comes to hold while garbage is collected, for two seconds at most. */
async function settles(condition) {
  for (let i = 0; i < 200 && !condition(); i += 1) {
    globalThis.gc()
    await sleep(10)
  }
  return condition()
}

/** The code of what the body throws, or `null`. */
function codeOf(body) {
  try {
    body()
    return null
  } catch (error) {
    return error.code ?? String(error)
  }
}

async function codeOfLate(promise) {
  try {
    await promise
    return null
  } catch (error) {
    return error.code ?? String(error)
  }
}

/** How many of this process's mappings are of that file; without a path, how many there are. */
function countMappings(path = '') {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && line.includes(path)).length
}

function residentMiB() {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024)
}

/** The last line, as `outcome.mjs` reads it; written at once, also where the process dies next. */
function answer(value) {
  writeSync(1, `${JSON.stringify(value)}\n`)
}

/** From a worker to the main thread. */
function tellMain(value, transfer = []) {
  parentPort.postMessage(value, transfer)
}

module.exports = {
  MIB,
  answer,
  codeOf,
  codeOfLate,
  collectGarbage,
  countMappings,
  makeFile,
  residentMiB,
  settles,
  sleep,
  tellMain,
  turn,
}
