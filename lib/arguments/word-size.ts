/**
 * @file Knows how wide a pointer is here; apart from the other constants so that whoever checks options needs
 * no binary.
 */

// Node tells the architecture it was built for, not its width. The 32-bit ones are a closed list: new ones
// are wider.
const NARROW: ReadonlySet<string> = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'])

/**
 * Whether this process has 64-bit addresses: room for windows of gigabytes.
 *
 * It is the process that counts, not the machine: a 32-bit Node on a 64-bit system says `false`.
 */
export function is64Bit(): boolean {
  return !NARROW.has(process.arch)
}
