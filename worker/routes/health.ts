import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { findPointer, listTasks } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { callHost } from '../dispatch/call-host.ts'
import { regionOf } from '../dispatch/caller.ts'
import { chooseHost } from '../dispatch/choose-host.ts'
import { chooseModel } from '../dispatch/choose-model.ts'
import { type Environment, readSettings } from '../settings.ts'
import { r2Store } from '../store/r2-store.ts'
import { errorResponses } from './error-responses.ts'

/** How long the last good answer stands: anybody may ask, and finding out costs reads of the bucket. */
let readyUntil = 0

/** Published tasks tried before the service is called not ready. */
const maxTried = 8

/** Tasks looked at for those: some may have been deleted. */
const maxLooked = 64

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
  const { MODEL_HOSTS, WEIGHT_FORMATS } = readSettings(environment)
  if (!environment.BUCKET || !environment.MODEL_HOST) throw notReady('the bindings BUCKET and MODEL_HOST of wrangler.toml are missing')
  const store = r2Store(environment.BUCKET)
  let why = 'no task is published'
  let tried = 0
  for (const task of (await listTasks(store, { count: maxLooked })).names) {
    if (tried === maxTried) break
    try {
      const pointer = await findPointer(store, task)
      if (pointer === null) continue
      tried++
      const { models, prompt } = pointer.live
      const model = chooseModel(models, WEIGHT_FORMATS, task)
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
  return new SoftPromptError('not_ready', `Cannot serve yet: ${why}.`)
}
