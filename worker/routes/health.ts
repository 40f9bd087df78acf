import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { SoftPromptError } from '../../shared/error.ts'
import { callHost } from '../dispatch/call-host.ts'
import { regionOf } from '../dispatch/caller.ts'
import { chooseHost } from '../dispatch/choose-host.ts'
import { type Environment, readSettings } from '../settings.ts'
import { listTasks } from '../store/list-tasks.ts'
import { fetchPointer } from '../store/pointers.ts'
import { errorResponses } from './error-responses.ts'

/** How long the last good answer stands: anybody may ask, and finding out costs reads of the bucket. */
let readyUntil = 0

/** Tasks looked at before the service is called not ready. */
const mostTried = 8

const ok = { description: 'Yes', content: { 'application/json': { schema: z.object({ status: z.string() }) } } }
const health = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the Worker runs',
  responses: { 200: ok, 405: errorResponses[405] },
})
const readiness = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether a published task could be answered: its model is loaded, or loads now',
  responses: { 200: ok, 405: errorResponses[405], 500: errorResponses[500], 503: errorResponses[503] },
})

export function healthRoutes(): OpenAPIHono<{ Bindings: Environment }> {
  const routes = new OpenAPIHono<{ Bindings: Environment }>()

  routes.openapi(health, (c) => c.json({ status: 'ok' }, 200))

  routes.openapi(readiness, async (c) => {
    if (Date.now() >= readyUntil) {
      await loadSomeModel(c.env, regionOf(c.req.raw))
      readyUntil = Date.now() + readSettings(c.env).POINTER_TTL_MS
    }
    return c.json({ status: 'ready' }, 200)
  })

  return routes
}

/** Throws unless the model of some task can be loaded. Anybody may ask, so the answer names no task: the log does. */
async function loadSomeModel(environment: Environment, region: DurableObjectLocationHint | null): Promise<void> {
  const { MODEL_HOSTS } = readSettings(environment)
  if (!environment.BUCKET || !environment.MODEL_HOST) throw notReady('the bindings BUCKET and MODEL_HOST of wrangler.toml are missing')
  let why = 'no task is published'
  for (const task of (await listTasks(environment.BUCKET, mostTried)).names) {
    try {
      const pointer = await fetchPointer(environment.BUCKET, task)
      if (pointer === null) continue
      const { model, prompt } = pointer.live
      await callHost(environment, chooseHost(model, region, prompt, MODEL_HOSTS), region, (host) => host.ready(model))
      return
    } catch (error) {
      if (!(error instanceof SoftPromptError)) throw error
      console.error(`task ${task}: ${error.message}`)
      why = 'no published task can be answered; the log says why'
    }
  }
  throw notReady(why)
}

function notReady(why: string): SoftPromptError {
  return new SoftPromptError('storage', `Cannot serve yet: ${why}`)
}
