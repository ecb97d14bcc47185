// Pulls the rug from under scans at work on the thread pool.
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, collectGarbage, countMappings, makeFile, settles, sleep } = require('./kit.cjs')

const [way] = process.argv.slice(2)
const { path, bytes } = makeFile(64 * MIB)

const ways = {
  close: (manager) => manager.close(),
  detach: (manager) => manager.close({ detach: true }),
  forceUnmap: (manager) => manager.forceUnmap(path),
  collect: (manager) => manager.collect(),
  abort: (_manager, controller) => controller.abort(),
  drop: () => collectGarbage(),
}

/**
 * How scans end that are disturbed after that many milliseconds: done and right, refused with a code, or
 * wrong.
 */
async function disturb(milliseconds) {
  const manager = new SlidingWindowMapManager({ windowSize: 8 * MIB, maxMemorySize: 16 * MIB })
  const controller = new AbortController()
  const scans = [1, 2, 3].map(() =>
    scan(manager, path, { find: bytes.subarray(-16), signal: controller.signal }),
  )
  const ends = Promise.allSettled(scans)
  await sleep(milliseconds)
  await ways[way](manager, controller)
  return (await ends).map(({ value, reason }) => {
    if (value === undefined) return reason.code === 20 ? 'aborted' : (reason.code ?? String(reason))
    return value.bytes === bytes.length && value.offsets[0] === bytes.length - 16 ? 'right' : 'wrong'
  })
}

async function main() {
  const ends = new Set()
  for (const milliseconds of [0, 1, 5, 20]) for (const end of await disturb(milliseconds)) ends.add(end)
  const letGo = await settles(() => countMappings(path) === 0)
  answer({ ends: [...ends].toSorted().join(), letGo })
}

main()
