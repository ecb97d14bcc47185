/** @file `smmap hash`: its options, and how hashes are printed. Hashing is the library's. */
import type { Command } from 'commander'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { commonOptions, filesArgument } from '../options.js'
import { type CommonOptions, type Session, inSession } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { UsageError } from '../usage-error.js'

interface HashOptions extends CommonOptions {
  readonly algorithm: string
}

interface Hashed {
  readonly hash: string
  readonly bytes: number
}

export function addHash(program: Command): void {
  const command = program
    .command('hash')
    .summary('hash files: sha256, blake3, and others')
    .description('Prints the hashes of files as sha256sum and b3sum do.')
    .option('-a, --algorithm <name>', 'blake3, or one that node:crypto has', 'sha256')
  commonOptions(filesArgument(command, 'the files, hashed one after the other')).action(
    (files: string[], options: HashOptions) => inSession(options, (session) => hash(session, files, options)),
  )
  explain(command, OUTPUT, SIZES, FILES, exitCodes('done'), EXAMPLES)
}

async function hash(session: Session, files: readonly string[], options: HashOptions): Promise<number> {
  const { algorithm, json, quiet } = options
  const outcomes = await session.eachFile<Hashed>(files, async ({ reader, signal, threads, onProgress }) => {
    const digest = await refusing(algorithm, () => reader.hash(algorithm, { signal, threads, onProgress }))
    return { hash: digest.toString('hex'), bytes: reader.length }
  })
  session.warnOfPartial(outcomes)
  if (json) await session.output.writeJson({ algorithm, ...session.summary(outcomes) })
  else if (!quiet) {
    for (const outcome of outcomes) {
      if (outcome.status === 'done')
        await session.output.write(checksumLine(outcome.result.hash, outcome.file))
    }
  }
  return 0
}

/**
 * As coreutils writes it: a name with a newline, a carriage return or a backslash is escaped, and the line
 * begins with `\\`.
 */
function checksumLine(digest: string, file: string): string {
  if (process.stdout.isTTY) return `${digest}  ${nameOnStdout(file)}\n`
  const escaped = file.replace(/[\\\n\r]/g, (character) => ESCAPES[character] ?? '')
  return `${escaped === file ? '' : '\\'}${digest}  ${escaped}\n`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }

async function refusing(algorithm: string, work: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_ARG_VALUE') throw error
    throw new UsageError(
      `--algorithm '${algorithm}' is unknown. ` +
        'Allowed are blake3, sha256, sha512, sha1, md5 and what else crypto.getHashes() has',
    )
  }
}

const OUTPUT = [
  'Output',
  `The hash in hexadecimal, two spaces, the file's name: what "sha256sum --check"
and "b3sum --check" read. With --json one object. BLAKE3 is computed by all
cores.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap hash disk.img
$ smmap hash --algorithm blake3 '*.iso' > SUMS
$ smmap hash --json disk.img | jq -r '.files[0].hash'`,
] as const
