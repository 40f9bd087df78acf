import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { SoftPromptError } from '../../shared/error.ts'
import { callerOf } from '../dispatch/caller.ts'
import { classifyTexts, type TaskAnswer, type TaskText } from '../dispatch/classify-texts.ts'
import { type Environment, readSettings } from '../settings.ts'
import { errorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'

const texts = z.union([z.string(), z.array(z.string()).openapi({ minItems: 1 })], { error: 'must be a text or a list of texts' })
const taskReference = z
  .string({ error: 'must be the name of a task' })
  .max(256, 'must be the name of a task, which has at most 64 characters')

const result = {
  label: z.string(),
  probability: z.number().openapi({ description: 'Of the label' }),
  probabilities: z.record(z.string(), z.number()),
  truncated: z.boolean().openapi({ description: 'Whether the text was too long and lost its end; the template never does' }),
  tokens: z.int().openapi({ description: 'Of the text with its template' }),
  batch: z
    .object({ id: z.string(), rows: z.int(), tasks: z.int() })
    .openapi({ description: 'The run of the model that gave this answer, and how many texts of how many tasks shared it' }),
}
const TaskResult = z.object(result).openapi('Result')
const MixedResult = z.object({ task: z.string(), prompt: z.string(), ...result }).openapi('MixedResult')

const headers = z.object({
  prefer: z
    .string()
    .optional()
    .openapi({ example: 'wait=5', description: 'wait=SECONDS: answer within so many, or with 503. MAX_WAIT_MS is the most' }),
})

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } })

const classifyTask = createRoute({
  method: 'post',
  path: '/v1/tasks/{task}/classify',
  summary: 'Classify texts of one task',
  request: {
    headers,
    params: z.object({
      task: taskReference.openapi({ example: 'sentiment', description: 'A task, or task@hash for one of its versions' }),
    }),
    body: { required: true, ...json(z.object({ input: texts }).openapi('ClassifyRequest')) },
  },
  responses: {
    200: {
      description: 'A result for each text, in order',
      ...json(z.object({ task: z.string(), prompt: z.string(), results: z.array(TaskResult) })),
    },
    ...errorResponses,
  },
})

const classifyMixed = createRoute({
  method: 'post',
  path: '/v1/classify',
  summary: 'Classify texts of several tasks in one call',
  request: {
    headers,
    body: {
      required: true,
      ...json(
        z
          .object({
            inputs: z.array(z.object({ task: taskReference, input: z.string({ error: 'must be a text' }) })).openapi({ minItems: 1 }),
          })
          .openapi('MixedRequest'),
      ),
    },
  },
  responses: {
    200: { description: 'A result for each text, in order', ...json(z.object({ results: z.array(MixedResult) })) },
    ...errorResponses,
  },
})

export function classifyRoutes(): OpenAPIHono<{ Bindings: Environment }> {
  const routes = new OpenAPIHono<{ Bindings: Environment }>({ defaultHook: refuseInvalid })

  routes.openapi(classifyTask, async (c) => {
    const { task } = c.req.valid('param')
    const { input } = c.req.valid('json')
    const asked = [input].flat().map((text) => ({ task, text, param: 'task' }))
    checkTexts(c.env, asked, 'input', (index) => (typeof input === 'string' ? 'input' : `input.${index}`))
    const answers = await classifyTexts(c.env, callerOf(c), asked)
    const [first] = answers as [TaskAnswer]
    return c.json({ task: first.task, prompt: first.prompt, results: answers.map(({ task: _, prompt: __, ...answer }) => answer) }, 200)
  })

  routes.openapi(classifyMixed, async (c) => {
    const asked = c.req.valid('json').inputs.map(({ task, input }, index) => ({ task, text: input, param: `inputs.${index}.task` }))
    checkTexts(c.env, asked, 'inputs', (index) => `inputs.${index}.input`)
    return c.json({ results: await classifyTexts(c.env, callerOf(c), asked) }, 200)
  })

  return routes
}

function checkTexts(environment: Environment, asked: readonly TaskText[], list: string, place: (index: number) => string): void {
  const { MAX_INPUTS, MAX_INPUT_CHARACTERS } = readSettings(environment)
  if (asked.length === 0) throw new SoftPromptError('invalid_request', 'Cannot classify nothing: send at least one text.', { param: list })
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
