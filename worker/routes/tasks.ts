import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Store } from '../../shared/engine/store.ts'
import { findPromptCard } from '../../shared/engine/stored-prompt.ts'
import { findPointer, listTasks } from '../../shared/engine/stored-task.ts'
import { located, SoftPromptError } from '../../shared/error.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { promptKey } from '../../shared/formats/storage-keys.ts'
import { type TaskPointer, TaskVersion, versionsOf } from '../../shared/formats/task-pointer.ts'
import { printable } from '../../shared/printable.ts'
import type { Served } from '../services.ts'
import { requireTask } from '../store/pointers.ts'
import { errorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'

/** Each task costs two reads of the bucket, and a Worker may make 1,000 a request. */
const maxListed = 200

const hash = { example: '0927fdb1706fcf159c4bcfa28ebcb8b313b5d1f0703c0df87257f051d824b2bf' }

const TaskSummary = z
  .object({
    task: z.string().openapi({ description: 'The name of the task', example: 'sentiment' }),
    prompt: z.string().openapi({ description: 'SHA-256 of the live prompt package', ...hash }),
    models: z.record(z.string(), z.string()).openapi({
      description: 'SHA-256 of the packages of the frozen model that it runs on, by weight format',
      example: { int8: hash.example },
    }),
    labels: z
      .array(z.string())
      .nullable()
      .openapi({
        description: 'The labels that answers choose from; null where the prompt package cannot be read',
        example: ['negative', 'positive'],
      }),
    updated: z
      .string()
      .openapi({ description: 'When it was last published, promoted or rolled back, ISO 8601', example: '2026-01-01T00:00:00Z' }),
  })
  .openapi('Task')

const TaskList = z
  .object({
    tasks: z.array(TaskSummary),
    next: z.string().nullable().openapi({ description: 'What to give as `after` for more tasks, null at the end', example: 'sentiment' }),
  })
  .openapi('TaskList')

const Version = TaskVersion.extend({
  prompt: TaskVersion.shape.prompt.describe('SHA-256 of its prompt package'),
  base: TaskVersion.shape.base.describe('The hash of the base model that the prompt was trained for'),
  models: TaskVersion.shape.models.describe('SHA-256 of packages of that base, by weight format'),
}).openapi('TaskVersion')

const { shape } = PromptCard
const CardDetails = z.object({
  kind: shape.kind.describe('What the prompt package stores: a table of vectors, or a prefix of keys and values'),
  method: shape.method.describe('The method that it was trained by'),
  virtualTokens: shape.virtualTokens.describe('How many positions the prompt takes before each text'),
  positionOffset: shape.positionOffset.describe('The position at which a text begins to count'),
  readout: shape.readout.describe("Which of the model's outputs is scored"),
  answer: z.record(z.string(), z.unknown()).describe('How scores become probabilities'),
  base: shape.base.describe('The base model that it was trained for'),
  template: shape.template.describe('Where {text} stands, a text is put in'),
  maxTokens: shape.maxTokens.describe('The most tokens of a text with its template: a longer text loses its end'),
  settings: z.record(z.string(), z.unknown()).describe('The settings that it was trained with'),
  training: shape.training.describe(
    'How many steps it was trained, and after which it was best on the dev set; null where that is not known',
  ),
  data: shape.data.describe('The files that it was trained and measured on'),
  metrics: shape.metrics.describe('How well it did on the dev set'),
  baselines: shape.baselines.describe('How well others did on the dev set, such as the linear probe'),
  accuracyIntervals: shape.accuracyIntervals.describe('The 95 % intervals of the accuracies on the dev set'),
})
const TaskDetails = TaskSummary.extend(CardDetails.shape)
  .extend({ versions: z.array(Version).openapi({ description: 'The live one first, then those before it' }) })
  .openapi('TaskDetails')

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } })

const wantedLimit = `must be a whole number from 1 to ${maxListed}`

const list = createRoute({
  method: 'get',
  path: '/v1/tasks',
  operationId: 'listTasks',
  tags: ['Tasks'],
  summary: 'The published tasks, in the order of their names',
  request: {
    query: z.object({
      limit: z.coerce
        .number<number | string>(wantedLimit)
        .int(wantedLimit)
        .min(1, wantedLimit)
        .max(maxListed, wantedLimit)
        .default(50)
        .openapi({ description: 'How many to list at most', example: 50 }),
      after: z.string('must be one name').max(256, 'must be the name of a task, which has at most 64 characters').optional().openapi({
        description: 'List the tasks whose names come after this one, byte by byte ("-", digits, "_", letters); it need not exist',
        example: 'sentiment',
      }),
    }),
  },
  responses: { 200: { description: 'The tasks', ...json(TaskList) }, ...errorResponses },
})

const show = createRoute({
  method: 'get',
  path: '/v1/tasks/{task}',
  operationId: 'getTask',
  tags: ['Tasks'],
  summary: 'A task: its live prompt, how it was trained, and its versions',
  request: { params: z.object({ task: z.string().openapi({ description: 'The name of a task', example: 'sentiment' }) }) },
  responses: { 200: { description: 'The task', ...json(TaskDetails) }, ...errorResponses },
})

export function taskRoutes() {
  return new OpenAPIHono<Served>({ defaultHook: refuseInvalid })
    .openapi(list, async (c) => {
      const { limit, after } = c.req.valid('query')
      const { store } = c.var.services
      const { names, more } = await listTasks(store, { after, count: limit })
      const tasks = await Promise.all(names.map((task) => summary(store, task)))
      return c.json({ tasks: tasks.filter((task) => task !== null), next: more ? (names.at(-1) ?? null) : null }, 200)
    })
    .openapi(show, async (c) => {
      const { task } = c.req.valid('param')
      const { store } = c.var.services
      const pointer = await located(requireTask(store, task), 'task')
      const card = await located(liveCard(store, pointer), 'task')
      return c.json({ ...CardDetails.parse(card), ...summarised(task, pointer, card), versions: versionsOf(pointer) }, 200)
    })
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
