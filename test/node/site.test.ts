import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { siteRoutes } from '../../worker/node/site.ts'

const folder = mkdtempSync(join(tmpdir(), 'site-'))
const script = 'const text = "a page that says the same again and again"\n'.repeat(100)
mkdirSync(join(folder, 'docs'))
writeFileSync(join(folder, 'page.js'), script)
writeFileSync(join(folder, 'docs.html'), '<p>the docs</p>')
writeFileSync(join(folder, '_headers'), 'what Cloudflare reads')
const app = siteRoutes(folder).notFound((c) => c.text(`left to others: ${c.req.path}`))
const ask = (path: string, headers: Record<string, string> = {}) => app.request(`http://localhost${path}`, { headers })

test('a file is sent compressed, and not again where it is the same', async () => {
  const first = await ask('/page.js', { 'Accept-Encoding': 'gzip' })
  expect(first.headers.get('Content-Encoding')).toBe('gzip')
  expect(first.headers.get('Vary')).toBe('Accept-Encoding')
  expect(gunzipSync(Buffer.from(await first.arrayBuffer())).toString()).toBe(script)
  const tag = first.headers.get('ETag')!
  const again = await ask('/page.js', { 'Accept-Encoding': 'gzip', 'If-None-Match': tag })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect(again.headers.get('Content-Security-Policy')).toBe(first.headers.get('Content-Security-Policy'))
  const plain = await ask('/page.js')
  expect([plain.headers.get('Content-Encoding'), await plain.text()]).toEqual([null, script])
  writeFileSync(join(folder, 'page.js'), `${script}// changed`)
  const changed = await ask('/page.js', { 'Accept-Encoding': 'gzip', 'If-None-Match': tag })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('ETag')).not.toBe(tag)
})

test('the docs have one address, and what is no file is left to others as it is', async () => {
  expect(await (await ask('/docs')).text()).toBe('<p>the docs</p>')
  const moved = await ask('/docs/')
  expect([moved.status, moved.headers.get('Location')]).toEqual([307, '/docs'])
  for (const path of ['/v1/tasks', '/_headers', '/nothing.js']) {
    const response = await ask(path, { 'Accept-Encoding': 'gzip' })
    expect(await response.text()).toBe(`left to others: ${path}`)
    expect([response.headers.get('ETag'), response.headers.get('Content-Encoding')]).toEqual([null, null])
  }
})
