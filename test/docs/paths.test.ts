import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../fixtures/root.ts'

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]

/** What a page names as a file or folder of the sources, in code or as a link. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^New file `[^`]*`/gm, '')
  const named = [...text.matchAll(/`((?:shared|trainer|worker|test|docs)\/[\w./-]+)`/g)].map(([, path]) => path!)
  const linked = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, path]) =>
    path!.startsWith('#') ? `${page}${path}` : join(page, '..', path!),
  )
  return [...named, ...linked]
}

/** Whether there is a file or folder or, behind "#", a heading of a page. */
function isThere(path: string): boolean {
  const [file = '', heading] = path.split('#')
  if (!existsSync(join(root, file))) return existsSync(join(root, `${file}.ts`))
  if (heading === undefined) return true
  const headings = readFileSync(join(root, file), 'utf8').match(/^#+ .*$/gm) ?? []
  return headings
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    .includes(heading) // as GitHub names them
}

test('what the pages name is there, and the architecture page stays under 150 lines', () => {
  const missing = pages.flatMap((page) => pathsIn(page).flatMap((path) => (isThere(path) ? [] : [`${page}: ${path}`])))
  expect(missing).toEqual([])
  expect(pages.flatMap(pathsIn).length).toBeGreaterThan(40)
  expect(readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('\n').length).toBeLessThan(150)
})
