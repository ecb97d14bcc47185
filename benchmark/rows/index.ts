/** @file The rows, in the order they run and are shown. A further row is a file beside this one, and a line here. */
import type { Row } from '../row'
import { arrow } from './arrow'
import { hit } from './hit'
import { lines } from './lines'
import { scan } from './scan'
import { search } from './search'
import { switching } from './switch'

export const rows: readonly Row[] = [hit, switching, scan, lines, search, arrow]
