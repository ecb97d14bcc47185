/**
 * @file What an addon's file asks of the system that loads it: `node __test__/machines/addon-file.mjs
 * FILE.node…` fails where that is more than we promise. Reads ELF by readelf, Mach-O and PE itself; knows no
 * way to build them.
 */

import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fail, isMain, step } from '../../.ci/steps.mjs'

/**
 * The newest glibc that an addon may ask for, as in the README. Two are not published: riscv64 began later,
 * and ia32 is built by the compiler at hand.
 */
const GLIBC = { default: '2.17', riscv64: '2.27', ia32: '2.36' }
const MACOS = { 'darwin-x64': '10.15', 'darwin-arm64': '11.0' }

function check(isRight, text) {
  if (!isRight) throw new Error(text)
}

function checkElf(file, platform) {
  // readelf reads every processor's files; objdump only those it was built for.
  const readelf = (...args) => execFileSync('readelf', ['--wide', ...args, file], { encoding: 'utf8' })
  const libraries = [...readelf('--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name)
  const odd = libraries.filter((name) => !/^(lib(c|m|dl|rt|pthread|gcc_s)|ld-linux.*|ld64)\.so/.test(name))
  check(odd.length === 0, `it needs ${odd.join(', ')}`)
  if (platform.endsWith('-musl')) return libraries.join(', ')
  const asked = [...readelf('--version-info').matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
  const allowed = GLIBC[platform.split('-')[1]] ?? GLIBC.default
  const newest = Math.max(...asked)
  check(newest <= Number(allowed.split('.')[1]), `it needs glibc 2.${newest}, newer than ${allowed}`)
  return `glibc 2.${newest}`
}

const text = (bytes, at) => bytes.toString('latin1', at, bytes.indexOf(0, at))

/** The load commands of a Mach-O file of 64 bits, as `[kind, offset]`. */
function* commandsOf(bytes) {
  for (let index = 0, at = 32; index < bytes.readUInt32LE(16); index += 1) {
    yield [bytes.readUInt32LE(at) & 0x7fffffff, at]
    at += bytes.readUInt32LE(at + 4)
  }
}

/** Undefined symbols, each with the library it is to come from; 0xfe is whatever has it: the program. */
function undefinedSymbols(bytes, at) {
  const [symbols, count, strings] = [8, 12, 16].map((offset) => bytes.readUInt32LE(at + offset))
  const entries = Array.from({ length: count }, (_, index) => symbols + index * 16)
  return entries
    .filter((entry) => (bytes[entry + 4] & 0x0e) === 0)
    .map((entry) => [bytes[entry + 7], text(bytes, strings + bytes.readUInt32LE(entry))])
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest()

/** Each page of the file has its hash in the signature, or Apple's processors end who loads it. */
function checkSignature(bytes, at) {
  const begin = bytes.readUInt32LE(at + 8)
  const directory = begin + bytes.readUInt32BE(begin + 16)
  const [hashes, slots, limit] = [16, 28, 32].map((offset) => bytes.readUInt32BE(directory + offset))
  const page = 2 ** bytes[directory + 39]
  for (let slot = 0; slot < slots; slot += 1) {
    const end = Math.min((slot + 1) * page, limit)
    const hash = sha256(bytes.subarray(slot * page, end))
    const from = directory + hashes + slot * 32
    check(hash.equals(bytes.subarray(from, from + 32)), `page ${slot} is not the one that was signed`)
  }
  return `${slots} pages signed`
}

function checkMachO(bytes, platform) {
  check(bytes.readUInt32LE(12) === 6, 'it is no dynamic library')
  const found = { libraries: [], signature: 'unsigned' }
  for (const [kind, at] of commandsOf(bytes)) {
    const version = bytes.readUInt32LE(at + 12)
    if (kind === 0x32) found.macos = `${version >> 16}.${(version >> 8) & 255}`
    if (kind === 0x0c) found.libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)))
    if (kind === 0x0d) found.name = text(bytes, at + bytes.readUInt32LE(at + 8))
    if (kind === 0x02) found.symbols = undefinedSymbols(bytes, at)
    if (kind === 0x1d) found.signature = checkSignature(bytes, at)
  }
  check(found.macos === MACOS[platform], `it is for macOS ${found.macos}, not ${MACOS[platform]}`)
  check(found.libraries.join() === '/usr/lib/libSystem.B.dylib', `it needs ${found.libraries.join(', ')}`)
  check(!found.name?.startsWith('/'), `it says that it lies at ${found.name}`)
  const strangers = found.symbols.filter(([library, name]) => library !== 1 && !name.startsWith('_napi_'))
  check(strangers.length === 0, `undefined: ${strangers.map(([, name]) => name).join(', ')}`)
  check(platform !== 'darwin-arm64' || found.signature !== 'unsigned', 'it is unsigned')
  return `macOS ${found.macos}, ${found.signature}`
}

/** The libraries that a PE file of 64 bits imports. */
function importsOf(bytes) {
  const header = bytes.readUInt32LE(0x3c)
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const at = header + 24 + bytes.readUInt16LE(header + 20) + index * 40
    return [12, 16, 20].map((offset) => bytes.readUInt32LE(at + offset))
  })
  const place = (address) => {
    const [from, , position] = sections.find(([begin, size]) => address >= begin && address < begin + size)
    return address - from + position
  }
  const names = []
  for (let at = place(bytes.readUInt32LE(header + 24 + 120)); bytes.readUInt32LE(at + 12) !== 0; at += 20)
    names.push(text(bytes, place(bytes.readUInt32LE(at + 12))).toLowerCase())
  return names
}

function checkPe(bytes, platform) {
  const machine = bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4)
  check(machine === (platform.includes('arm64') ? 0xaa64 : 0x8664), 'it is for another processor')
  const names = importsOf(bytes)
  const part = /^(kernel32|ntdll|bcryptprimitives|advapi32|userenv|ws2_32|api-ms-win-(crt|core)-[\w-]+)\.dll$/
  const odd = names.filter((name) => !part.test(name))
  check(odd.length === 0, `it needs ${odd.join(', ')}`)
  return `${names.length} libraries of Windows`
}

/** What an addon's file asks for, in a few words; throws where it is too much. Its name has the platform. */
export function checkAddon(file) {
  const platform = basename(file).split('.')[1]
  const bytes = readFileSync(file)
  try {
    if (platform.startsWith('linux')) return checkElf(file, platform)
    return platform.startsWith('darwin') ? checkMachO(bytes, platform) : checkPe(bytes, platform)
  } catch (error) {
    throw new Error(`${file}: ${error.message}`, { cause: error })
  }
}

if (isMain(import.meta.url)) {
  if (process.argv.length < 3) fail('usage: node __test__/machines/addon-file.mjs FILE.node…', 2)
  for (const file of process.argv.slice(2)) step(`${file}: ${checkAddon(file)}`)
}
