/**
 * @file Looks records up in a sorted table: `main.mjs TABLE KEY…`. A record has 64 bytes: its key (8 bytes,
 * big-endian), and a text that ends with its first zero. Prints a line a key.
 */
import { open } from 'smmap'

const RECORD = 64
const KEY = 8

/** The number of the record with that key, by halves; −1 where there is none. */
function find(table, key) {
  let [low, high] = [0, table.length / RECORD]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    // A number at a time, wherever it is: no window is mapped that is not looked into often.
    const found = table.readBigUInt64BE(middle * RECORD)
    if (found === key) return middle
    if (found < key) low = middle + 1
    else high = middle
  }
  return -1
}

function textOf(table, record) {
  const bytes = table.slice(record * RECORD + KEY, (record + 1) * RECORD)
  return bytes.toString().split('\0', 1)[0]
}

const [file, ...keys] = process.argv.slice(2)
const table = open(file)
for (const key of keys) {
  const record = find(table, BigInt(key))
  console.log(record < 0 ? `${key}: none` : `${key}: ${textOf(table, record)}`)
}
table.close()
