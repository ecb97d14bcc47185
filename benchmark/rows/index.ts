/**
 * @file The rows, in the order they run and are shown. A further row is a file beside this one, and a line
 * here.
 */
import type { Row } from '../row'
import { arrow } from './arrow'
import { churnViews } from './churn-views'
import { cold } from './cold'
import { countLines } from './count-lines'
import { evictMany } from './evict-many'
import { grepRegex, grepText } from './grep'
import { hash } from './hash'
import { hit } from './hit'
import { lines } from './lines'
import { lookups } from './lookups'
import { randomChurn } from './random-churn'
import { randomCopies } from './random-copies'
import { randomMapped } from './random-mapped'
import { randomUse } from './random-use'
import { scan } from './scan'
import { scanCores } from './scan-cores'
import { scanSmallFolio } from './scan-small-folio'
import { lineIndex, regex, search } from './search'
import { skewed } from './skewed'
import { smallFilesRow } from './small-files'
import { streams } from './streams'
import { switching } from './switch'
import { threads } from './threads'
import { words } from './words'

export const rows: readonly Row[] = [
  hit,
  switching,
  randomMapped,
  streams,
  randomUse,
  randomCopies,
  randomChurn,
  skewed,
  lookups,
  scan,
  scanCores,
  scanSmallFolio,
  lines,
  search,
  regex,
  lineIndex,
  arrow,
  evictMany,
  smallFilesRow,
  churnViews,
  cold,
  threads,
  words,
  grepText,
  grepRegex,
  countLines,
  hash,
]
