import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { SoftPromptError } from '../../shared/error.ts'
import { createApp } from '../app.ts'
import type { Services } from '../services.ts'
import { siteRoutes } from './site.ts'

export interface Listening {
  readonly url: string
  /** Takes nothing new, gives what is under way at most `patience` ms to end, and hangs up on the rest. */
  stop(patience: number): Promise<void>
}

interface Address {
  /** 0 is any that is free. */
  readonly port: number
  readonly host: string
}

/** Serves the app and the files of `site` at an address of this machine. Throws `usage` where the address cannot be had. */
export async function listen(services: Services, site: string, { port, host }: Address): Promise<Listening> {
  const api = createApp(() => services)
  const app = siteRoutes(site).notFound((c) => api.fetch(c.req.raw, c.env))
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host }) as import('node:http').Server
  let open = 0
  let stopping = false
  server.on('request', (_, response) => {
    open++
    response.once('close', () => open--)
    if (stopping) response.setHeader('connection', 'close')
  })
  server.listen(port, host)
  await Promise.race([once(server, 'listening'), once(server, 'error').then(([error]) => Promise.reject(error))]).catch((cause) => {
    throw new SoftPromptError('usage', `Cannot listen on ${host}:${port}: ${reasons[cause.code] ?? cause.message}.`, { cause })
  })
  const { address, family, port: taken } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    async stop(patience) {
      stopping = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      for (const end = Date.now() + patience; open > 0 && Date.now() < end; ) await pause(10)
      server.closeAllConnections()
      await closed
    },
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there. Stop it, or give another --port',
  EACCES: 'this user may not. Give a --port of at least 1024',
  EADDRNOTAVAIL: 'this machine has no such address. Give another --host',
  ENOTFOUND: 'nobody knows this name. Give another --host',
}
