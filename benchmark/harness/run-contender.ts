/** @file Runs one contender once, in a fresh process, and reads its sample. Knows nothing of rounds. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Contender, Input, Row, Sample } from '../row'
import { childProgram, projectFolder, rivalsFolder } from './folders'
import { toolFor } from './toolbox'

const MINUTE = 60_000
const started = promisify(execFile)

/** Why a contender has no figure: its tool is not to be had here. */
export class MissingError extends Error {}

/** @throws {MissingError} when the contender's tool is missing; any other error is the contender's own failure. */
export async function runContender(row: Row, contender: Contender, input: Input): Promise<Sample> {
  const [command, args] = commandOf(row, contender, input)
  const cwd = 'tool' in contender && contender.tool === 'python' ? rivalsFolder : projectFolder
  const { stdout } = await started(command, args, { cwd, timeout: 10 * MINUTE })
  const sample = JSON.parse(stdout) as Sample
  if (!(sample.value > 0) || !Number.isFinite(sample.answer)) throw new Error(`error: no sample: ${stdout}`)
  return sample
}

function commandOf(row: Row, contender: Contender, input: Input): [command: string, args: string[]] {
  if ('run' in contender) {
    return [process.execPath, [childProgram, row.id, contender.name, JSON.stringify(input)]]
  }
  const tooling = toolFor(contender.tool)
  if ('missing' in tooling) throw new MissingError(tooling.missing)
  return [tooling.command, [...tooling.leading, ...contender.args(input)]]
}
