/**
 * @file The manager that everything shares which is given none, in all threads of the process. Knows only
 * when it is made.
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
  if (first === manager) return own
  own.close()
  return attachTo(first)
}

function attachTo(manager: number): MapManager {
  return SlidingWindowMapManager.from({ process: native.processToken(), manager })
}
