/**
 * @file Bun's own maps: bun.mjs hit PATH SPAN SPANS · bun.mjs random-mapped PATH PLACES SIZE. Measures as
 * measure.ts does.
 */
import { readFileSync } from 'node:fs'

const isBrief = process.env.SMMAP_BENCHMARK_BRIEF !== undefined
const WARM_UP = isBrief ? 5_000 : 100_000
const MIN_NANOSECONDS = isBrief ? 5e6 : 300e6
const PAGE = 4096

const ways = {
  hit: (path, span, spans) => {
    const buffer = mapped(path)
    return nanosecondsPerStep((count) => {
      let sum = 0
      for (let i = 0; i < count; i++) {
        const offset = (i % spans) * span
        sum += buffer.subarray(offset, offset + Number(span))[0]
      }
      return sum
    })
  },
  'random-mapped': (path, drawn, size) => {
    const [buffer, places] = [mapped(path), new Uint32Array(readFileSync(drawn).buffer)]
    for (let place = 0; place < size; place += PAGE) buffer.readUInt32LE(place)
    return nanosecondsPerStep((count) => {
      let sum = 0
      for (let i = 0; i < count; i++) sum += buffer.readUInt32LE(places[i % places.length])
      return sum
    })
  },
}

/** The whole file, as Bun maps it. */
function mapped(path) {
  const bytes = Bun.mmap(path)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function nanosecondsPerStep(run) {
  run(WARM_UP)
  const warmedUp = process.hrtime.bigint()
  const answer = run(WARM_UP)
  const count = Math.ceil(MIN_NANOSECONDS / (Number(process.hrtime.bigint() - warmedUp) / WARM_UP))
  const start = process.hrtime.bigint()
  run(count)
  return { value: Number(process.hrtime.bigint() - start) / count, answer, peakRss: peakRss() }
}

/** Bytes; VmHWM for the reason measure.ts gives, and null elsewhere than on Linux. */
function peakRss() {
  if (process.platform !== 'linux') return null
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  return Number(found[1]) * 1024
}

const [way, ...args] = process.argv.slice(2)
process.stdout.write(JSON.stringify(ways[way](...args)))
