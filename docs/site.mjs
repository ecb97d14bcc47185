/**
 * @file Writes the site: README, guides and the API in one place (`npm run docs:site`), and checks every link
 * in it. Knows TypeDoc and what it leaves to be done; publishes nothing.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { setUp } from '../.ci/setup.mjs'
import { fail, isMain, root, step } from '../.ci/steps.mjs'

/** Where files are shown that are no page of the site: sources, examples, the licence. */
const SOURCES = 'https://github.com/smmap/smmap-node/tree/main'

/** A guide's first heading, which is what the site's navigation calls it. */
const titleOf = (path) => readFileSync(path, 'utf8').match(/^# (.+)$/m)?.[1] ?? path

/** What a program imports, by the entry point that TypeDoc read for it. */
const MODULES = { index: 'smmap', 'dist/adapters': 'smmap/adapters' }

/** Names modules and guides as readers know them; links to files that are no page lead to their source. */
function finish(project) {
  for (const module of project.children ?? []) module.name = MODULES[module.name] ?? module.name
  for (const guide of project.documents ?? []) guide.name = titleOf(project.files.getReflectionPath(guide))
  // The site's own title stands above it.
  if (project.readme) project.readme[0].text = project.readme[0].text.replace(/^# .+\n+/, '')
  const texts = [project.readme, ...(project.documents ?? []).map(({ content }) => content)]
  for (const part of texts.flat()) {
    if (part?.kind !== 'relative-link' || part.target === undefined) continue
    const file = project.files.resolve(part.target, project)
    if (typeof file !== 'string' || file.endsWith('.svg')) continue
    const path = relative(root, file).replaceAll('\\', '/')
    Object.assign(part, { kind: 'text', text: `${SOURCES}/${path}`, target: undefined })
  }
}

async function build() {
  // Not before the packages are installed.
  const { Application, Converter, TSConfigReader, TypeDocReader } = await import('typedoc')
  const app = await Application.bootstrap({}, [new TypeDocReader(), new TSConfigReader()])
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => finish(project))
  const project = await app.convert()
  if (project === undefined) fail('TypeDoc could not read the API')
  app.validate(project)
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) fail('mend what TypeDoc warns of')
  return app.options.getValue('out')
}

/** The files of the site, by their paths below it. */
const pagesOf = (site) => readdirSync(site, { recursive: true }).filter((name) => name.endsWith('.html'))

/** What is wrong with the links and pictures of the site: `page: link` for each. */
export function brokenLinks(site) {
  const anchors = new Map()
  const anchorsOf = (file) => {
    if (!anchors.has(file)) {
      const ids = readFileSync(file, 'utf8').matchAll(/ (?:id|name)="([^"]+)"/g)
      anchors.set(file, new Set(Array.from(ids, ([, id]) => id)))
    }
    return anchors.get(file)
  }
  return pagesOf(site).flatMap((page) => {
    const links = readFileSync(join(site, page), 'utf8').matchAll(/ (?:href|src)="([^"]+)"/g)
    return Array.from(links, ([, link]) => link)
      .filter((link) => !/^(?:https?|data|mailto):/.test(link))
      .filter((link) => {
        const [path, anchor] = link.replaceAll('&amp;', '&').split('#')
        const file = path ? join(site, dirname(page), decodeURI(path)) : join(site, page)
        if (!existsSync(file)) return true
        return anchor && file.endsWith('.html') && !anchorsOf(file).has(decodeURIComponent(anchor))
      })
      .map((link) => `${page}: ${link}`)
  })
}

if (isMain(import.meta.url)) {
  setUp()
  const site = await build()
  const broken = brokenLinks(site)
  if (broken.length > 0) fail(`${broken.join('\n')}\n${broken.length} links of the site lead nowhere`)
  step(
    `the site is in ${relative(root, site)}; every link in its ${pagesOf(site).length} pages leads somewhere`,
  )
}
