import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Store } from '../../shared/engine/store.ts'
import { findPromptCard } from '../../shared/engine/stored-prompt.ts'
import { findPointer, listTasks } from '../../shared/engine/stored-task.ts'
import { located, SoftPromptError } from '../../shared/error.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { promptKey } from '../../shared/formats/storage-keys.ts'
import { type TaskPointer, TaskVersion, versionsOf } from '../../shared/formats/task-pointer.ts'
import { printable } from '../../shared/printable.ts'
import type { Environment } from '../settings.ts'
import { requireTask } from '../store/pointers.ts'
import { r2Store } from '../store/r2-store.ts'
import { errorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'

/** Each task costs two reads of the bucket, and a Worker may make 1,000 a request. */
const maxListed = 200

const TaskSummary = z
  .object({
    task: z.string(),
    prompt: z.string().openapi({ description: 'SHA-256 of the live prompt package' }),
    models: z.record(z.string(), z.string()).openapi({ description: 'SHA-256 of the packages of its frozen model, by weight format' }),
    labels: z.array(z.string()).nullable().openapi({ description: 'null where the prompt package can not be read' }),
    updated: z.string(),
  })
  .openapi('Task')

const CardDetails = PromptCard.omit({ format: true, version: true, task: true, labels: true, selfTest: true, files: true }).extend({
  settings: z.record(z.string(), z.unknown()),
  answer: z.record(z.string(), z.unknown()),
})
const TaskDetails = TaskSummary.extend(CardDetails.shape)
  .extend({ versions: z.array(TaskVersion).openapi({ description: 'The live one first, then those before it' }) })
  .openapi('TaskDetails')

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } })

const list = createRoute({
  method: 'get',
  path: '/v1/tasks',
  summary: 'The published tasks, by name',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(maxListed).default(50),
      after: z.string().max(256).optional().openapi({ description: 'List the tasks whose names come after this one' }),
    }),
  },
  responses: {
    200: {
      description: '`next` is what to give as `after` for more, null at the end',
      ...json(z.object({ tasks: z.array(TaskSummary), next: z.string().nullable() })),
    },
    ...errorResponses,
  },
})

const show = createRoute({
  method: 'get',
  path: '/v1/tasks/{task}',
  summary: 'A task: its live prompt, how it was trained, and its versions',
  request: { params: z.object({ task: z.string() }) },
  responses: { 200: { description: 'The task', ...json(TaskDetails) }, ...errorResponses },
})

export function taskRoutes(): OpenAPIHono<{ Bindings: Environment }> {
  const routes = new OpenAPIHono<{ Bindings: Environment }>({ defaultHook: refuseInvalid })

  routes.openapi(list, async (c) => {
    const { limit, after } = c.req.valid('query')
    const store = r2Store(c.env.BUCKET)
    const { names, more } = await listTasks(store, { after, count: limit })
    const tasks = await Promise.all(names.map((task) => summary(store, task)))
    return c.json({ tasks: tasks.filter((task) => task !== null), next: more ? (names.at(-1) ?? null) : null }, 200)
  })

  routes.openapi(show, async (c) => {
    const { task } = c.req.valid('param')
    const store = r2Store(c.env.BUCKET)
    const pointer = await located(requireTask(store, task), 'task')
    const card = await located(liveCard(store, pointer), 'task')
    return c.json({ ...CardDetails.parse(card), ...summarised(task, pointer, card), versions: versionsOf(pointer) }, 200)
  })

  return routes
}

/** Null where the task was deleted since it was listed, or its pointer is broken. One broken package must not hide the other tasks. */
async function summary(store: Store, task: string): Promise<z.infer<typeof TaskSummary> | null> {
  let pointer: TaskPointer | null = null
  try {
    pointer = await findPointer(store, task)
    return pointer && summarised(task, pointer, await liveCard(store, pointer))
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code === 'storage') throw error
    console.error(`task ${task}: ${printable(error.message)}`)
    return pointer && summarised(task, pointer, null)
  }
}

/** The card of a task's live prompt. One that is lost makes a broken task, and not a missing one. */
async function liveCard(store: Store, { live }: TaskPointer): Promise<PromptCard> {
  const card = await findPromptCard(store, live.prompt)
  if (card !== null) return card
  throw new SoftPromptError(
    'invalid_file',
    `Cannot load ${promptKey(live.prompt, 'prompt.json')}: the bucket has no such object. Publish the task again.`,
  )
}

function summarised(task: string, { live, updated }: TaskPointer, card: PromptCard | null): z.infer<typeof TaskSummary> {
  const { prompt, models } = live
  return { task, prompt, models, labels: card === null ? null : card.labels.map(({ label }) => label), updated }
}
