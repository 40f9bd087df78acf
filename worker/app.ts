import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { excerpt } from '../shared/error.ts'
import { bearerKeys } from './middleware/bearer-keys.ts'
import { crossOrigin } from './middleware/cross-origin.ts'
import { drainBody } from './middleware/drain-body.ts'
import { answerError, errorEnvelope } from './middleware/error-envelope.ts'
import { jsonBody } from './middleware/json-body.ts'
import { classifyRoutes } from './routes/classify.ts'
import { healthRoutes } from './routes/health.ts'
import { packageRoutes } from './routes/packages.ts'
import { tags } from './routes/tags.ts'
import { taskRoutes } from './routes/tasks.ts'
import type { Served, Services } from './services.ts'

/** Characters of a path that are repeated in an error: the paths of files, with their hashes, fit. */
const maxPath = 256

/** The HTTP side: every route, with what goes before and after it. `servicesOf` gives what a request is answered with. */
export function createApp(servicesOf: (c: Context) => Services) {
  const app = new OpenAPIHono<Served>()

  app.onError(answerError)
  app.notFound((c) =>
    errorEnvelope(c, 'not_found', `Cannot find ${c.req.method} ${excerpt(c.req.path, maxPath)}. GET /openapi.json lists what there is.`),
  )
  app.use((c, next) => {
    c.set('services', servicesOf(c))
    return next()
  })
  app.use(drainBody)
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        c.header('Allow', methods.join(', '))
        return errorEnvelope(
          c,
          'method_not_allowed',
          `Cannot ${c.req.method} ${excerpt(c.req.path, maxPath)}: it takes ${methods.join(', ')}.`,
        )
      },
    }),
  )
  // before the keys: a browser asks without them whether it may send them
  app.use('/v1/*', crossOrigin, bearerKeys, jsonBody)

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'One of API_KEYS; where that is not set, every caller is served',
  })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'softprompt',
      version: '1',
      description:
        'Answers texts by soft prompts, each a task, on one frozen model. A body is JSON in UTF-8, and is read as JSON whatever its `Content-Type` says.',
    },
    security: [{ bearer: [] }, {}],
    tags,
  })

  return app.route('/', classifyRoutes()).route('/', taskRoutes()).route('/', packageRoutes()).route('/', healthRoutes())
}
