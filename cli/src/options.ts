/**
 * @file Knows the options and arguments that commands share, and which values are allowed. Not what they do.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { SIZE_FORMS, parseSize } from './size.js'

/** A size in bytes, with units. */
export function sizeOption(flags: string, description: string, fallback?: string): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const size = parseSize(text)
    if (size === undefined) throw new InvalidArgumentError(`Allowed are ${SIZE_FORMS}.`)
    return size
  })
  return fallback === undefined ? option : option.default(parseSize(fallback), fallback)
}

/** A whole number from `least` on. */
export function countOption(flags: string, description: string, least: number, fallback?: number): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const count = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= least) return count
    throw new InvalidArgumentError(`Allowed are whole numbers from ${least} on.`)
  })
  return fallback === undefined ? option : option.default(fallback)
}

/** The files a command works on. */
export function filesArgument(command: Command, description: string): Command {
  return command.argument('<file...>', description, collectFile)
}

/** What every command has that reads files; one that gives them as they are has no other form. */
export function commonOptions(command: Command, { isRaw = false }: { isRaw?: boolean } = {}): Command {
  command
    .addOption(sizeOption('--max-memory <size>', 'map no more than this at once', '256MiB'))
    .addOption(
      sizeOption(
        '--window <size>',
        'map files in windows of this size (default: 64MiB, or the limit if less)',
      ),
    )
  if (!isRaw) {
    command
      .option('--json', 'print JSON: see below')
      .option('-q, --quiet', 'print errors only; the exit code has the answer')
  }
  return command
    .option('--decompress', 'unpack gzip and zstd files first, into a temporary file')
    .addOption(
      new Option(
        '--progress <when>',
        'show progress on stderr: auto is on a terminal, and every 5 seconds where CI is set',
      )
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
}

function collectFile(file: string, files: string[] = []): string[] {
  if (file === '-') {
    throw new InvalidArgumentError(
      'A pipe cannot be mapped. Allowed are files; save the stream to one first.',
    )
  }
  return [...files, file]
}
