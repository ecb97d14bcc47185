/** @file What a figure was measured on. Ratios travel; nanoseconds do not. */
import { statfsSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly system: string
  readonly processor: string
  readonly cores: number
  readonly memory: number
  readonly node: string
  readonly fileSystem: string
}

/** statfs(2) names file systems by number; these are the ones a benchmark is likely to meet. */
const fileSystems = new Map([
  [0xef53, 'ext4'],
  [0x01021994, 'tmpfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
])

/** The machine, and the file system `folder` lies on. */
export function machine(folder: string): Machine {
  const kind = statfsSync(folder).type
  return {
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    node: process.version,
    fileSystem: fileSystems.get(kind) ?? `0x${kind.toString(16)}`,
  }
}
