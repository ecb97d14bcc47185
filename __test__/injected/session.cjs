// Runs one session of a program again and again, with the n-th system call of a kind failing, for n = 1, 2, 3
// … until none fails any more. Says what went wrong, and how often a failure was told (an error) or made good
// (no error).
const { accessSync } = require('node:fs')
const { constants } = require('node:os')
const { setImmediate: turn } = require('node:timers/promises')
const { Session, steps } = require('./steps.cjs')
const { System } = require('./system.cjs')

const [folder, kind, zeroCopy] = process.argv.slice(2)
const CALLS = ['open', 'fstat', 'stat', 'mmap', 'dup', 'read']
const CODES = ['ENOMEM', 'EMFILE', 'EIO']
/** How many calls in a row fail: what is tried twice must be able to fail twice. */
const COUNTS = [1, 4]
const COUNTERS = [
  'mappedMemorySize',
  'numFileHandles',
  'numOpenFiles',
  'numOpenRegions',
  'numUsedRegions',
  'numOpenCursors',
]

const complaints = []

function arm({ call, code, n, count }) {
  accessSync(`/injected/${call}/${constants.errno[code]}/${n}/${count}`)
}

/** Whether any call failed. */
function disarm() {
  try {
    accessSync('/injected/off')
    return true
  } catch {
    return false
  }
}

/** Runs a step: the error it ended with, if it did, which must be the system's own. */
async function attempt(step, session, fault) {
  try {
    await step.run(session)
    return undefined
  } catch (error) {
    const { code, syscall, errno, path } = error
    const isOurs = code === fault.code && syscall === fault.call && errno === -constants.errno[fault.code]
    if (!isOurs) complain(fault, step, error.stack)
    if (path !== undefined && !session.paths.includes(path)) complain(fault, step, `path ${path}`)
    return error
  }
}

function complain({ call, code, n, count }, { name }, text) {
  complaints.push(`${call} ${code} ${n}+${count}, ${name}: ${text}`)
}

/** One session with one fault in it: whether the fault came, and whether an error told of it. */
async function runWith(fault) {
  const session = new Session(folder, kind, zeroCopy)
  const now = { hasFailed: false, hasThrown: false }
  arm(fault)
  for (const step of steps) {
    const error = await attempt(step, session, fault)
    if (error !== undefined) {
      now.hasFailed = disarm()
      now.hasThrown = true
      for (const text of session.contradictions()) complain(fault, step, `after the error: ${text}`)
      if (await attempt(step, session, fault)) complain(fault, step, 'failed again without a fault')
    }
    for (const text of session.contradictions(step.cursors)) complain(fault, step, text)
  }
  now.hasFailed = disarm() || now.hasFailed
  const left = session.end()
  for (const counter of COUNTERS) {
    if (left[counter] !== 0) complain(fault, { name: 'the end' }, `${counter} is ${left[counter]}`)
  }
  return now
}

/** Views that were shown linger until they are collected; then nothing of the files may be left. */
async function expectNothingLeft(fault) {
  const mapped = () => new System().mappedBytes(folder)
  for (let i = 0; i < 20 && mapped() > 0; i += 1) {
    globalThis.gc()
    await turn()
  }
  const descriptors = new System().descriptors(folder)
  if (mapped() > 0) complain(fault, { name: 'the end' }, `${mapped()} bytes still mapped`)
  if (descriptors > 0) complain(fault, { name: 'the end' }, `${descriptors} descriptors still open`)
}

async function runAll(call, code, count) {
  const outcome = { told: 0, madeGood: 0 }
  for (let n = 1; complaints.length < 20; n += 1) {
    const fault = { call, code, n, count }
    const { hasFailed, hasThrown } = await runWith(fault)
    await expectNothingLeft(fault)
    if (!hasFailed) return outcome
    outcome[hasThrown ? 'told' : 'madeGood'] += 1
  }
  return outcome
}

async function main() {
  const outcomes = {}
  for (const call of CALLS) {
    for (const code of CODES) {
      for (const count of COUNTS) outcomes[`${call} ${code} ${count}`] = await runAll(call, code, count)
    }
  }
  console.log(JSON.stringify({ complaints, outcomes }))
}

main()
