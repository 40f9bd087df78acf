import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { SoftPromptError } from '../../shared/error.ts'
import { callerOf } from '../dispatch/caller.ts'
import { classifyTexts, type TaskAnswer, type TaskText } from '../dispatch/classify-texts.ts'
import type { Served } from '../services.ts'
import type { Settings } from '../settings.ts'
import { bodyErrorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'
import { serverTiming } from './server-timing.ts'

const example = 'I was charged twice this month'
const texts = z
  .union([z.string(), z.array(z.string()).openapi({ minItems: 1 })], { error: 'must be a text or a list of texts' })
  .openapi({ description: 'A text, or a list of texts', example: [example] })
const taskReference = z
  .string({ error: 'must be the name of a task' })
  .max(256, 'must be the name of a task, which has at most 64 characters')
  .openapi({ description: 'A task, or task@hash for one of its versions', example: 'support-routing' })

const answering = {
  task: z.string().openapi({ description: 'The task that answered', example: 'support-routing' }),
  prompt: z.string().openapi({
    description: 'SHA-256 of the prompt package that answered',
    example: '0927fdb1706fcf159c4bcfa28ebcb8b313b5d1f0703c0df87257f051d824b2bf',
  }),
}
const result = {
  label: z.string().nullable().openapi({
    description: "The most probable label; null where it is less probable than the task's threshold for it, so that no answer is given",
    example: 'billing',
  }),
  probability: z.number().openapi({ description: 'The probability of the most probable label, given or not', example: 0.88 }),
  labels: z
    .array(z.string())
    .readonly()
    .optional()
    .openapi({
      description: 'Only where the task gives a text several labels: all that reach their thresholds, the most probable first',
      example: ['billing'],
    }),
  probabilities: z.record(z.string(), z.number()).openapi({
    description: 'The probability of every label of the task: of one label a text they add up to 1, of several each stands by itself',
    example: { billing: 0.88, refund: 0.12 },
  }),
  truncated: z
    .boolean()
    .openapi({ description: 'Whether the text was too long and lost its end; the template never does', example: false }),
  tokens: z.int().openapi({ description: 'How many tokens were read: of the text and its template', example: 8 }),
  batch: z
    .object({
      id: z.string().openapi({ description: 'The same in all answers of the run', example: '9922b50e-1' }),
      rows: z.int().openapi({ description: 'How many texts shared the run', example: 16 }),
      tasks: z.int().openapi({ description: 'Of how many tasks they were', example: 3 }),
      waitedMs: z.number().openapi({ description: 'How many milliseconds this text waited for the run', example: 12 }),
    })
    .openapi({ description: 'The run of the model that gave this answer' }),
}
const TaskResult = z.object(result).openapi('Result')
const MixedResult = z.object({ ...answering, ...result }).openapi('MixedResult')
const ClassifyRequest = z.object({ input: texts }).openapi('ClassifyRequest')
const ClassifyResponse = z.object({ ...answering, results: z.array(TaskResult) }).openapi('ClassifyResponse')
const MixedRequest = z
  .object({
    inputs: z
      .array(z.object({ task: taskReference, input: z.string({ error: 'must be a text' }).openapi({ description: 'A text', example }) }))
      .openapi({ minItems: 1, description: 'Texts, each with its task' }),
  })
  .openapi('MixedRequest')
const MixedResponse = z.object({ results: z.array(MixedResult) }).openapi('MixedResponse')

/** Read in `callerOf`: as part of the request's schema, it would be one that every typed client has to send. */
const parameters = [
  {
    in: 'header' as const,
    name: 'Prefer',
    schema: { type: 'string' as const, example: 'wait=5' },
    description: 'wait=SECONDS: answer within so many, or with 503. MAX_WAIT_MS is the most.',
  },
]

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } })

const classifyTask = createRoute({
  method: 'post',
  path: '/v1/tasks/{task}/classify',
  operationId: 'classify',
  tags: ['Answers'],
  summary: 'Classify texts of one task',
  parameters,
  request: { params: z.object({ task: taskReference }), body: { required: true, ...json(ClassifyRequest) } },
  responses: { 200: { description: 'A result for each text, in order', ...json(ClassifyResponse) }, ...bodyErrorResponses },
})

const classifyMixed = createRoute({
  method: 'post',
  path: '/v1/classify',
  operationId: 'classifyMixed',
  tags: ['Answers'],
  summary: 'Classify texts of several tasks in one call',
  description: 'All are answered or none is: the error names the input at fault.',
  parameters,
  request: { body: { required: true, ...json(MixedRequest) } },
  responses: { 200: { description: 'A result for each text, in order', ...json(MixedResponse) }, ...bodyErrorResponses },
})

export function classifyRoutes() {
  return new OpenAPIHono<Served>({ defaultHook: refuseInvalid })
    .openapi(classifyTask, async (c) => {
      const { task } = c.req.valid('param')
      const { input } = c.req.valid('json')
      const asked = [input].flat().map((text) => ({ task, text, param: 'task' }))
      checkTexts(c.var.services.settings, asked, 'input', (index) => (typeof input === 'string' ? 'input' : `input.${index}`))
      const answers = await timed(c, () => classifyTexts(c.var.services, callerOf(c), asked))
      const [first] = answers as [TaskAnswer]
      return c.json({ task: first.task, prompt: first.prompt, results: answers.map(({ task: _, prompt: __, ...answer }) => answer) }, 200)
    })
    .openapi(classifyMixed, async (c) => {
      const asked = c.req.valid('json').inputs.map(({ task, input }, index) => ({ task, text: input, param: `inputs.${index}.task` }))
      checkTexts(c.var.services.settings, asked, 'inputs', (index) => `inputs.${index}.input`)
      return c.json({ results: await timed(c, () => classifyTexts(c.var.services, callerOf(c), asked)) }, 200)
    })
}

/** `answer`'s value. How long it took goes into the headers. */
async function timed(c: Context<Served>, answer: () => Promise<TaskAnswer[]>): Promise<TaskAnswer[]> {
  const start = Date.now()
  const answers = await answer()
  c.header('Server-Timing', serverTiming(Date.now() - start, answers))
  return answers
}

function checkTexts(
  { MAX_INPUTS, MAX_INPUT_CHARACTERS }: Settings,
  asked: readonly TaskText[],
  list: string,
  place: (index: number) => string,
): void {
  if (asked.length === 0)
    throw new SoftPromptError('invalid_request', 'There is nothing to classify: send at least one text.', { param: list })
  if (asked.length > MAX_INPUTS) {
    throw new SoftPromptError(
      'too_large',
      `Cannot take ${asked.length} texts in one call: at most ${MAX_INPUTS}. Send them in several calls.`,
      { param: list },
    )
  }
  asked.forEach(({ text }, index) => {
    if (text.length <= MAX_INPUT_CHARACTERS) return
    throw new SoftPromptError(
      'too_large',
      `Cannot take a text of ${text.length} characters: at most ${MAX_INPUT_CHARACTERS}. Send its beginning.`,
      { param: place(index) },
    )
  })
}
