// A session that uses every way to the system: paths and descriptors, windows and whole files, views, copies,
// searches, a scan, regions by hand, lists, checks, force. Each step can be taken again when it failed.
const assert = require('node:assert/strict')
const { closeSync, openSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const smmap = require('smmap')
const { System } = require('./system.cjs')

const PAGE = smmap.ALLOCATIONGRANULARITY
const WINDOW = 4 * PAGE

class Session {
  constructor(folder, kind, zeroCopy) {
    const Manager = kind === 'static' ? smmap.StaticWindowMapManager : smmap.SlidingWindowMapManager
    const windowSize = kind === 'static' ? 0 : WINDOW
    this.manager = new Manager({ windowSize, maxMemorySize: 6 * WINDOW, zeroCopy })
    this.paths = ['a', 'b', 'c', 'd'].map((name) => join(folder, name))
    this.bytes = this.paths.map((path) => readFileSync(path))
    /** The caller's own, of b and d. */
    this.fds = [1, 3].map((file) => openSync(this.paths[file], 'r'))
    this.cursors = {}
    this.byHand = {}
  }

  cursor(name, target) {
    return (this.cursors[name] ??= this.manager.makeCursor(target))
  }

  /** The bytes a cursor shows are those of file number `file`. */
  see(file, cursor) {
    assert.ok(cursor.isValid)
    assert.ok(
      cursor.buffer().equals(this.bytes[file].subarray(cursor.ofsBegin, cursor.ofsEnd)),
      'wrong bytes',
    )
  }

  /**
   * Where the counters contradict the kernel, or what the program holds; `expected`: how many cursors hold a
   * file.
   */
  contradictions(expected) {
    const { mappedMemorySize, lingeringBytes, numUsedRegions, numOpenCursors } = this.manager.stats()
    const system = new System()
    const held = Object.values(this.cursors).filter((cursor) => cursor.isValid)
    const used = new Set(held.map((cursor) => cursor.region)).size
    // File d is only mapped by hand.
    const mapped = this.paths.slice(0, 3).reduce((sum, path) => sum + system.mappedBytes(path), 0)
    const pairs = [
      ['bytes mapped', mappedMemorySize + lingeringBytes, mapped],
      ['regions used', numUsedRegions, used],
      ['cursors', numOpenCursors, expected ?? numOpenCursors],
      ...this.paths.map((path, file) => ['too many descriptors', 0, this.#surplus(system, path, file)]),
    ]
    return pairs.filter(([, ours, theirs]) => ours !== theirs).map((pair) => pair.join(', '))
  }

  /** Descriptors beyond the one that a manager keeps of a file, and the caller's. */
  #surplus(system, path, file) {
    const managers = file === 3 ? 0 : 1
    const callers = file % 2
    return Math.max(0, system.descriptors(path) - managers - callers)
  }

  /** Lets go of everything; what the manager then still counts. */
  end() {
    for (const cursor of Object.values(this.cursors)) cursor.close()
    for (const region of Object.values(this.byHand)) region.release()
    for (const fd of this.fds) closeSync(fd)
    this.manager.collect()
    const left = this.manager.stats()
    this.manager.close()
    return left
  }
}

/** `cursors`: how many hold a file when the step has been taken. */
const steps = [
  step('use a path', 1, (s) => s.see(0, s.cursor('a', s.paths[0]).useRegion(0))),
  step('use a descriptor', 2, (s) => s.see(1, s.cursor('b', s.fds[0]).useRegion(WINDOW))),
  step('move', 2, (s) => s.see(0, s.cursors.a.useRegion(2 * WINDOW))),
  step('copy a cursor', 3, (s) => {
    s.cursors.copy ??= s.cursors.a.copy()
    s.see(0, s.cursors.copy.useRegion(WINDOW))
  }),
  step('use a file again', 4, (s) => s.see(0, s.cursor('again', s.paths[0]).useRegion(0))),
  step('read on', 5, (s) => {
    const cursor = s.cursor('c', s.paths[2])
    for (let at = 0; at < s.bytes[2].length; at += WINDOW) s.see(2, cursor.useRegion(at))
  }),
  step('check', 5, ({ cursors }) => {
    cursors.a.check()
    cursors.b.check()
  }),
  step('read a long buffer', 6, (s) => {
    const buffer = new smmap.SlidingWindowMapBuffer(s.cursor('buffer', s.paths[1]))
    assert.ok(buffer.slice(10, 2 * WINDOW).equals(s.bytes[1].subarray(10, 2 * WINDOW)))
    assert.equal(buffer.readDoubleLE(WINDOW), s.bytes[1].readDoubleLE(WINDOW))
    assert.equal(buffer.indexOf(s.bytes[1].subarray(-50)), s.bytes[1].length - 50)
  }),
  step('scan', 6, async (s) => {
    const find = s.bytes[2].subarray(WINDOW - 20, WINDOW + 20)
    assert.deepEqual((await smmap.scan(s.manager, s.paths[2], { find })).offsets, [WINDOW - 20])
  }),
  step('map by hand', 6, ({ byHand, paths, fds, bytes }) => {
    byHand.path ??= new smmap.MapRegion(paths[3], 0)
    byHand.fd ??= new smmap.MapRegion(fds[1], PAGE, PAGE)
    assert.ok(byHand.path.buffer().equals(bytes[3]))
    assert.ok(byHand.fd.buffer().equals(bytes[3].subarray(PAGE, 2 * PAGE)))
  }),
  step('list regions', 6, ({ manager, paths, cursors, fds }) => {
    const [ofA, ofB] = [Array.from(manager.regionList(paths[0])), Array.from(manager.regionList(fds[0]))]
    // A file that cannot be looked up has an empty list.
    assert.ok(ofA.length === 0 || ofA.includes(cursors.a.region))
    assert.ok(ofB.length === 0 || ofB.includes(cursors.b.region))
  }),
  step('close two', 4, ({ cursors }) => {
    cursors.again.close()
    cursors.copy.close()
  }),
  step('collect', 4, ({ manager }) => void manager.collect()),
  step('force', 4, (s) => {
    s.manager.forceUnmap(s.paths[0])
    assert.equal(s.cursors.a.isValid, false)
    s.see(0, s.cursors.a.useRegion(WINDOW))
  }),
]

function step(name, cursors, run) {
  return { name, cursors, run }
}

module.exports = { Session, steps }
