#!/usr/bin/env node
/** @file Knows the command line: commands, options, help, and how a wrong call is answered. Not what a command does. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { describeError } from './describe-error.js'
import { SCAN_HELP, SMMAP_HELP } from './help.js'
import type { ScanOptions } from './scan-command.js'
import { SIZE_FORMS, parseSize } from './size.js'
import { printable } from './terminal.js'
import { UsageError } from './usage-error.js'

const EXIT_ERROR = 2

function makeProgram(): Command {
  const program = new Command('smmap')
    .description('Works on files of any size through a few mapped windows, inside a memory limit.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', SMMAP_HELP)
    .configureOutput({ outputError: (text, write) => write(toOneLine(text, 'smmap --help')) })
    .exitOverride()
  addScan(program)
  return program
}

function addScan(program: Command): void {
  program
    .command('scan')
    .summary('count bytes and lines, find a text, in files of any size')
    .description(
      'Counts bytes and lines, finds the longest line, and with --find a text, in files of any size.',
    )
    .argument('<file...>', 'the files, scanned one after the other', collectFile)
    .addOption(sizeOption('--max-memory <size>', 'map no more than this at once', '256MiB'))
    .addOption(
      sizeOption(
        '--window <size>',
        'map files in windows of this size (default: 64MiB, or the limit if less)',
      ),
    )
    .option('--find <text>', 'count this text (its UTF-8 bytes) and show where it is first', parseFind)
    .option('--json', 'print one JSON object instead of the table')
    .option('--quiet', 'print errors only: the exit code tells (--json is still printed)')
    .option('--no-progress', 'show no progress bar (there is none either when stderr is no terminal)')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ outputError: (text, write) => write(toOneLine(text, 'smmap scan --help')) })
    .addHelpText('after', SCAN_HELP)
    .action(async (files: string[], options: ScanOptions) => {
      // Loaded only now: help and version need no binary.
      const { scanCommand } = await import('./scan-command.js')
      process.exitCode = await scanCommand(files, options)
    })
}

function sizeOption(flags: string, description: string, fallback?: string): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const size = parseSize(text)
    if (size === undefined) throw new InvalidArgumentError(`Allowed are ${SIZE_FORMS}.`)
    return size
  })
  return fallback === undefined ? option : option.default(parseSize(fallback), fallback)
}

function parseFind(text: string): string {
  if (text === '') throw new InvalidArgumentError('Allowed is any text of at least one byte.')
  return text
}

function collectFile(file: string, files: string[] = []): string[] {
  if (file === '-') {
    throw new InvalidArgumentError(
      'A pipe cannot be mapped. Allowed are files; save the stream to one first.',
    )
  }
  return [...files, file]
}

function packageVersion(): string {
  const text = readFileSync(path.join(__dirname, '../../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Commander writes "error: …", with its suggestion on a second line; and not always what is allowed. */
function toOneLine(text: string, help: string): string {
  const line = printable(
    text
      .replace(/^error: /, '')
      .trim()
      .replaceAll('\n', ' '),
  )
  return `smmap: ${line}${line.includes('Allowed') ? '' : `; see ${help}`}\n`
}

/** Whoever reads stdout may stop early (`| head`), which is no error; anything else, such as a full disk, is. */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`smmap: ${describeError(error).message} (writing the report)\n`)
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
  process.stderr.write(`smmap: ${message}\n`)
  process.exitCode = EXIT_ERROR
}

watchOutput()
makeProgram().parseAsync().catch(fail)
