/**
 * @file A registry of packed tarballs on this machine, for `npm install smmap` as a user types it; all else
 * is npm's own.
 */

import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename } from 'node:path'
import { needsShell } from '../../.ci/steps.mjs'

const manifestOf = (tarball) =>
  JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }))

function upstream() {
  const url = execFileSync('npm', ['config', 'get', 'registry'], {
    encoding: 'utf8',
    shell: needsShell('npm'),
  })
  return url.trim().replace(/\/$/, '')
}

/** What npm asks for by a package's name: its one version, and where its tarball is. */
function describe(tarball, url) {
  const manifest = manifestOf(tarball)
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const dist = { tarball: `${url}/-/${basename(tarball)}`, integrity }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
}

/** Serves the tarballs until `close()` is called; `asked` has the names of the tarballs that were fetched. */
export async function serve(tarballs) {
  const elsewhere = upstream()
  const asked = []
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1))
    const file = tarballs.find((tarball) => name === `-/${basename(tarball)}`)
    if (file !== undefined) {
      asked.push(basename(file))
      response.end(readFileSync(file))
      return
    }
    const own = tarballs.find((tarball) => manifestOf(tarball).name === name)
    if (own !== undefined) response.end(JSON.stringify(describe(own, url)))
    else if (name.startsWith('smmap')) response.writeHead(404).end('{}')
    else response.writeHead(307, { location: elsewhere + request.url }).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  return { url, asked, close: () => server.close() }
}
