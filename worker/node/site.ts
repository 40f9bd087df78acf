import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import headers from '../site-headers.json' with { type: 'json' }

/** The playground and the API's documentation, from the folder that the build made of them, as Cloudflare serves it. Other paths are left to others. */
export function siteRoutes(folder: string): Hono {
  const files = serveStatic({
    root: folder,
    rewriteRequestPath: (path) => (path === '/docs' ? '/docs.html' : path),
    onFound(_, c) {
      for (const [name, value] of Object.entries(headers)) c.header(name, value)
      c.header('Cache-Control', 'public, max-age=0, must-revalidate')
      c.header('Vary', 'Accept-Encoding')
    },
  })
  // an app of its own, so that what is left to others is neither compressed nor tagged
  const site = new Hono()
    .use(etag({ retainedHeaders: ['Cache-Control', 'ETag', 'Vary', ...Object.keys(headers)] }), compress())
    .get('/docs/', (c) => c.redirect('/docs', 307))
    .get('*', (c, next) => (c.req.path === '/_headers' ? next() : files(c, next)))
  return new Hono().get('*', async (c, next) => {
    const response = await site.fetch(c.req.raw, c.env)
    return response.status === 404 ? next() : response
  })
}
