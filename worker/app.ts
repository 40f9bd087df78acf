import { OpenAPIHono } from '@hono/zod-openapi'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { bearerKeys } from './middleware/bearer-keys.ts'
import { answerError, errorEnvelope } from './middleware/error-envelope.ts'
import { jsonBody } from './middleware/json-body.ts'
import { classifyRoutes } from './routes/classify.ts'
import { healthRoutes } from './routes/health.ts'
import { taskRoutes } from './routes/tasks.ts'
import type { Environment } from './settings.ts'

/** The HTTP side of the Worker: every route, with what goes before and after it. */
export function createApp(): OpenAPIHono<{ Bindings: Environment }> {
  const app = new OpenAPIHono<{ Bindings: Environment }>()

  app.onError(answerError)
  app.notFound((c) =>
    errorEnvelope(c, 'not_found', `Cannot find ${c.req.method} ${c.req.path.slice(0, 80)}. GET /openapi.json lists what there is.`),
  )
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        c.header('Allow', methods.join(', '))
        return errorEnvelope(c, 'method_not_allowed', `Cannot ${c.req.method} ${c.req.path.slice(0, 80)}: it takes ${methods.join(', ')}.`)
      },
    }),
  )
  app.use('/v1/*', bearerKeys, jsonBody)

  app.route('/', classifyRoutes())
  app.route('/', taskRoutes())
  app.route('/', healthRoutes())

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'softprompt', version: '1' }, security: [{ bearer: [] }, {}] })

  return app
}
