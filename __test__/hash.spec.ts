// Hashes of files, against node:crypto over the same bytes and against the tools of the field.
import { execFileSync } from 'node:child_process'
import { createHash, getHashes } from 'node:crypto'
import { truncateSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { onLinux } from './fixtures/platform.js'
import { PAGE, tempFile } from './helpers/files.js'

function open(t: ExecutionContext, path: string, offset = 0, size = Infinity) {
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset, size)
}

const SIZE = 3 * 2 ** 20 + 17

test('every algorithm of node:crypto gives what it gives for the bytes in one piece', async (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  for (const algorithm of getHashes()) {
    const expected = createHash(algorithm).update(bytes.subarray(5, 70_000)).digest('hex')
    t.is((await open(t, path, 5, 69_995).hash(algorithm)).toString('hex'), expected, algorithm)
  }
  t.deepEqual(await open(t, path).hash(), createHash('sha256').update(bytes).digest())
})

onLinux('sha256 and sha1 are those of sha256sum and sha1sum', async (t) => {
  const { path } = tempFile(t, SIZE)
  for (const algorithm of ['sha256', 'sha1']) {
    const [expected] = execFileSync(`${algorithm}sum`, [path], { encoding: 'utf8' }).split(' ')
    t.is((await open(t, path).hash(algorithm)).toString('hex'), expected!)
  }
})

test("BLAKE3 is that of its authors' test vectors, whatever the windows", async (t) => {
  // https://github.com/BLAKE3-team/BLAKE3/blob/master/test_vectors/test_vectors.json: bytes 0, 1, … 250, 0, 1
  // …
  const vectors = {
    0: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    1: '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
    1024: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
    102400: 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
  }
  for (const [size, expected] of Object.entries(vectors)) {
    const { path } = tempFile(
      t,
      Uint8Array.from({ length: Number(size) }, (_, n) => n % 251),
    )
    t.is((await open(t, path).hash('blake3')).toString('hex'), expected, size)
  }
})

test('no bytes have the hash of nothing, also without a file', async (t) => {
  const empty = open(t, tempFile(t, '').path)
  for (const buffer of [empty, new SlidingWindowMapBuffer()]) {
    t.deepEqual(await buffer.hash('sha256'), createHash('sha256').digest())
    t.regex((await buffer.hash('blake3')).toString('hex'), /^af1349b9/)
  }
})

test('an unknown algorithm is refused, with what is allowed', async (t) => {
  const buffer = open(t, tempFile(t, 'x').path)
  await t.throwsAsync(buffer.hash('sha257'), { code: 'ERR_INVALID_ARG_VALUE', message: /blake3.*getHashes/ })
  await t.throwsAsync(buffer.hash(1 as never), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('progress, abortion and a cut file are as in every other pass', async (t) => {
  const { path } = tempFile(t, SIZE)
  for (const algorithm of ['sha256', 'blake3']) {
    const buffer = open(t, path)
    let last = {}
    await buffer.hash(algorithm, { onProgress: (progress) => (last = progress) })
    t.like(last, { bytesScanned: SIZE, bytesTotal: SIZE })
    const signal = AbortSignal.abort(new Error('enough'))
    await t.throwsAsync(buffer.hash(algorithm, { signal }), { message: 'enough' })
    const throwing = () => {
      throw new Error('mine')
    }
    await t.throwsAsync(buffer.hash(algorithm, { onProgress: throwing }), { message: 'mine' })
  }
  const buffers = [open(t, path), open(t, path)]
  truncateSync(path, 1_000)
  await t.throwsAsync(buffers[0]!.hash('sha256'), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  await t.throwsAsync(buffers[1]!.hash('blake3'), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
