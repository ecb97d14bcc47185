// ZIP files over windows, read by yauzl and unzipit; also those over 4 GiB.
import { execFileSync, spawnSync } from 'node:child_process'
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { unzipitReader, yauzlReader } from 'smmap/adapters'
import { unzip } from 'unzipit'
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl'
import { onUnix } from './fixtures/platform.js'
import { PAGE, pseudoRandomBytes, tempFolder } from './helpers/files.js'
import { openLong, type Opened } from './helpers/long-buffer.js'
import { writeZip, type ZipEntry } from './helpers/zip.js'

const GIB = 2 ** 30
const hasUnzip = spawnSync('unzip', ['-v']).status === 0

/** From nothing to more than any stream reads at once, hardly compressible. */
const contents: Record<string, string> = {
  'empty.txt': '',
  'hello.txt': 'Hello!',
  'folder/grüße.txt': 'Grüße',
  'large.txt': pseudoRandomBytes(700_000).toString('base64'),
}
const small: ZipEntry[] = Object.entries(contents).map(([name, data]) => ({ name, data: Buffer.from(data) }))
/** A hole of 5 GiB, and what comes behind it. */
const large: ZipEntry[] = [{ name: 'zeros.bin', zeros: 5 * GIB }, ...small]

function makeZip(t: ExecutionContext, entries: readonly ZipEntry[]): string {
  const path = join(tempFolder(t), 'archive.zip')
  writeZip(path, entries)
  return path
}

async function openYauzl({ buffer }: Opened): Promise<ZipFile> {
  return await fromRandomAccessReaderPromise(yauzlReader(buffer), buffer.length, { autoClose: false })
}

async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
  return entries
}

for (const [title, entries] of Object.entries({ 'a ZIP file': small, 'a ZIP file over 4 GiB': large })) {
  test(`yauzl lists and unpacks ${title}`, async (t) => {
    const zip = await openYauzl(openLong(t, makeZip(t, entries)))
    const found = await entriesOf(zip)
    t.deepEqual(
      [...found.keys()],
      entries.map(({ name }) => name),
    )
    for (const [name, content] of Object.entries(contents)) {
      t.is(await text(await zip.openReadStreamPromise(found.get(name)!)), content)
    }
    const closed = new Promise((resolve) => zip.once('close', resolve))
    zip.close()
    await closed
  })

  test(`unzipit lists and unpacks ${title}`, async (t) => {
    const { buffer } = openLong(t, makeZip(t, entries))
    const { entries: found } = await unzip(unzipitReader(buffer))
    t.deepEqual(Object.keys(found).toSorted(), entries.map(({ name }) => name).toSorted())
    for (const [name, content] of Object.entries(contents)) {
      t.is(await found[name]!.text(), content)
      t.is(Buffer.from(await found[name]!.arrayBuffer()).toString(), content)
    }
  })

  const withUnzip = hasUnzip ? test : test.skip
  withUnzip(`unzip -l says the same names and sizes of ${title}`, async (t) => {
    const path = makeZip(t, entries)
    const lines = execFileSync('unzip', ['-l', '-UU', path], { encoding: 'utf8' }).matchAll(
      /^ *(\d+) +\S+ \d\d:\d\d {3}(\S+)$/gm,
    )
    const listed = Array.from(lines, ([, size, name]) => [name, Number(size)])
    const found = await entriesOf(await openYauzl(openLong(t, path)))
    t.deepEqual(
      Array.from(found.values(), ({ fileName, uncompressedSize }) => [fileName, uncompressedSize]).map(ascii),
      listed.map(ascii),
    )
  })
}

/** What unzip makes of names that are not ASCII is for the locale to say. */
function ascii([name, size]: readonly unknown[]): unknown[] {
  return [String(name).replaceAll(/[^\w./]+/g, '?'), size]
}

test('yauzl reads a range beyond 4 GiB of one entry', async (t) => {
  const path = makeZip(t, large)
  t.true(statSync(path).size > 5 * GIB)
  const zip = await openYauzl(openLong(t, path))
  const entry = (await entriesOf(zip)).get('zeros.bin')!
  const range = { start: 4.5 * GIB, end: 4.5 * GIB + 300_000 }
  const stream = await zip.openReadStreamPromise(entry, range)
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    t.true(chunk.equals(Buffer.alloc(chunk.length)))
    size += chunk.length
  }
  t.is(size, 300_000)
})

test('yauzl closes the reader when the last stream is gone, even one that is dropped half-way', async (t) => {
  const { buffer } = openLong(t, makeZip(t, small))
  const zip = await fromRandomAccessReaderPromise(yauzlReader(buffer), buffer.length, { autoClose: false })
  const entry = (await entriesOf(zip)).get('large.txt')!
  const stream = await zip.openReadStreamPromise(entry)
  let isClosed = false
  const closed = new Promise<void>((resolve) => zip.once('close', () => ((isClosed = true), resolve())))
  zip.close()
  await new Promise((resolve) => stream.once('data', resolve))
  t.false(isClosed)
  stream.destroy()
  await closed
  t.is(buffer.at(0), 'P'.codePointAt(0), 'the source is still open')
})

test('what is closed is said in promises and streams', async (t) => {
  const opened = openLong(t, makeZip(t, small))
  const zip = await openYauzl(opened)
  const large_ = (await entriesOf(zip)).get('large.txt')!
  const { entries } = await unzip(unzipitReader(opened.buffer))
  const stream = await zip.openReadStreamPromise(large_)
  opened.manager.close()
  const expected = { code: 'ERR_SMMAP_CLOSED' }
  await t.throwsAsync(text(stream), expected)
  await t.throwsAsync(zip.openReadStreamPromise(large_), expected)
  await t.throwsAsync(openYauzl(opened), expected)
  await t.throwsAsync(entries['large.txt']!.text(), expected)
  await t.throwsAsync(unzip(unzipitReader(opened.buffer)), expected)
})

onUnix('an archive cut short is said in promises and streams', async (t) => {
  const path = makeZip(t, small)
  const opened = openLong(t, path)
  const zip = await openYauzl(opened)
  const entry = (await entriesOf(zip)).get('large.txt')!
  const { entries } = await unzip(unzipitReader(opened.buffer))
  const stream = await zip.openReadStreamPromise(entry)
  truncateSync(path, PAGE)
  const expected = { code: 'ERR_SMMAP_FILE_TRUNCATED' }
  await t.throwsAsync(text(stream), expected)
  await t.throwsAsync(entries['large.txt']!.text(), expected)
  await t.throwsAsync(openYauzl(opened), expected)
})

test('an archive that was cut before it was opened has the error of its reader', async (t) => {
  const path = makeZip(t, small)
  truncateSync(path, statSync(path).size - 100)
  const opened = openLong(t, path)
  await t.throwsAsync(openYauzl(opened), { message: /End of central directory/ })
  await t.throwsAsync(unzip(unzipitReader(opened.buffer)), { message: /could not find end of central/ })
})

test('a directory that points beyond the file is an error, with the numbers', async (t) => {
  const { buffer } = openLong(t, makeZip(t, small))
  await t.throwsAsync(unzipitReader(buffer).read(buffer.length - 5, 10), {
    code: 'ERR_OUT_OF_RANGE',
    message: new RegExp(`<= ${buffer.length}\\b.*${buffer.length + 5}`),
  })
})
