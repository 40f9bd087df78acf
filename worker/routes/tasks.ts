import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { located, SoftPromptError } from '../../shared/error.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type TaskPointer, TaskVersion } from '../../shared/formats/storage-keys.ts'
import type { Environment } from '../settings.ts'
import { listTasks } from '../store/list-tasks.ts'
import { demandPointer, fetchPointer } from '../store/pointers.ts'
import { readPromptCard } from '../store/prompt-files.ts'
import { errorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'

/** Each task costs two reads of the bucket, and a Worker may make 1,000 a request. */
const mostListed = 200

const TaskSummary = z
  .object({
    task: z.string(),
    prompt: z.string().openapi({ description: 'SHA-256 of the live prompt package' }),
    model: z.string(),
    labels: z.array(z.string()).nullable().openapi({ description: 'null where the prompt package can not be read' }),
    updated: z.string(),
  })
  .openapi('Task')

const CardDetails = PromptCard.omit({ format: true, version: true, task: true, labels: true, selfTest: true, files: true }).extend({
  training: z.record(z.string(), z.unknown()),
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
      limit: z.coerce.number().int().min(1).max(mostListed).default(50),
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
    const { names, next } = await listTasks(c.env.BUCKET, limit, after)
    const tasks = await Promise.all(names.map((task) => summary(c.env.BUCKET, task)))
    return c.json({ tasks: tasks.filter((task) => task !== null), next }, 200)
  })

  routes.openapi(show, async (c) => {
    const { task } = c.req.valid('param')
    const pointer = await located(demandPointer(c.env.BUCKET, task), 'task')
    const card = await located(readPromptCard(c.env.BUCKET, pointer.live.prompt), 'task')
    const versions = [pointer.live, ...pointer.previous]
    return c.json({ ...CardDetails.parse(card), ...summarised(task, pointer, card), versions }, 200)
  })

  return routes
}

/** Null where the task was deleted since it was listed, or its pointer is broken. One broken package must not hide the other tasks. */
async function summary(bucket: R2Bucket, task: string): Promise<z.infer<typeof TaskSummary> | null> {
  let pointer: TaskPointer | null = null
  try {
    pointer = await fetchPointer(bucket, task)
    return pointer && summarised(task, pointer, await readPromptCard(bucket, pointer.live.prompt))
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code === 'storage') throw error
    console.error(`task ${task}: ${error.message}`)
    return pointer && summarised(task, pointer, null)
  }
}

function summarised(task: string, { live, updated }: TaskPointer, card: PromptCard | null): z.infer<typeof TaskSummary> {
  return { task, ...live, labels: card === null ? null : card.labels.map(({ label }) => label), updated }
}
