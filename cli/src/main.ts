#!/usr/bin/env node
/**
 * @file Knows how the tool begins and ends: output that nobody reads any more, errors, exit codes. No
 * command.
 */
import { CommanderError } from 'commander'
import { spellOut } from './command-line.js'
import { describeError } from './describe-error.js'
import { makeProgram } from './program.js'
import { printable } from './terminal.js'
import { UsageError } from './usage-error.js'

const EXIT_ERROR = 2

/**
 * Whoever reads stdout may stop early (`| head`), which is no error; anything else, such as a full disk, is.
 */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`smmap: ${describeError(error).message} (writing the results)\n`)
    process.exitCode = EXIT_ERROR
  })
  process.stderr.on('error', () => {})
}

function fail(error: unknown): void {
  // Commander has printed its own errors already; help and version end as an "error" with exit code 0.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR
    return
  }
  const message = error instanceof UsageError ? error.message : describeError(error).message
  process.stderr.write(`smmap: ${printable(message)}\n`)
  process.exitCode = EXIT_ERROR
}

async function main(args: readonly string[]): Promise<void> {
  const program = await makeProgram(args)
  await program.parseAsync(spellOut(args), { from: 'user' })
}

watchOutput()
main(process.argv.slice(2)).catch(fail)
