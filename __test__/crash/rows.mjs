/** @file The matrix: what each row must end in. Knows the rows' answers, not how they come by them. */

import { atMost, oneOf } from './outcome.mjs'

const NODE = ['node20', 'node22', 'node24', 'node26']
const ALL = [...NODE, 'bun', 'deno']
/**
 * Where views lie over the file. In Deno they are copies: what is said of views, or of reading them, makes no
 * sense there.
 */
const VIEWS = [...NODE, 'bun']
const TRUNCATED = 'ERR_SMMAP_FILE_TRUNCATED'
/** What Node refuses to transfer of ours; `transfer()` it allows. */
const REFUSED = 'structuredClone,postMessage'
const NO_FILE = 'ERR_SMMAP_NOT_REGULAR_FILE'

const lasting = [
  row('views outlive close, evict, collect, manager and garbage collection', 'views-kept', [], ALL, {
    answer: { count: 45, wrong: [], letGo: true },
    // Bun had not given everything back after two seconds of garbage collection.
    on: { bun: { answer: { count: 45, wrong: [], letGo: oneOf(true, false) } } },
  }),
  ...['socket', 'file'].map((way) =>
    row(`views queued in a ${way}`, 'views-queued', [way], ALL, { answer: { arrived: 64, right: true } }),
  ),
  ...['gzip', 'digest', 'scrypt', 'pbkdf2', 'write'].map((kind) =>
    row(`8 views under background ${kind}`, 'views-in-background', [kind], ALL, { answer: { right: 8 } }),
  ),
  ...['auto', 'never'].map((zeroCopy) =>
    row(`views written to, zeroCopy ${zeroCopy}`, 'written-to', [zeroCopy], ALL, {
      answer: { refused: [], seen: [1, 7, 'text'], fileKept: true },
    }),
  ),
]

const emptied = ['forceUnmap', 'detach'].map((way) =>
  row(`views emptied by ${way}`, 'views-emptied', [way], VIEWS, {
    answer: {
      lengths: [0, 0, 0, 0],
      undefinedOnes: 4,
      texts: '',
      mapped: 0,
      valid: 0,
      right: true,
      afterwards: [0, 0, 0, 0],
    },
  }),
)

const transferred = [
  row('memory of views transferred', 'transfer', [], ALL, {
    answer: { refused: oneOf('', REFUSED), notAgain: [], wrong: [], letGo: true },
    on: {
      bun: { answer: { refused: oneOf('', REFUSED), notAgain: [], wrong: [], letGo: oneOf(true, false) } },
    },
  }),
  ...['clone', 'transfer'].flatMap((way) =>
    ['end', 'exit', 'terminate'].map((end) =>
      row(
        `memory out of a worker: ${way}, then ${end}`,
        'transfer-from-worker',
        [way, end],
        withTransfer(way),
        {
          answer: { wrong: 0 },
        },
      ),
    ),
  ),
]

const ended = [
  ...['reading', 'scanning', 'gzipping'].map((kind) =>
    row(`workers terminated while ${kind}`, 'worker-terminated', [kind], VIEWS, {
      answer: { right: true, mappings: 0 },
      // There its views stay, since nobody can tell whether they were moved: as many as may linger, and what
      // is cached.
      on: { bun: { answer: { right: true, mappings: atMost(kind === 'scanning' ? 0 : 1024 + 4) } } },
    }),
  ),
  row('addon of an ended worker loaded again', 'worker-only', ['loaded'], VIEWS, {
    answer: { right: true, zero: 0, code: TRUNCATED },
  }),
  row('SIGBUS after the only worker with the addon ended', 'worker-only', ['killed'], NODE, {
    signal: 'SIGBUS',
  }),
  ...Object.entries({ exit: 7, throw: 1, reject: 1, end: 0, busy: 7, worker: 7 }).map(([way, exit]) =>
    row(`exit with live views: ${way}`, 'exit-live', [way], ALL, { exit, answer: { first: true } }),
  ),
  row('workers exit with live views', 'exit-worker', [], ALL, {
    answer: { ends: [7, 1, 0], letGo: true, right: true },
  }),
  ...Object.entries({
    close: oneOf('right', 'ERR_SMMAP_CLOSED', 'ERR_SMMAP_CLOSED,right'),
    detach: oneOf('right', 'ERR_SMMAP_CLOSED', 'ERR_SMMAP_CLOSED,right'),
    forceUnmap: oneOf('right'),
    collect: oneOf('right'),
    abort: oneOf('aborted', 'aborted,right'),
    drop: oneOf('right'),
  }).map(([way, ends]) =>
    row(`scans at work: ${way}`, 'scan-interrupted', [way], ALL, { answer: { ends, letGo: true } }),
  ),
]

const many = [
  row('65,536 windows of 1 TiB exposed in one loop', 'many-windows', [], ALL, {
    answer: {
      wrong: 0,
      keptWrong: 0,
      mappings: atMost(60_000),
      resident: atMost(600),
      lingeringRegions: atMost(2),
      lingeringBytes: atMost(2 ** 25),
    },
  }),
  ...['cursors', 'managers'].map((kind) =>
    row(`100,000 ${kind} never closed`, 'dropped', [kind], VIEWS, {
      answer: {
        grownMiB: atMost(16),
        numOpenCursors: 0,
        numUsedRegions: 0,
        mappedMemorySize: 0,
        numOpenFiles: 0,
        lingeringRegions: 0,
        mappings: 0,
      },
    }),
  ),
  row('30,000 misses, each with a view', 'churn', [], ALL, {
    answer: {
      wrong: 0,
      misses: 30_000,
      mappedMemorySize: atMost(8 * 2 ** 20),
      lingeringRegions: 0,
      // The limit and one window: what garbage keeps mapped counts.
      mappings: atMost(9),
      resident: atMost(400),
      left: 0,
    },
  }),
]

const truncated = [
  ...['loop', 'indexOf', 'copy', 'hash', 'write', 'digest', 'gzip'].map((way) =>
    row(`truncated while read: ${way}`, 'truncated', [way], VIEWS, {
      answer: {
        notNext: [],
        notLater: [],
        headKept: true,
        freshRight: true,
        scanned: null,
        guard: 'active',
      },
    }),
  ),
  ...[1, 4].map((count) =>
    row(`truncated while read: ${count} workers`, 'truncated-in-workers', [String(count)], VIEWS, {
      answer: {
        codes: Array(count).fill(TRUNCATED),
        guards: Array(count).fill('active'),
        own: TRUNCATED,
        zero: 0,
        headKept: true,
        freshRight: true,
      },
    }),
  ),
  ...['between', 'within'].map((when) =>
    row(`truncated ${when} turns of a scan`, 'truncated-in-scan', [when], ALL, {
      answer: { code: TRUNCATED, again: true, numUsedRegions: 0, numOpenCursors: 0 },
    }),
  ),
  ...['auto', 'never'].map((zeroCopy) =>
    row(`truncated under our own reading, zeroCopy ${zeroCopy}`, 'truncated-own-reading', [zeroCopy], ALL, {
      answer: { silent: {} },
    }),
  ),
  row('truncated inside the last page', 'changed', ['lastPage'], VIEWS, {
    answer: { before: null, zero: 0, check: TRUNCATED },
  }),
  row('truncated and grown again', 'changed', ['regrown'], VIEWS, {
    answer: { before: null, zero: 0, check: 'ERR_SMMAP_FILE_CHANGED' },
  }),
  row('truncated and written on beyond its old end', 'changed', ['copytruncated'], NODE, {
    answer: { before: null, zero: 0, check: oneOf(TRUNCATED, 'ERR_SMMAP_FILE_CHANGED') },
  }),
  ...['forgiven', 'insidePage', 'otherFault'].flatMap((how) =>
    ['map', 'auto', 'read'].map((access) =>
      row(`zeros never read as bytes: ${how}, access ${access}`, 'zeros', [how, access], NODE, {
        answer: { silent: {} },
      }),
    ),
  ),
  row('one page that cannot be had', 'one-page-lost', [], NODE, {
    answer: { told: true, tail: oneOf(null, 'EIO') },
  }),
]

/** Memory that our own code sees: it must not go while it is seen, nor reach a program. */
const seen = [
  ...['end', 'known', 'garbage', 'list'].map((how) =>
    row(`regions given back under a cursor: ${how}`, 'released', [how], NODE, {
      answer: { read: [7, 7, 0x07070707, 7, 7] },
    }),
  ),
  row("what a program's own code is handed", 'handed-out', [], NODE, {
    answer: { copied: Array(10).fill(7), others: [] },
  }),
  ...['map', 'auto', 'read'].map((access) =>
    row(`a buffer moved by its own argument, access ${access}`, 'moved-within', [access], NODE, {
      seconds: 15,
      answer: { wrong: [] },
    }),
  ),
  ...['end', 'exit', 'throw'].map((how) =>
    row(`memory moved in a later exit handler: ${how}`, 'moved-in-late-exit', [how], withTransferOn(NODE), {
      answer: { right: true },
    }),
  ),
]

const stopped = [
  row('a regular expression of minutes: abort', 'job-stops', ['abort'], NODE, {
    answer: { name: 'TimeoutError', isSoon: true },
  }),
  row('a regular expression of minutes: exit', 'job-stops', ['exit'], NODE, { answer: { exits: true } }),
  row('a regular expression of minutes: terminate', 'job-stops', ['terminate'], NODE, {
    answer: { isSoon: true },
  }),
]

const signals = [
  row('truncated without the guard', 'signals', ['off'], NODE, {
    env: { SMMAP_NO_GUARD: '1' },
    signal: 'SIGBUS',
    answer: { guard: 'off' },
  }),
  row('kill -BUS', 'signals', ['killed'], NODE, { signal: 'SIGBUS', answer: { guard: 'active' } }),
  row('a SIGBUS handler installed later', 'signals', ['handledLater'], NODE, {
    answer: { before: 'active', guard: 'replaced', heard: 1 },
  }),
  row('a SIGBUS handler there before', 'signal-handled-before', [], NODE, {
    answer: { guard: 'active', zero: 0, code: TRUNCATED, heardOfOurs: 0, heard: 1 },
  }),
  row('two copies of the package', 'two-copies', [], NODE, {
    signal: 'SIGBUS',
    answer: { areTwo: true, zeros: [0, 0], codes: [TRUNCATED, TRUNCATED] },
  }),
  row('WebAssembly traps', 'wasm', [], VIEWS, {
    answer: { before: 'RuntimeError', loaded: 'RuntimeError', zero: 0, repaired: 'RuntimeError' },
  }),
]

const refused = [
  row('FIFO, socket, device, folder', 'no-regular-file', [], ALL, {
    answer: {
      fifo: NO_FILE,
      fifoDescriptor: NO_FILE,
      socket: oneOf('ENXIO', NO_FILE),
      zero: NO_FILE,
      tty: oneOf('ENXIO', NO_FILE),
      folder: 'EISDIR',
      works: true,
      numOpenCursors: 1,
    },
  }),
  row("what Node's permission model refuses", 'permission', [], NODE, {
    answer: { said: 'ERR_ACCESS_DENIED', namesTheFlag: true },
  }),
  row('vm.max_map_count, all idle', 'map-count', ['idle'], ALL, { answer: { servedAll: true, code: null } }),
  row('vm.max_map_count, views kept', 'map-count', ['views'], VIEWS, {
    answer: { servedAll: true, code: null, right: true },
  }),
  row('vm.max_map_count, all used, and truncated there', 'map-count', ['used'], VIEWS, {
    answer: {
      code: 'ENOMEM',
      countersKept: true,
      nearLimit: true,
      zero: 0,
      truncated: TRUNCATED,
      right: true,
      letGo: true,
    },
  }),
  row('ulimit -v', 'limits', ['memory'], VIEWS, {
    answer: {
      idle: null,
      used: 'ENOMEM',
      countersKept: true,
      shown: oneOf(null, 'ENOMEM'),
      worksAgain: null,
    },
  }),
  row('ulimit -n', 'limits', ['descriptors'], ALL, {
    answer: { idle: null, used: 'EMFILE', countersKept: true, shown: null, worksAgain: null },
  }),
]

/** Every row: a title, the program, and what its process must end in. */
/**
 * What a worker's collector was about to free when it ended stays mapped now and then: nobody can tell it
 * from what was moved. And where the one that made the manager has ended, nobody can close it: its cache
 * stays for those who have it.
 */
const LEFT = { calls: 64, many: 64, truncated: 64, terminated: 180, owner: 16 + 1 }
const SHARED = {
  wrong: 0,
  odd: [],
  numOpenCursors: 0,
  numUsedRegions: 0,
  isWithin: true,
  closed: false,
  left: 0,
}

const shared = [
  ...['calls', 'many', 'owner', 'truncated', 'terminated'].map((kind) =>
    row(`threads share a manager: ${kind}`, 'shared', [kind], VIEWS, {
      answer: { ...SHARED, left: atMost(LEFT[kind]) },
    }),
  ),
  row('threads share a manager: forced', 'shared', ['forced'], VIEWS, {
    answer: { wrong: 0, odd: [], isClosed: true, left: atMost(64) },
  }),
  row('threads share a manager: refused', 'shared', ['refused'], ALL, {
    answer: {
      codes: ['ERR_INVALID_ARG_TYPE'],
      unknown: 'ERR_SMMAP_CLOSED',
      elsewhere: 'ERR_SMMAP_UNSUPPORTED',
      otherKind: 'ERR_INVALID_ARG_VALUE',
      sameKind: null,
      isOpen: true,
      isClosed: true,
      closed: 'ERR_SMMAP_CLOSED',
    },
  }),
]

export const rows = [
  ...lasting,
  ...emptied,
  ...transferred,
  ...ended,
  ...shared,
  ...many,
  ...truncated,
  ...seen,
  ...stopped,
  ...signals,
  ...refused,
]

function row(title, file, args, runtimes, { env, seconds, ...expect }) {
  return { title, file: `${file}.cjs`, args, runtimes, env, seconds, expect }
}

/** Node 20 has no `ArrayBuffer.prototype.transfer`. */
function withTransfer(way) {
  return way === 'transfer' ? withTransferOn(ALL) : ALL
}

function withTransferOn(names) {
  return names.filter((name) => name !== 'node20')
}
