/**
 * @file Knows how wide a pointer is in this process. A file of its own, so that options can be checked
 * without the native binary.
 */

// Node reports the architecture it was built for, not its width. The list of 32-bit ones is complete: new
// architectures are wider.
const NARROW: ReadonlySet<string> = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'])

/**
 * Whether this process has 64-bit addresses: room for windows of gigabytes.
 *
 * It is the process that counts, not the machine: a 32-bit Node on a 64-bit system says `false`.
 */
export function is64Bit(): boolean {
  return !NARROW.has(process.arch)
}
