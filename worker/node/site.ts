import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import headers from '../site-headers.json' with { type: 'json' }

/** The playground and the API's documentation, from the folder that the build made of them, as Cloudflare serves it. Other paths are left to others. */
export function siteRoutes(folder: string): Hono {
  const files = serveStatic({
    root: folder,
    rewriteRequestPath: (path) => (path === '/docs' ? '/docs.html' : path),
    onFound(_, c) {
      for (const [name, value] of Object.entries(headers)) c.header(name, value)
      c.header('Cache-Control', 'public, max-age=0, must-revalidate')
    },
  })
  return new Hono().get('*', (c, next) => (c.req.path === '/_headers' ? next() : files(c, next)))
}
