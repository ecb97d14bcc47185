/** @file What is wrong with a pack or its index. */

export class PackError extends Error {
  name = 'PackError'
  code = 'ERR_PACK'
}
