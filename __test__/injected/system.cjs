// What the kernel says of this process's mappings and descriptors at one moment.
const { readdirSync, readFileSync, readlinkSync } = require('node:fs')

class System {
  #maps = readFileSync('/proc/self/maps', 'utf8').split('\n')
  #targets = readdirSync('/proc/self/fd').map(targetOf)

  /** Bytes mapped of the file, or of the files in the folder, in whole pages. */
  mappedBytes(path) {
    let bytes = 0
    for (const line of this.#maps) {
      if (!line.includes(path)) continue
      const [begin, end] = /^(\w+)-(\w+)/.exec(line).slice(1)
      bytes += Number.parseInt(end, 16) - Number.parseInt(begin, 16)
    }
    return bytes
  }

  /** Descriptors of the file, or of the files in the folder. */
  descriptors(path) {
    return this.#targets.filter((target) => target.startsWith(path)).length
  }
}

function targetOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // The one that was open to list them.
    return ''
  }
}

module.exports = { System }
