/** @file The manager that everything shares which is given none. Knows only when it is made. */
import type { MapManager } from './map-manager.js'
import { SlidingWindowMapManager } from './sliding-window-map-manager.js'

let shared: MapManager | undefined

/** The process's one manager, with the default limits: made at its first use, and never closed. */
export function sharedManager(): MapManager {
  return (shared ??= new SlidingWindowMapManager())
}
