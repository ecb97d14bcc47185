/** @file Where the benchmark's files lie. The compiled files are one folder (dist) below the sources. */
import { dirname, join } from 'node:path'

/** `benchmark/` itself. */
export const benchmarkFolder: string = dirname(dirname(__dirname))
export const projectFolder: string = dirname(benchmarkFolder)
export const rivalsFolder: string = join(benchmarkFolder, 'rivals')
export const mmapIoFolder: string = join(rivalsFolder, 'mmap-io')
export const childProgram: string = join(benchmarkFolder, 'dist', 'child.js')
export const cargoToolsFolder: string = join(benchmarkFolder, '.tools')
