/**
 * @file The rival mmap-io, which the harness installs beside the Python rivals. It takes offsets below 2 GiB
 * only.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { mmapIoFolder } from './harness/folders'

/** As much of the package as the rows use. */
export interface MmapIo {
  readonly PROT_READ: number
  readonly MAP_SHARED: number
  map(size: number, protection: number, flags: number, fd: number, offset: number): Buffer
}

export function mmapIo(): MmapIo {
  return createRequire(join(mmapIoFolder, 'package.json'))('mmap-io') as MmapIo
}

/** `size` bytes of a file, mapped until the Buffer is collected. */
export function mapped(
  { map, PROT_READ, MAP_SHARED }: MmapIo,
  fd: number,
  offset: number,
  size: number,
): Buffer {
  return map(size, PROT_READ, MAP_SHARED, fd, offset)
}
