/**
 * @file What a row of the benchmark is: the words the rows and the harness share. Knows no row and runs
 * nothing.
 */

/** Read by hand where a row is shown: which figure is the good one. */
export type Unit = 'ns per operation' | 'GB/s'

/** What a row's `setup` made ready: the file, and whatever numbers the contenders need besides. */
export interface Input {
  readonly path: string
  readonly [name: string]: string | number
}

/** What one run of a contender found, in a process of its own. */
export interface Sample {
  /** In the row's unit. */
  readonly value: number
  /**
   * What the work computed. Contenders of one task that disagree did not do the same work: the row is void.
   */
  readonly answer: number
  /** Bytes, or null where the system does not tell. */
  readonly peakRss: number | null
  /** The event loop's delay meanwhile, 99th percentile in milliseconds; where that is of interest. */
  readonly loopDelay?: number
  /** The event loop's longest delay meanwhile, in milliseconds; likewise. */
  readonly loopStall?: number
  /** Mapped and lingering bytes of its managers at the end, where that is of interest. */
  readonly mapped?: number
}

/** What a contender's rounds come to: medians. */
export interface Median extends Omit<Sample, 'answer'> {
  /** The least and the most of the values. */
  readonly least: number
  readonly most: number
}

/** Why something has no figure: what it needs is not to be had here. */
export class MissingError extends Error {}

export type Contender = NodeContender | ProgramContender | CommandContender

interface Named {
  readonly name: string
  /**
   * Where a row holds several sizes of its work: which one this is. Only contenders of one task share an
   * answer.
   */
  readonly task?: string
}

/** JavaScript, called as `run(input)` in a fresh Node process. */
export interface NodeContender extends Named {
  readonly run: (input: Input) => Sample | Promise<Sample>
  /** What `run` loads besides Node. */
  readonly needs?: 'mmap-io'
}

/** A program in another language that prints a {@link Sample} as JSON. */
export interface ProgramContender extends Named {
  readonly tool: Tool
  readonly args: (input: Input) => readonly string[]
}

/** A command-line tool, measured from its start to its end. Its row's input has the file's `size`. */
export interface CommandContender extends Named {
  readonly command: CommandTool
  readonly args: (input: Input) => readonly string[]
  /** What the work computed, by what was printed. */
  readonly answer: (stdout: string) => number
}

/** Ours as it is built; the system's; `rg` and `b3sum` from crates.io. */
export type CommandTool = 'smmap' | 'grep' | 'wc' | 'sha256sum' | 'rg' | 'b3sum'

/**
 * `python`, `bun`: `args` begin with a file of `rivals/`. `limit`: the example of the core crate. `mmap-io`:
 * the npm package.
 */
export type Tool = 'python' | 'bun' | 'limit' | 'mmap-io'

/** The size of a run: the full one of the docs, or a small one that shows that everything works. */
export interface Scale {
  readonly smoke: boolean
  /** Where large files are made, and found again by the next run. */
  readonly folder: string
}

/** The median of a contender's rounds, by the contender's name. */
export type Medians = ReadonlyMap<string, Median>

export interface Goal {
  readonly text: string
  /** The figure as shown and whether it is good enough; undefined when a rival it needs was not measured. */
  readonly judge: (medians: Medians) => { figure: string; reached: boolean } | undefined
}

/** Starts a tool with arguments and waits for its end. @throws {MissingError} when it is missing. */
export type ToolRunner = (tool: Tool, args: readonly string[]) => Promise<void>

export interface Row {
  readonly id: string
  /** The work, as a title. */
  readonly work: string
  readonly unit: Unit
  /** @throws {MissingError} where the machine lacks what the row is about: no contender has a figure then. */
  readonly setup: (scale: Scale) => Promise<Input>
  /** Done before each run of each contender, unmeasured. */
  readonly beforeEach?: (input: Input, tools: ToolRunner) => Promise<void>
  /** Done after the last round. */
  readonly cleanUp?: (input: Input) => Promise<void>
  /** The first is the one the goals speak of, unless they name another. */
  readonly ours: readonly Contender[]
  readonly rivals: readonly Contender[]
  readonly goals: readonly Goal[]
}

/** True where a smaller figure is the better one. */
export function lessIsBetter(unit: Unit): boolean {
  return unit === 'ns per operation'
}
