/** @file How a row's process ended, and whether that is what was expected. Knows no row and no runtime. */

import { spawn } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'

/** In an expected answer: a number up to this. */
export const atMost = (limit) => ({ says: `at most ${limit}`, holds: (value) => value <= limit })

/** In an expected answer: one of these. */
export const oneOf = (...values) => ({ says: values.join(' or '), holds: (value) => values.includes(value) })

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
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, seconds * 1000)
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (part) => (text[name] += part))
    }
    child.on('error', (error) => (text.stderr += error.message))
    child.on('close', (exit, signal) => {
      clearTimeout(timer)
      resolve({ exit, signal, isLate, ...text, seconds: (performance.now() - started) / 1000 })
    })
  })
}

/** What is wrong with an outcome, as a list of sentences; an empty one is a pass. */
export function faultsOf(outcome, { exit, signal, answer }, seconds) {
  if (outcome.isLate) return [`still running after ${seconds} s`]
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
