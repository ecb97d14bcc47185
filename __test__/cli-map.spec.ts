/** @file `smmap map`: what it draws, of runs and of traces, and its report, opened in a real browser. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { type Browser, chromium, type Page } from 'playwright-core'
import { SlidingWindowMapManager, type TraceData } from 'smmap'
import { cleanEnvironment, MAIN, type Outcome, runShell, runTool } from './helpers/cli.js'
import { tempFile, tempFolder } from './helpers/files.js'

/** Where the page cache can be asked, and does not read ahead what nobody wrote. */
const linux = process.platform === 'linux' ? test : test.skip

const MIB = 2 ** 20
/** Of a stdout that is no terminal: 80 columns, without the offset and its gap. */
const COLUMNS = 69
const SMALL = ['--window', '64KiB', '--max-memory', '256KiB']

/** A file of 1 MiB, of which the first half was written: only that is in memory. */
function halfThere(t: ExecutionContext): { folder: string; path: string } {
  const folder = tempFolder(t)
  const path = join(folder, 'half')
  writeFileSync(path, Buffer.alloc(MIB / 2, 'a'))
  truncateSync(path, MIB)
  return { folder, path }
}

/** The cells of each drawing, its lines joined. */
function drawings({ stdout }: Outcome): string[] {
  return stdout
    .split(/\n\n|^(?=\S)/m)
    .map((part) => Array.from(part.matchAll(/^ *[\d.]+ [KM]?i?B {2}(\S+)$/gm), ([, cells]) => cells).join(''))
    .filter((cells) => cells !== '')
}

linux('draws what is in memory from left to right, line by line, each with its offset', async (t) => {
  const { folder } = halfThere(t)
  const { stdout, stderr, code } = await runTool(folder, ['map', 'half'])
  const cells = '█'.repeat(128) + '·'.repeat(128)
  t.is(
    stdout,
    'half  1 MiB, 512 KiB in memory (50 %)\n' +
      `      0 B  ${cells.slice(0, COLUMNS)}\n` +
      `  276 KiB  ${cells.slice(COLUMNS, 2 * COLUMNS)}\n` +
      `  552 KiB  ${cells.slice(2 * COLUMNS, 3 * COLUMNS)}\n` +
      `  828 KiB  ${cells.slice(3 * COLUMNS)}\n`,
  )
  t.is(stderr, '')
  t.is(code, 0)
})

linux('a cell of which some is in memory is neither full nor empty', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(join(folder, 'page'), 'a')
  truncateSync(join(folder, 'page'), 16 * MIB)
  const [cells = ''] = drawings(await runTool(folder, ['map', 'page']))
  t.is(cells, `░${'·'.repeat(8 * COLUMNS - 1)}`)
})

linux('a run draws the windows that it mapped, how often, and what it came to', async (t) => {
  const { folder } = halfThere(t)
  const outcome = await runTool(folder, ['map', '--run', 'sequential', ...SMALL, 'half'])
  t.is(drawings(outcome)[1], '1'.repeat(256))
  const counts =
    /\n\d+ hits; 16 misses; 12 evictions; 16 maps of 16 windows, 0 of them mapped again; (?<memory>.*)\n$/
  t.is(counts.exec(outcome.stdout)?.groups?.['memory'], '256 KiB mapped at most, limit 256 KiB')
  t.is(outcome.code, 0)
})

linux('a random run is the same each time, and its windows are those of its trace', async (t) => {
  const { folder } = halfThere(t)
  const args = ['map', '--run', 'random', '--reads', '40', ...SMALL, 'half']
  const first = await runTool(folder, args)
  t.deepEqual(drawings(await runTool(folder, args))[1], drawings(first)[1])
  const { trace } = JSON.parse((await runTool(folder, [...args, '--json'])).stdout) as { trace: TraceData }
  const counts = Array.from({ length: 256 }, () => 0)
  for (const { kind, offset, size } of trace.events) {
    if (kind !== 'map') continue
    for (let cell = offset / 4096; cell < (offset + size) / 4096; cell += 1) counts[cell]! += 1
  }
  t.is(drawings(first)[1], counts.map((count) => (count === 0 ? '·' : count > 9 ? '+' : count)).join(''))
  t.is(trace.counts.hits + trace.counts.misses, 40)
})

linux('--json is one object: files with their resident ranges, and the trace', async (t) => {
  const { folder } = halfThere(t)
  const { stdout, code } = await runTool(folder, ['map', '--json', 'half', 'absent'])
  const { files, partial, memory } = JSON.parse(stdout)
  t.like(files[0], {
    file: 'half',
    status: 'done',
    size: MIB,
    resident: MIB / 2,
    ranges: [{ start: 0, end: MIB / 2 }],
  })
  t.like(files[1], { file: 'absent', status: 'failed', error: { code: 'ENOENT' } })
  t.false(partial)
  t.is(memory.maxMemory, 256 * MIB)
  t.is(code, 2)
})

test('an empty file is drawn as a line; a missing one is reported on stderr, the others drawn', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(join(folder, 'empty'), '')
  const { stdout, stderr, code } = await runTool(folder, ['map', '--run', 'random', 'absent', 'empty'])
  t.true(stdout.startsWith('empty  0 B, 0 B in memory\n'))
  t.regex(stderr, /^smmap: ENOENT: .*absent'?\n$/)
  t.is(code, 2)
})

/** Writes the trace of an app that misses: five windows in turn, where four fit. */
function writeTrace(folder: string, path: string): void {
  using manager = new SlidingWindowMapManager({ windowSize: 65_536, maxMemorySize: 4 * 65_536 })
  using trace = manager.trace()
  const cursor = manager.makeCursor(path)
  for (let round = 0; round < 3; round += 1) {
    for (let window = 0; window < 5; window += 1) cursor.useRegion(window * 65_536, 100)
  }
  writeFileSync(join(folder, 'trace.json'), JSON.stringify(trace))
}

linux('the trace of an app is drawn, whatever way it spelt the path', async (t) => {
  const { folder, path } = halfThere(t)
  writeTrace(folder, path)
  const outcome = await runTool(folder, ['map', '--trace', 'trace.json', 'half'])
  t.is(drawings(outcome)[1], '3'.repeat(80) + '·'.repeat(176))
  t.true(
    outcome.stdout.includes('0 hits; 15 misses; 11 evictions; 15 maps of 5 windows, 5 of them mapped again'),
  )
})

test('what is no trace, and options that do not go together, are refused with what is allowed', async (t) => {
  const folder = tempFolder(t)
  for (const [name, text] of [
    ['no.json', '{"events":1}'],
    ['null.json', 'null'],
    ['log', 'a\n'],
  ] as const) {
    writeFileSync(join(folder, name), text)
    t.deepEqual(await runTool(folder, ['map', '--trace', name, 'log']), {
      code: 2,
      stdout: '',
      stderr: `smmap: --trace is ${name}; allowed is what JSON.stringify(manager.trace()) gives\n`,
    })
  }
  for (const args of [
    ['--run', 'random', '--trace', 'no.json'],
    ['--watch', '--run', 'random'],
    ['--run', 'backwards'],
    ['--interval', '0'],
  ]) {
    const { code, stderr } = await runTool(folder, ['map', ...args, 'log'])
    t.is(code, 2)
    t.regex(stderr, /^smmap: .*(?:allowed|goes with none|Allowed).*\n$/)
  }
})

// A "number" that was a text went as it was into the page, where it was script, and to the terminal.
test('a trace is not believed: what is no number is refused, wherever it stands', async (t) => {
  const { path: file } = tempFile(t, Buffer.alloc(2 ** 16))
  const folder = tempFolder(t)
  const event = { kind: 'map', time: 0, file, offset: 0, size: 4096, mapped: 4096, hits: 0 }
  const trace = {
    manager: { windowSize: 4096, maxMappedMemorySize: 8192, maxFileHandles: null },
    counts: { hits: 1, misses: 1, maps: 1, evictions: 1, reads: 0 },
    duration: 1,
    mappedBefore: 0,
    dropped: 0,
    events: [event],
  }
  const withEvent = (change: object): object => ({ ...trace, events: [Object.assign({}, event, change)] })
  const run = (data: object): Promise<Outcome> => {
    writeFileSync(join(folder, 'trace.json'), JSON.stringify(data))
    return runTool(folder, ['map', '--trace', 'trace.json', '--report', 'report.html', file])
  }
  t.is((await run(trace)).code, 0)
  const evil = '<script>alert(1)</script>'
  for (const data of [
    { ...trace, duration: evil },
    { ...trace, dropped: evil },
    { ...trace, mappedBefore: evil },
    { ...trace, counts: { ...trace.counts, hits: evil } },
    { ...trace, manager: { ...trace.manager, windowSize: evil } },
    { ...trace, manager: { ...trace.manager, maxMappedMemorySize: evil } },
    ...['kind', 'time', 'offset', 'size', 'mapped', 'hits'].map((key) => withEvent({ [key]: evil })),
    withEvent({ file: 1 }),
    { ...trace, events: [null] },
  ]) {
    rmSync(join(folder, 'report.html'), { force: true })
    const { code, stdout, stderr } = await run(data)
    t.deepEqual([code, stdout], [2, ''], JSON.stringify(data))
    t.regex(stderr, /^smmap: --trace is trace\.json; allowed is [^\n]*\n$/)
    t.false(existsSync(join(folder, 'report.html')))
  }
})

linux('in a terminal, the drawing is as wide as that is, in colours unless NO_COLOR is set', async (t) => {
  const { folder } = halfThere(t)
  const inTerminal = (environment: string): Promise<Outcome> =>
    runShell(
      folder,
      `script -qec "stty cols 40; ${environment} '${process.execPath}' '${MAIN}' map half" ` +
        '/dev/null < /dev/null',
    )
  const plain = (await inTerminal('NO_COLOR=1')).stdout.replaceAll('\r', '')
  t.true(plain.includes(`\n      0 B  ${'█'.repeat(29)}\n  128 KiB  `))
  // oxlint-disable-next-line no-control-regex -- what a terminal is sent are control sequences
  t.regex((await inTerminal('')).stdout, /\u001b\[32m█{29}\u001b\[39m/)
})

// A name was cut to as many characters as the terminal has columns, and of these some take two.
linux('in a terminal, a name of wide characters is cut to fit, and keeps its end', async (t) => {
  const folder = tempFolder(t)
  const name = `${'日本語の記録'.repeat(4)}-e\u0301\u{1f469}\u200d\u{1f4bb}.log`
  writeFileSync(join(folder, name), '')
  const command = `stty cols 60; NO_COLOR=1 '${process.execPath}' '${MAIN}' map '${name}'`
  const { stdout } = await runShell(folder, `script -qec "${command}" /dev/null < /dev/null`)
  // One column is left: the next character takes two.
  const end = `${'日本語の記録'.repeat(3).slice(3)}-e\u0301\u{1f469}\u200d\u{1f4bb}.log`
  t.is(stdout, `…${end}  0 B, 0 B in memory\r\n`)
})

linux('--watch draws again and again what is there by then, until Ctrl-C', async (t) => {
  const { folder, path } = halfThere(t)
  const child = spawn(process.execPath, [MAIN, 'map', '--watch', '--interval', '20', '--json', 'half'], {
    cwd: folder,
    env: cleanEnvironment(),
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let text = ''
  for await (const part of child.stdout.setEncoding('utf8')) {
    text += part
    const sizes = Array.from(text.matchAll(/"size":(\d+)/g), ([, size]) => Number(size))
    // Two drawings may come in one piece.
    if (sizes.length >= 3) truncateSync(path, 2 * MIB)
    if (sizes.at(-1) === 2 * MIB) child.kill('SIGINT')
  }
  t.is(await ended, 130)
})

linux('--watch redraws in place in a terminal, and ends when the file is gone', async (t) => {
  const { folder } = halfThere(t)
  const line = `'${process.execPath}' '${MAIN}' map --watch --interval 100 half`
  // The file goes once it was drawn three times, however long that took.
  const remove = 'until [ "$(grep -c "828 KiB" seen)" -ge 3 ]; do sleep 0.1; done; rm half'
  const { stdout } = await runShell(
    folder,
    `touch seen; (${remove}) & script -qfec "${line}" seen < /dev/null > /dev/null; cat seen`,
  )
  // oxlint-disable-next-line no-control-regex -- as above
  t.regex(stdout, /828 KiB[^\n]*\n\u001b\[5A\u001b\[0J[^\n]*half/)
  t.regex(stdout, /smmap: ENOENT/)
})

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

async function openBrowser(): Promise<Browser> {
  const executablePath = BROWSERS.find((path) => existsSync(path))
  if (executablePath === undefined) {
    throw new Error(
      `a report is opened in a real browser, and none is at ${BROWSERS.join(', ')}: apt-get install chromium`,
    )
  }
  const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
  ]
  return chromium.launch({ executablePath, args: [...flags, '--disable-sync'] })
}

/** Opens the page as a user would, without a network; whatever it complains of, or asks for, is kept. */
async function open(browser: Browser, path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(request.url())
  })
  await page.goto(pathToFileURL(path).href)
  return { page, complaints }
}

linux(
  'a report shows the figures and charts of a run in a browser, and needs nothing but itself',
  async (t) => {
    const { folder, path } = halfThere(t)
    writeTrace(folder, path)
    const args = ['map', '--quiet', '--trace', 'trace.json', '--report', 'report.html', 'half']
    t.deepEqual(await runTool(folder, args), { code: 0, stdout: '', stderr: '' })
    const browser = await openBrowser()
    t.teardown(() => browser.close())
    const { page, complaints } = await open(browser, join(folder, 'report.html'))
    const textOf = (selector: string): Promise<string | null> => page.locator(selector).textContent()
    t.is(await page.title(), 'smmap: half')
    t.is(await textOf('#hits'), '0')
    t.is(await textOf('#misses'), '15')
    t.is(await textOf('#evictions'), '11')
    t.is(await textOf('#limit'), '256 KiB')
    t.is(await textOf('#mapped-at-most'), '256 KiB')
    t.is(await textOf('.resident'), '512 KiB')
    const made = await page.locator('time').getAttribute('datetime')
    t.true(Math.abs(Date.now() - Date.parse(made!)) < 60_000, 'the day and minute it was made')
    t.regex((await textOf('#memory figcaption'))!, /bytes mapped.*the limit/s)
    t.regex((await textOf('.windows figcaption'))!, /a window, while it was mapped/)
    t.regex((await textOf('.residency figcaption'))!, /in memory.*not in memory/s)
    t.is(await textOf('#again'), '5 of 5 windows were mapped more than once. Those most often:')
    t.deepEqual(await page.locator('tbody tr').first().locator('td').allTextContents(), [
      'half',
      '0',
      '64 KiB',
      '3',
    ])
    t.regex((await textOf('#memory'))!, /limit 256 KiB.*Memory mapped/s)
    t.regex((await textOf('#rates'))!, /hits.*misses.*evictions/s)
    // A rectangle for each life of a window, and a cell for each part of the file.
    t.is(await page.locator('.windows path[fill="#2563eb"]').count(), 15)
    t.is(await page.locator('.residency path[fill="rgb(22,163,74)"]').count(), 480)
    t.is(await page.locator('.residency path[fill="rgb(229,231,235)"]').count(), 480)
    for (const figure of await page.locator('svg').all()) t.true((await figure.boundingBox())!.height > 150)
    t.deepEqual(complaints, [])
  },
)

linux('a report names files as text, whatever characters they have', async (t) => {
  const folder = tempFolder(t)
  const name = `<img src=x onerror=alert(1)>&"'`
  writeFileSync(join(folder, name), 'a\n')
  t.is((await runTool(folder, ['map', '--run', 'sequential', '--report', 'r.html', '--', name])).code, 0)
  const browser = await openBrowser()
  t.teardown(() => browser.close())
  const { page, complaints } = await open(browser, join(folder, 'r.html'))
  t.is(await page.locator('h2').textContent(), name)
  t.is(await page.locator('img').count(), 0)
  t.deepEqual(complaints, [])
})

test('a report that cannot be written is an error', async (t) => {
  const { path } = tempFile(t, 'a\n')
  const { code, stderr } = await runTool(tempFolder(t), ['map', '--report', 'no/such/r.html', path])
  t.is(code, 2)
  t.regex(stderr, /^smmap: ENOENT: .*no\/such\/r\.html'\n$/)
  t.false(existsSync('no'))
  t.truthy(readFileSync(path))
})
