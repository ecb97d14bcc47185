/** @file Runs a command-line tool as a user would, and measures the whole run from outside. Knows no tool. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { CommandContender, Input, Sample } from '../row'
import type { Command } from './toolbox'

/** Short beside the runs, and rare enough to take nothing from them. */
const LOOK_EVERY = 5

/** Gigabytes a second, over the file that the input names the size of. */
export async function runCommand(
  contender: CommandContender,
  { command, leading }: Command,
  input: Input,
): Promise<Sample> {
  const start = process.hrtime.bigint()
  const child = spawn(command, [...leading, ...contender.args(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The fastest that the classic tools have: bytes, not characters.
    env: { ...process.env, LC_ALL: 'C' },
  })
  let stdout = ''
  child.stdout.setEncoding('latin1').on('data', (part: string) => (stdout += part))
  let peakRss: number | null = null
  const looking = setInterval(() => (peakRss = peakOf(child.pid) ?? peakRss), LOOK_EVERY)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearInterval(looking)
  const nanoseconds = Number(process.hrtime.bigint() - start)
  if (code !== 0) throw new Error(`error: ${contender.name} ended with ${String(code)}`)
  return { value: Number(input['size']) / nanoseconds, answer: contender.answer(stdout), peakRss }
}

/**
 * The most memory the process has held so far, in bytes; `undefined` once it has ended, and elsewhere than on
 * Linux. What the system tells of ended children is no use: it begins with the memory of the parent.
 */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return found === null ? undefined : Number(found[1]) * 1024
  } catch {
    return undefined
  }
}
