/** @file Best first: the order in which tables and charts show contenders, and how they write a figure. */
import type { ContenderResult, RowResult } from '../harness/run-row'
import { lessIsBetter, type Median, type Unit } from '../row'

export type Measured = ContenderResult & { readonly median: Median }

export function bestFirst({ unit, contenders }: RowResult): Measured[] {
  const sign = lessIsBetter(unit) ? 1 : -1
  return contenders
    .filter((contender): contender is Measured => contender.median !== undefined)
    .toSorted((a, b) => sign * (a.median.value - b.median.value))
}

export function absent({ contenders }: RowResult): { name: string; why: string }[] {
  return contenders.flatMap(({ name, missing, failed }) => {
    const why = missing === undefined ? failed && `failed: ${failed}` : `missing: ${missing}`
    return why === undefined ? [] : [{ name, why }]
  })
}

export function asFigure(value: number, unit: Unit): string {
  return `${value < 100 ? value.toPrecision(3) : Math.round(value)} ${unit === 'GB/s' ? 'GB/s' : 'ns'}`
}
