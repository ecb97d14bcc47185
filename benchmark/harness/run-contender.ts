/** @file Runs one contender once, in a fresh process, and reads its sample. Knows nothing of rounds. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  type CommandTool,
  type Contender,
  type Input,
  MissingError,
  type NodeContender,
  type ProgramContender,
  type Row,
  type Sample,
  type Tool,
} from '../row'
import { childProgram, projectFolder, rivalsFolder } from './folders'
import { runCommand } from './run-command'
import { type Command, toolFor } from './toolbox'

const MINUTE = 60_000
const started = promisify(execFile)

/**
 * @throws {MissingError} when the contender's tool is missing; any other error is the contender's own
 * failure.
 */
export async function runContender(row: Row, contender: Contender, input: Input): Promise<Sample> {
  if ('command' in contender) return runCommand(contender, atHand(contender.command), input)
  const [command, args] = commandOf(row, contender, input)
  const cwd = 'tool' in contender && hasScripts(contender.tool) ? rivalsFolder : projectFolder
  const { stdout } = await started(command, args, { cwd, timeout: 10 * MINUTE })
  const sample = JSON.parse(stdout) as Sample | { missing: string }
  if ('missing' in sample) throw new MissingError(sample.missing)
  if (!(sample.value > 0) || !Number.isFinite(sample.answer)) throw new Error(`error: no sample: ${stdout}`)
  return sample
}

function commandOf(
  row: Row,
  contender: NodeContender | ProgramContender,
  input: Input,
): [command: string, args: string[]] {
  if ('run' in contender) {
    if (contender.needs !== undefined) atHand(contender.needs)
    return [process.execPath, [childProgram, row.id, contender.name, JSON.stringify(input)]]
  }
  const { command, leading } = atHand(contender.tool)
  return [command, [...leading, ...contender.args(input)]]
}

function hasScripts(tool: Tool): boolean {
  return tool === 'python' || tool === 'bun'
}

/** Starts a tool that measures nothing, such as one that empties a cache. */
export async function runTool(tool: Tool, args: readonly string[]): Promise<void> {
  const { command, leading } = atHand(tool)
  await started(command, [...leading, ...args], { timeout: 10 * MINUTE })
}

function atHand(tool: Tool | CommandTool): Command {
  const tooling = toolFor(tool)
  if ('missing' in tooling) throw new MissingError(tooling.missing)
  return tooling
}
