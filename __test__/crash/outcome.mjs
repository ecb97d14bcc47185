/** @file How a row's process ended, and whether that is what was expected. Knows no row and no runtime. */

import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

/** In an expected answer: a number up to this. */
export const atMost = (limit) => ({ says: `at most ${limit}`, holds: (value) => value <= limit })

/** In an expected answer: one of these. */
export const oneOf = (...values) => ({ says: values.join(' or '), holds: (value) => values.includes(value) })

/**
 * What each thread of a process waits for, by its name: whether a process that does not end waits for one of
 * ours (`smmap-job-0`) or for Node's own (nodejs/node#54918 is a deadlock of theirs at the end).
 */
function threadsOf(pid) {
  const folder = `/proc/${pid}/task`
  try {
    return readdirSync(folder)
      .map((id) => ['comm', 'wchan'].map((file) => readFileSync(`${folder}/${id}/${file}`, 'utf8').trim()))
      .map(([name, wait]) => `${name} in ${wait === '0' ? 'its own code' : wait}`)
      .join(', ')
  } catch (error) {
    return error.message
  }
}

/** Runs a program to its end, or kills it when the time is up. */
export function run([command, ...args], { cwd, env, seconds }) {
  return new Promise((resolve) => {
    const started = performance.now()
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const text = { stdout: '', stderr: '' }
    let late
    const timer = setTimeout(() => {
      late = threadsOf(child.pid)
      child.kill('SIGKILL')
    }, seconds * 1000)
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (part) => (text[name] += part))
    }
    child.on('error', (error) => (text.stderr += error.message))
    child.on('close', (exit, signal) => {
      clearTimeout(timer)
      resolve({ exit, signal, late, ...text, seconds: (performance.now() - started) / 1000 })
    })
  })
}

/** What is wrong with an outcome, as a list of sentences; an empty one is a pass. */
export function faultsOf(outcome, { exit, signal, answer }, seconds) {
  if (outcome.late !== undefined) return [`still running after ${seconds} s: ${outcome.late}`]
  const ended = signal === undefined ? `exit code ${exit}` : signal
  const hasEnded = outcome.signal ?? `exit code ${outcome.exit}`
  const faults = hasEnded === ended ? [] : [`ended with ${hasEnded} instead of ${ended}`]
  return answer === undefined ? faults : [...faults, ...compare(outcome.stdout, answer)]
}

function compare(stdout, expected) {
  const line = stdout.trimEnd().split('\n').at(-1)
  let answer
  try {
    answer = JSON.parse(line)
  } catch {
    return [`no answer in its last line: ${JSON.stringify(line)}`]
  }
  const keys = [...new Set([...Object.keys(answer), ...Object.keys(expected)])]
  return keys
    .filter((key) => !isAsExpected(answer[key], expected[key]))
    .map((key) => {
      const wanted = expected[key]?.says ?? JSON.stringify(expected[key])
      return `${key} is ${JSON.stringify(answer[key])} instead of ${wanted}`
    })
}

function isAsExpected(value, wanted) {
  return wanted?.holds === undefined ? isDeepStrictEqual(value, wanted) : wanted.holds(value)
}
