/**
 * @file The manager that the whole process uses where no other is given, in all threads. Knows only when it
 * is made.
 */
import { native } from '../native.js'
import type { MapManager } from './map-manager.js'
import { SlidingWindowMapManager } from './sliding-window-map-manager.js'

let common: MapManager | undefined

/**
 * The process's one manager, with the default limits: made at its first use by whichever thread, and never
 * closed.
 */
export function commonManager(): MapManager {
  return (common ??= findCommon() ?? makeCommon())
}

function findCommon(): MapManager | undefined {
  const manager = native.commonManager()
  return manager === 0 ? undefined : attachTo(manager)
}

function makeCommon(): MapManager {
  const own = new SlidingWindowMapManager()
  const { manager } = own.share()
  const first = native.makeCommon(manager)
  // Another thread may have made one at the same time: then its manager is the common one.
  if (first === manager) return own
  own.close()
  return attachTo(first)
}

function attachTo(manager: number): MapManager {
  return SlidingWindowMapManager.from({ process: native.processToken(), manager })
}
