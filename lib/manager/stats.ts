/** @file What a manager counts. Knows names and units only. */

/** A manager's counters at one moment; sizes in bytes. */
export interface ManagerStats {
  /** Bytes mapped by regions in the cache. */
  mappedMemorySize: number
  /** The most that ever were. */
  peakMappedMemorySize: number
  /** Mappings alive, one a region. */
  numFileHandles: number
  /** The most that ever were. */
  peakFileHandles: number
  /** Files that have a region. */
  numOpenFiles: number
  /** Regions in the cache. */
  numOpenRegions: number
  /** Those of them with a client other than the manager. */
  numUsedRegions: number
  /** Cursors that hold a file: used, and not closed yet. */
  numOpenCursors: number
  /** How often a region asked for was there. */
  hits: number
  /** How often it had to be mapped. */
  misses: number
  /** Regions that had to go for others, or for the system, or by `collect()`. */
  evictions: number
  /** Regions mapped. */
  maps: number
  /**
   * How often bytes were read without mapping them: because their window had not earned a map (see `access`),
   * or, of a step of a scan or search, because it is faster.
   */
  reads: number
  /** Regions that left the cache, but stay mapped because views of them are still reachable. */
  lingeringRegions: number
  /** Their bytes. */
  lingeringBytes: number
  /**
   * Whether truncated files are survived: `'active'`; `'replaced'` when another `SIGBUS` handler was
   * installed after ours (`process.on('SIGBUS')`), which may or may not pass faults on; `'off'` by option, by
   * `SMMAP_NO_GUARD=1`, or on a system that needs no guard (Windows refuses to truncate a mapped file).
   */
  guard: 'active' | 'replaced' | 'off'
}
