import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Served } from '../services.ts'

/** Lets pages of other origins call the service: those of CORS_ORIGINS, or any where that is `*`. Where it names none, nothing is said. */
export const crossOrigin: MiddlewareHandler<Served> = (c, next) => {
  const { CORS_ORIGINS: origins } = c.var.services.settings
  return origins.length === 0 ? next() : allow(origins.includes('*') ? '*' : [...origins])(c, next)
}

const allow = (origin: '*' | string[]) =>
  cors({
    origin,
    allowMethods: ['GET', 'HEAD', 'POST'],
    allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'If-Range', 'Prefer', 'Range'],
    exposeHeaders: ['Accept-Ranges', 'Content-Length', 'Content-Range', 'ETag', 'Retry-After', 'Server-Timing', 'WWW-Authenticate'],
    maxAge: 86_400,
  })
