/**
 * @file A folder with the built package and the rows in it, as a program that installed the package has them.
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** Under these names the rows find the package; two copies of it may meet in one process. */
const COPIES = ['smmap', 'smmap-again']

/** The root of the package under test, unless another build is chosen. */
export const ownPackage = dirname(dirname(here))

/** A stage of its own for this run, so that a rebuild cannot hit it. */
export class Stage {
  #folder = mkdtempSync(join(tmpdir(), 'smmap-crash-'))
  #count = 0

  constructor(packageFolder) {
    for (const copy of COPIES) {
      const target = join(this.#folder, 'node_modules', copy)
      mkdirSync(target, { recursive: true })
      const parts = readdirSync(packageFolder).filter((name) =>
        /^(dist|package\.json|binding\.js|.*\.node)$/.test(name),
      )
      for (const part of parts) cpSync(join(packageFolder, part), join(target, part), { recursive: true })
    }
    cpSync(join(here, 'rows'), join(this.#folder, 'rows'), { recursive: true })
  }

  row(file) {
    return join(this.#folder, 'rows', file)
  }

  /** An empty folder to run a row in. */
  makeFolder() {
    const folder = join(this.#folder, `run-${(this.#count += 1)}`)
    mkdirSync(folder)
    return folder
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
