/** @file Calls with one odd argument and says what is wrong with the answer. Knows no method by name. */
import { Readable } from 'node:stream'
import { Fresh, type Kind, type Odd } from './kinds.js'

type Methods = Record<string, (...args: unknown[]) => unknown>

/** How long an answer is waited for that may never come, in milliseconds. */
const PATIENCE = 1_000

/** What is wrong with the answer to one odd value; `''`: nothing. */
export async function faultOf(
  object: unknown,
  method: string,
  kinds: readonly Kind[],
  at: number,
  odd: Odd,
): Promise<string> {
  const args = kinds.map((kind, index) => fresh(index === at ? odd.value : kind.right))
  let error: unknown
  try {
    const result = (object as Methods)[method]!(...args)
    await settle(result)
  } catch (thrown) {
    error = thrown
  }
  return judge(error, odd)
}

function fresh(value: unknown): unknown {
  return value instanceof Fresh ? value.make() : value
}

function judge(error: unknown, { codes, says }: Odd): string {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: string; message?: string }
  if (error === undefined || name === 'TimeoutError') return codes.length === 0 ? '' : 'no error'
  const isListed = codes.length === 0 ? String(code).startsWith('ERR_') : codes.includes(String(code))
  if (!isListed) return `${name}, code ${String(code)}: ${message}`
  return says === undefined || says.test(message ?? '') ? '' : `does not say ${says.source}: ${message}`
}

/** Uses what a call gave as far as it takes for all arguments to be looked at. */
async function settle(result: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('still waiting')), PATIENCE)
  })
  try {
    await Promise.race([use(result), late])
  } finally {
    clearTimeout(timer)
  }
}

async function use(result: unknown): Promise<void> {
  const value: unknown = await result
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return
  if (value instanceof Readable) return useStream(value)
  if (value instanceof ReadableStream) {
    const reader = value.getReader()
    await reader.read()
    return reader.cancel()
  }
  const iterator = value as AsyncGenerator
  if (Symbol.asyncIterator in value && typeof iterator.next === 'function') {
    await iterator.next()
    await iterator.return(undefined)
  } else if (value.constructor.name === 'Iteration') {
    for (const _ of value as Iterable<unknown>) break
  }
}

async function useStream(stream: Readable): Promise<void> {
  for await (const _ of stream) break
  stream.destroy()
}
