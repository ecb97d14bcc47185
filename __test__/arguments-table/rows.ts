/** @file Which argument of which public method is of which kind. Knows no answer. */
import {
  follow,
  GreedyMemmapManager,
  LineIndex,
  MapRegion,
  MapRegionList,
  MapWindow,
  open,
  scan,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  TilingMemmapManager,
  alignToMmap,
  is64Bit,
} from 'smmap'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as adapters from 'smmap/adapters'
import * as kinds from './kinds.js'

const { index, needle, target, pattern, signal, handler, flag, options, integer, signed, place, loose } =
  kinds

/** What is new for each call. */
export interface Subject {
  readonly path: string
  readonly manager: SlidingWindowMapManager
  readonly tiling: TilingMemmapManager
  readonly buffer: SlidingWindowMapBuffer
  readonly lines: LineIndex
}

/** An object whose methods are called, or what makes one, and the kinds of each method's arguments. */
export interface Row {
  readonly name: string
  /** Whose gaps are known in one list with those of other rows. */
  readonly kind?: string
  readonly make: (subject: Subject) => unknown
  readonly methods: Readonly<Record<string, readonly kinds.Kind[]>>
}

const work = { signal, onProgress: handler }
const range = { start: kinds.edge(0), end: kinds.edge(1) }
const search = { ...range, threads: integer(1), ...work }
const grep = { ...search, ignoreCase: flag, invert: flag, maxCount: integer(1, 'Infinity') }
const grepLines = {
  ...grep,
  before: integer(0, 'Infinity'),
  after: integer(0, 'Infinity'),
  numbers: flag,
  matches: flag,
}
const stretch = { ...range, ...work }
/** Where an index is kept. */
const INDEX = join(mkdtempSync(join(tmpdir(), 'smmap-test-')), 'index')
process.once('exit', () => rmSync(dirname(INDEX), { recursive: true, force: true }))
const indexedLine = { ...work, encoding: kinds.wordOrNull('utf8'), keepEnding: flag }
const none: readonly kinds.Kind[] = []

const NUMBERS = ['8', '16LE', '16BE', '32LE', '32BE'].flatMap((name) => [
  `readUInt${name}`,
  `readUint${name}`,
  `readInt${name}`,
])
const BIG_NUMBERS = ['LE', 'BE'].flatMap((end) => [
  `readBigUInt64${end}`,
  `readBigUint64${end}`,
  `readBigInt64${end}`,
  `readFloat${end}`,
  `readDouble${end}`,
])
const ODD_NUMBERS = ['LE', 'BE'].flatMap((end) => [`readUInt${end}`, `readUint${end}`, `readInt${end}`])

/** What all long buffers have. */
const longBuffer: Row['methods'] = {
  at: [index],
  slice: [index, index],
  subarray: [index, index],
  copy: [target, loose(0), loose(0), loose(4)],
  array: [kinds.typedArray, integer(0), integer(1)],
  toString: [kinds.nameOf('utf8'), index, index],
  indexOf: [needle, loose(0), kinds.nameOf('utf8')],
  lastIndexOf: [needle, loose(0), kinds.nameOf('utf8')],
  includes: [needle, loose(0), kinds.nameOf('utf8')],
  ...Object.fromEntries([...NUMBERS, ...BIG_NUMBERS].map((name) => [name, [place(0)]])),
  ...Object.fromEntries(ODD_NUMBERS.map((name) => [name, [place(0), place(4)]])),
  chunks: [options({ ...stretch, size: integer(64) })],
  lines: [options({ ...stretch, encoding: kinds.wordOrNull('utf8'), asRanges: flag, keepEnding: flag })],
  createReadStream: [
    options({
      start: integer(0),
      end: integer(1, 'Infinity'),
      highWaterMark: integer(64),
      encoding: kinds.nameOf('utf8'),
      signal,
    }),
  ],
  toWebStream: [options(stretch)],
  prefetch: [options(stretch)],
  read: [integer(0), integer(4, 'Infinity'), options(work)],
  residency: [options(stretch)],
  splitRanges: [integer(2), options({ ...stretch, delimiter: kinds.bytes })],
  find: [pattern, options(search)],
  findAll: [pattern, options(search)],
  findMatches: [pattern, options(search)],
  count: [pattern, options(search)],
  countLines: [options(search)],
  lineIndex: [options({ ...search, every: integer(8), file: kinds.optional(kinds.path(INDEX)) })],
  offsetOfLine: [integer(1), options(search)],
  grep: [pattern, options(grepLines)],
  grepBatches: [pattern, options(grepLines)],
  countMatchingLines: [pattern, options(grep)],
  hash: [kinds.nameOf('sha256'), options(search)],
  includesOfs: [signed(0)],
  valueOf: none,
  close: none,
}

const ofManager = {
  windowSize: kinds.signed(4096),
  maxMemorySize: integer(0, 'Infinity'),
  maxOpenHandles: integer(1, 'Infinity'),
  strict: flag,
  guard: flag,
  zeroCopy: kinds.word('auto'),
  access: kinds.word('auto'),
  advice: kinds.word('normal'),
}
const managerOptions = options(ofManager)
const openOptions = options({
  ...ofManager,
  offset: integer(0),
  size: integer(1, 'Infinity'),
  manager: kinds.manager(undefined),
})

const anyManager: Row['methods'] = {
  stats: none,
  trace: [options({ capacity: integer(8, 'Infinity'), hits: flag })],
  regionList: [kinds.file(import.meta.filename ?? '/')],
  collect: none,
  share: none,
  forceUnmap: [kinds.path('/nowhere')],
  forceMapHandleRemovalWin: [kinds.path('/nowhere')],
  close: [options({ detach: flag })],
}

/** Kept, so that it can be had. */
const shared = { windows: new SlidingWindowMapManager(), files: new StaticWindowMapManager() }

const sharing: Row[] = [
  ...[SlidingWindowMapManager, TilingMemmapManager].map((of) => ({ of, manager: shared.windows })),
  ...[StaticWindowMapManager, GreedyMemmapManager].map((of) => ({ of, manager: shared.files })),
].map(({ of, manager }) => ({
  name: `${of.name} (static)`,
  make: () => of,
  methods: { from: [kinds.object(manager.share())] },
}))

/**
 * Every function, class and object that the package gives, with its methods.
 *
 * @param file - A file of some lines.
 * @param growing - A file that is written to all the time, so that nobody waits for more of it for long.
 */
export function rowsOf(file: string, growing: string): Row[] {
  const pathOrFd = kinds.file(file)
  return [
    {
      name: 'smmap',
      make: () => ({ alignToMmap, is64Bit, open, scan, follow }),
      methods: {
        open: [pathOrFd, openOptions],
        alignToMmap: [signed(1), flag],
        is64Bit: none,
        scan: [
          kinds.manager(new SlidingWindowMapManager()),
          pathOrFd,
          options({ ...search, find: kinds.optional(pattern), maxOffsets: integer(1, 'Infinity') }),
        ],
        follow: [
          kinds.path(growing),
          options({ from: integer(0), wholeLines: flag, interval: integer(10), signal }, soon),
        ],
      },
    },
    ...newRows(pathOrFd),
    ...managerRows(pathOrFd),
    ...cursorRows(),
    ...regionRows(file),
    ...adapterRows(),
  ]
}

function managerRows(pathOrFd: kinds.Kind): Row[] {
  const span = { offset: integer(0), size: integer(4), flags: integer(0) }
  const windows = { ...anyManager, makeCursor: [pathOrFd] }
  const spans = { ...anyManager, makeCursor: [pathOrFd, options({ ...span, sliding: flag })] }
  const kind = 'a manager'
  return [
    { name: 'SlidingWindowMapManager', kind, make: (it) => it.manager, methods: windows },
    { name: 'StaticWindowMapManager', kind, make: () => new StaticWindowMapManager(), methods: windows },
    { name: 'TilingMemmapManager', kind: `${kind} of spans`, make: (it) => it.tiling, methods: spans },
    {
      name: 'GreedyMemmapManager',
      kind: `${kind} of spans`,
      make: () => new GreedyMemmapManager(),
      methods: spans,
    },
  ]
}

/** Constructors, as methods named `new`. */
function newRows(pathOrFd: kinds.Kind): Row[] {
  const make = (Class: new (...args: never[]) => unknown) => () => ({
    new: (...args: unknown[]) => Reflect.construct(Class, args) as unknown,
  })
  const managers = [SlidingWindowMapManager, StaticWindowMapManager, TilingMemmapManager, GreedyMemmapManager]
  return [
    ...managers.map((Class) => ({
      name: `new ${Class.name}`,
      kind: 'a new manager',
      make: make(Class),
      methods: { new: [managerOptions] },
    })),
    { name: 'new MapWindow', make: make(MapWindow), methods: { new: [integer(0), integer(1)] } },
    {
      name: 'new MapRegion',
      make: make(MapRegion),
      methods: { new: [pathOrFd, integer(0), integer(1), integer(0)] },
    },
    { name: 'new MapRegionList', make: make(MapRegionList), methods: { new: [pathOrFd] } },
    {
      name: 'new SlidingWindowMapBuffer',
      make: make(SlidingWindowMapBuffer),
      methods: { new: [kinds.cursor(null, true), integer(0), integer(1, 'Infinity'), integer(0)] },
    },
  ]
}

function cursorRows(): Row[] {
  return [
    {
      name: 'WindowCursor',
      make: (it) => it.manager.makeCursor(it.path).useRegion(0, 4),
      methods: {
        useRegion: [integer(0), integer(1), integer(0)],
        includesOfs: [signed(0)],
        assign: [kinds.cursor(new SlidingWindowMapManager().makeCursor('x'), false)],
        check: [options({ mayGrow: flag })],
        ...Object.fromEntries(['unuseRegion', 'buffer', 'map', 'copy', 'close'].map((name) => [name, none])),
      },
    },
    {
      name: 'FixedCursor',
      make: (it) => it.tiling.makeCursor(it.path),
      methods: {
        includesOfs: [signed(0)],
        makeCursor: [integer(0), integer(1)],
        nextCursor: [integer(0), integer(1)],
        ...Object.fromEntries(['buffer', 'close', 'release'].map((name) => [name, none])),
      },
    },
    {
      name: 'SlidingCursor',
      kind: 'a long buffer',
      make: (it) => it.tiling.makeCursor(it.path, { sliding: true }),
      methods: longBuffer,
    },
    {
      name: 'LongBuffer',
      kind: 'a long buffer',
      make: (it) => open(it.path, { manager: it.manager }),
      methods: longBuffer,
    },
    {
      name: 'SlidingWindowMapBuffer',
      kind: 'a long buffer',
      make: (it) => it.buffer,
      methods: {
        ...longBuffer,
        beginAccess: [kinds.cursor(undefined, true), integer(0), integer(1, 'Infinity'), integer(0)],
        endAccess: none,
      },
    },
  ]
}

function regionRows(file: string): Row[] {
  const neighbour = kinds.object(new MapWindow(0, 1))
  return [
    {
      name: 'MapWindow',
      make: () => new MapWindow(100, 10),
      methods: {
        align: none,
        extendLeftTo: [neighbour, integer(8, 'Infinity')],
        extendRightTo: [neighbour, integer(8, 'Infinity')],
      },
    },
    {
      name: 'MapWindow (static)',
      make: () => MapWindow,
      methods: { fromRegion: [kinds.object({ ofsBegin: 0, size: 1 })] },
    },
    {
      name: 'MapRegion',
      make: () => new MapRegion(file, 0, 0),
      methods: {
        includesOfs: [signed(0)],
        incrementClientCount: [signed(1)],
        ...Object.fromEntries(['buffer', 'map', 'release'].map((name) => [name, none])),
      },
    },
    { name: 'MapRegionList', make: () => new MapRegionList(file), methods: { at: [signed(0)] } },
    {
      name: 'LineIndex',
      make: (it) => it.lines,
      methods: {
        offsetOf: [integer(0), options(work)],
        line: [integer(0), options(indexedLine)],
        lines: [kinds.edge(0), kinds.edge(1), options(indexedLine)],
        save: none,
      },
    },
    {
      name: 'LineIndex (static)',
      make: (it) => ({ load: (saved: Buffer, reader: never) => LineIndex.load(saved, reader ?? it.buffer) }),
      methods: { load: [kinds.savedBytes(Buffer.alloc(200)), loose(undefined)] },
    },
    {
      name: 'Trace',
      make: (it) => it.manager.trace(),
      methods: { stop: none, toJSON: none },
    },
    ...sharing,
    { name: 'Iteration', make: (it) => it.buffer.chunks(), methods: {} },
  ]
}

function adapterRows(): Row[] {
  const source = kinds.object(Buffer.from('abcd'))
  return [
    {
      name: 'smmap/adapters',
      make: () => ({ ...adapters }),
      methods: {
        wholeBuffer: [source],
        hyparquetBuffer: [source],
        pmtilesSource: [source, kinds.nameOf('key')],
        unzipitReader: [source],
        yauzlReader: [source],
      },
    },
  ]
}

/** Ends what would wait for ever. */
function soon(): object {
  return { signal: AbortSignal.timeout(20) }
}
