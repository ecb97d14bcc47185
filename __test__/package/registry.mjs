/**
 * @file A registry on this machine, for `npm install smmap` as a user types it, and `npm publish` as a
 * release does: it has our names, all else is npm's own.
 */

import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { needsShell } from '../../.ci/steps.mjs'
import { manifestOf } from '../../.ci/tarball.mjs'

function upstream() {
  const url = execFileSync('npm', ['config', 'get', 'registry'], {
    encoding: 'utf8',
    shell: needsShell('npm'),
  })
  return url.trim().replace(/\/$/, '')
}

/** What a registry keeps: versions of packages with their files, and tags. */
class Shelf {
  #packages = new Map()

  /** Nothing of this name at first. */
  #at(name) {
    if (!this.#packages.has(name)) this.#packages.set(name, { tags: {}, versions: new Map() })
    return this.#packages.get(name)
  }

  has = (name, version) => this.#packages.get(name)?.versions.has(version) === true

  put(manifest, bytes, tag) {
    const { tags, versions } = this.#at(manifest.name)
    versions.set(manifest.version, { manifest, bytes })
    tags[tag] = manifest.version
  }

  /** The registry's document on a package; `undefined` if there is no such package. */
  describe(name, url) {
    if (!this.#packages.has(name)) return undefined
    const { tags, versions } = this.#packages.get(name)
    const described = [...versions].map(([version, { manifest, bytes }]) => {
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      const dist = { tarball: `${url}/-/${name}-${version}.tgz`, integrity }
      return [version, { ...manifest, dist }]
    })
    return { name, 'dist-tags': tags, versions: Object.fromEntries(described) }
  }

  /** The bytes of `NAME-VERSION.tgz`. */
  file(wanted) {
    for (const [name, { versions }] of this.#packages)
      for (const [version, { bytes }] of versions) if (wanted === `${name}-${version}.tgz`) return bytes
    return undefined
  }
}

/** Takes what `npm publish` sends; the answer's status. */
async function publish({ shelf, published, refuses }, request) {
  const { versions, 'dist-tags': tags, _attachments: files } = await json(request)
  const [manifest] = Object.values(versions)
  const { name, version } = manifest
  if (request.headers.authorization === undefined) return 401
  if (shelf.has(name, version)) return 403
  if (refuses(name)) return 503
  shelf.put(manifest, Buffer.from(Object.values(files)[0].data, 'base64'), Object.keys(tags)[0])
  published.push(name)
  return 201
}

/**
 * Has the tarballs, as latest, until `close()` is called. `asked` has the names of the tarballs that were
 * fetched, `published` those of the packages that were taken: from whoever is logged in, but for names that
 * `refuses` is true for.
 */
export async function serve(tarballs, { refuses = () => false } = {}) {
  const elsewhere = upstream()
  const shelf = new Shelf()
  const [asked, published] = [[], []]
  for (const tarball of tarballs) shelf.put(manifestOf(tarball), readFileSync(tarball), 'latest')
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(request.url.slice(1))
    if (request.method === 'PUT') {
      response.writeHead(await publish({ shelf, published, refuses }, request)).end('{}')
      return
    }
    const file = shelf.file(name.replace(/^-\//, ''))
    const own = shelf.describe(name, url)
    if (file !== undefined) asked.push(name.slice(2))
    if (file !== undefined) response.end(file)
    else if (own !== undefined) response.end(JSON.stringify(own))
    else if (name.startsWith('smmap')) response.writeHead(404).end('{}')
    else response.writeHead(307, { location: elsewhere + request.url }).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  const describe = (name) => shelf.describe(name, url)
  return { url, asked, published, describe, close: () => server.close() }
}
