/** @file Loads the native side, once. Knows which message to throw if it is missing. */
import { isMainThread } from 'node:worker_threads'
import type * as Binding from '../binding.js'
import { mayLoadAddons } from './arguments/permission.js'
import { BinaryMissingError } from './errors/smmap-errors.js'

/**
 * What is read of the package's own manifest. The platforms' packages are named there when it is packed for
 * publishing.
 */
interface Manifest {
  version: string
  optionalDependencies?: Record<string, string>
}

/** The native classes and functions, as napi-rs declares them. */
export type Native = typeof Binding
export type { HotCursor, NativeCursor, NativeManager as NativeManagerObject } from '../binding.js'

/** The native classes and functions of this platform. */
export const native: Native = load()

// A worker's buffers may be moved to another thread by `transfer()`, and read there after the worker has
// ended. In Node, the native side sees at the worker's end which were not moved, and unmaps those. Other
// runtimes say nothing; there it looks when this event is emitted. After `terminate()` it is not, and nothing
// is unmapped.
const isNode = process.versions['bun'] === undefined && process.versions['deno'] === undefined
native.enter(isNode && !isMainThread)
if (!isNode && !isMainThread) process.once('exit', () => native.noteEnd())

/**
 * Whether this runtime shows memory outside its heap as an `ArrayBuffer`. Electron and other memory cages do
 * not; Deno does, but its process ends when such memory is given back (seen in 2.9:
 * `Cannot create a handle without a HandleScope`).
 */
export const isExternalAllowed: boolean = process.versions['deno'] === undefined && native.isExternalAllowed()

/**
 * One number that the fault guard changes whenever a page is missing under any mapping. As long as it has not
 * changed, bytes read in place are the file's. If nothing is read in place, it never changes.
 */
export const faults: Int32Array = new Int32Array(
  (isExternalAllowed && native.faultCounter()) || new ArrayBuffer(4),
)

/** Makes a cursor of a manager, on no file. */
export const newCursor: ReturnType<Native['makeNewCursor']> = native.makeNewCursor()

/**
 * Opens a file. Returns 0, with the file's size and its number in the manager's mailbox; −2 for an error,
 * which the cursor's `takeError` throws.
 */
export const openCursor: ReturnType<Native['makeOpenCursor']> = native.makeOpenCursor()

/** Lets a cursor's region and its file go. */
export const dropCursor: ReturnType<Native['makeDropCursor']> = native.makeDropCursor()

/**
 * Moves a cursor. Returns the region's slot, with its generation, offset and end in the manager's mailbox; −1
 * at or past the end of the file; −2 for an error, which its `takeError` throws; −3 if regions must be let go
 * of first.
 */
export const useRegion: ReturnType<Native['makeUseRegion']> = native.makeUseRegion()

/**
 * Reports that a cursor has moved to a region that this thread sees, or to none (slot −1). Returns 1, or 0 if
 * the region is gone.
 */
export const standOn: ReturnType<Native['makeStandOn']> = native.makeStandOn()

/**
 * Reads bytes of the file into an array. The manager's mailbox says where in the array they go, how many they
 * are, their offset in the file, and 1 if they are a use of their own. Returns 1; 0 if nothing was read,
 * because they are to be read by the map; −2 for an error, which the cursor's `takeError` throws.
 */
export const readLone: ReturnType<Native['makeReadLone']> = native.makeReadLone()

/**
 * Writes regions that left the cache into the manager's mailbox, slot and generation of each, and returns how
 * many. Those of the call before are unmapped: to be called until there are none.
 */
export const takeGone: ReturnType<Native['makeTakeGone']> = native.makeTakeGone()

/**
 * Fills an array with the file's bytes from an offset on, up to the end of the file, without mapping. Returns
 * 0; −2 for an error, which the cursor's `takeError` throws.
 */
export const readInto: ReturnType<Native['makeReadInto']> = native.makeReadInto()

/**
 * An `ArrayBuffer` over part of a region; `undefined` if there can be none or, for one that is exposed to the
 * program, if too much lingers already. Throws if the region is gone.
 */
export const makePane: ReturnType<Native['makeMakePane']> = native.makeMakePane()

function load(): Native {
  const binding = requireBinding()
  const { version } = require('../package.json') as Manifest
  const found = binding.version()
  // An addon of another version may take other arguments, and would crash instead of throwing.
  if (found === version) return binding
  throw new BinaryMissingError(
    `the native binary found for smmap ${version} is that of ${found}. ${remedy(version)}`,
  )
}

function requireBinding(): Native {
  try {
    // The loader is CommonJS, and absent at build time.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('../binding.js') as Native
  } catch (cause) {
    const { version } = require('../package.json') as Manifest
    const { code } = (cause ?? {}) as NodeJS.ErrnoException
    // Under the permission model the file is there, and may not be loaded: installing it again would not
    // help.
    if (code === 'ERR_DLOPEN_DISABLED' || !mayLoadAddons()) {
      const allow = 'run it with --allow-addons, and with --allow-fs-read for the files'
      throw new BinaryMissingError(`Node's permission model lets no native binary be loaded: ${allow}`, {
        cause,
      })
    }
    const message =
      `no native binary of smmap for ${platform()}, Node ${process.version}, could be loaded. ` +
      remedy(version)
    throw new BinaryMissingError(message, { cause })
  }
}

/**
 * Names only packages that this version has published: somebody else could have registered any other name.
 */
function remedy(version: string): string {
  const { optionalDependencies } = require('../package.json') as Manifest
  if (optionalDependencies === undefined) return 'This is a checkout of the source: run npm run build'
  const name = `smmap-${platform()}`
  if (!(name in optionalDependencies)) {
    const supported = Object.keys(optionalDependencies).map((each) => each.replace('smmap-', ''))
    return `${platform()} is not supported; there are binaries for ${supported.join(', ')}`
  }
  return (
    `Install it: npm install ${name}@${version}, or, with all optional dependencies: ` +
    'npm install --include=optional'
  )
}

/** As the packages with binaries are named: `linux-x64-musl`, `win32-x64-msvc`, `darwin-arm64`. */
function platform(): string {
  const name = `${process.platform}-${process.arch}`
  if (process.platform === 'win32') return `${name}-msvc`
  if (process.platform !== 'linux') return name
  // The only way to ask Node for its C library without running a program.
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const libc = report?.header?.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
  return process.arch === 'arm' ? `${name}-${libc}eabihf` : `${name}-${libc}`
}
