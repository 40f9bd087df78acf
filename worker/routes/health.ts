import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { findPointer, listTasks } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'
import { callHost } from '../dispatch/call-host.ts'
import { chooseHost } from '../dispatch/choose-host.ts'
import { chooseModel } from '../dispatch/choose-model.ts'
import type { Served, Services } from '../services.ts'
import { errorResponses } from './error-responses.ts'

/** The last good answer and how long it stands: anybody may ask, and finding out costs reads of the bucket. */
let last: { readonly status: z.infer<typeof Readiness>['status']; readonly until: number } = { status: 'empty', until: 0 }

/** Published tasks tried before the service is called not ready. */
const maxTried = 8

/** Tasks looked at for those: some may have been deleted. */
const maxLooked = 64

const Health = z.object({ status: z.literal('ok').openapi({ description: 'The Worker runs' }) }).openapi('Health')
const Readiness = z
  .object({
    status: z.enum(['ready', 'empty']).openapi({
      description: '`ready`: a published task can be answered. `empty`: no task is published yet, and nothing is wrong',
      example: 'ready',
    }),
  })
  .openapi('Readiness')

const health = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  tags: ['Service'],
  summary: 'Whether the Worker runs',
  security: [],
  responses: {
    200: { description: 'It does', content: { 'application/json': { schema: Health } } },
    405: errorResponses[405],
  },
})
const readiness = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  tags: ['Service'],
  summary: 'Whether a published task can be answered',
  description: 'Loads the model of a published task, if none is loaded, so the first call may take seconds.',
  security: [],
  responses: {
    200: {
      description: 'Requests are answered as they should be, which is with 404 while no task is published',
      content: { 'application/json': { schema: Readiness } },
    },
    405: errorResponses[405],
    500: errorResponses[500],
    503: {
      ...errorResponses[503],
      description: 'Tasks are published and none can be answered (`not_ready`), or the storage did not answer (`storage`).',
    },
  },
})

export function healthRoutes() {
  return new OpenAPIHono<Served>()
    .openapi(health, (c) => c.json({ status: 'ok' } as const, 200))
    .openapi(readiness, async (c) => {
      if (Date.now() >= last.until) {
        const status = (await loadSomeModel(c.var.services)) ? 'ready' : 'empty'
        last = { status, until: Date.now() + c.var.services.settings.POINTER_TTL_MS }
      }
      return c.json({ status: last.status }, 200)
    })
}

/**
 * True once the model of some task is loaded, false where no task is published. Throws where none can be loaded. Anybody may ask, so the
 * answer names no task: the log does.
 */
async function loadSomeModel(services: Services): Promise<boolean> {
  const { store, region, settings } = services
  const { MODEL_HOSTS, WEIGHT_FORMATS } = settings
  let published = false
  let tried = 0
  for (const task of (await listTasks(store, { count: maxLooked })).names) {
    if (tried === maxTried) break
    try {
      const pointer = await findPointer(store, task)
      if (pointer === null) continue
      tried++
      published = true
      const { models, prompt } = pointer.live
      const model = chooseModel(models, WEIGHT_FORMATS, task)
      await callHost(services, chooseHost(model, region, prompt, MODEL_HOSTS), (host) => host.ready(model))
      return true
    } catch (error) {
      if (!(error instanceof SoftPromptError)) throw error
      published = true
      console.error(`task ${task}: ${printable(error.message)}`)
    }
  }
  if (published) throw new SoftPromptError('not_ready', 'Cannot serve yet: no published task can be answered; the log says why.')
  return false
}
