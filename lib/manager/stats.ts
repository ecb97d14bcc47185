/** @file What a manager counts. Knows names and units only. */

/**
 * A manager's counters at one moment. Sizes are bytes; `hits`, `misses`, `evictions`, `maps` and `reads`
 * count from when the manager was made.
 */
// The names are smmap's where it has the counter: a file handle there is a mapping here.
export interface ManagerStats {
  /** Bytes that the regions in the cache map now. */
  mappedMemorySize: number
  /** The most that `mappedMemorySize` has ever been. */
  peakMappedMemorySize: number
  /** Mappings that exist now, one a region. */
  numFileHandles: number
  /** The most that `numFileHandles` has ever been. */
  peakFileHandles: number
  /** Files that have a region in the cache now. */
  numOpenFiles: number
  /** Regions in the cache now, used or not. */
  numOpenRegions: number
  /** Regions in use now: those with a client besides the manager. */
  numUsedRegions: number
  /** Cursors that hold a file now: used at least once, and not closed. */
  numOpenCursors: number
  /** How often a region that was asked for was mapped already. */
  hits: number
  /** How often it was not, and had to be mapped. */
  misses: number
  /** How often a region was unmapped to make room, because the system ran short, or by `collect()`. */
  evictions: number
  /** How often a region was mapped. */
  maps: number
  /**
   * How often bytes were read without mapping them: because their window had not earned a map yet (see
   * `access` in {@link ManagerOptions}), or, in a step of a scan or search, because reading is faster.
   */
  reads: number
  /** Regions that left the cache but are still mapped, because views of them are still reachable. */
  lingeringRegions: number
  /** Bytes of those. A number that only grows means that something keeps views. */
  lingeringBytes: number
  /**
   * Whether this process survives a mapped file that is truncated. `'active'`: yes. `'replaced'`: another
   * `SIGBUS` handler was installed after ours (by `process.on('SIGBUS')`), which may or may not pass the
   * fault on. `'off'`: switched off by option or by `SMMAP_NO_GUARD=1`, or not needed (Windows refuses to
   * truncate a mapped file).
   */
  guard: 'active' | 'replaced' | 'off'
}
