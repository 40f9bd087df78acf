import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DirectWorker, startWorker } from '../fixtures/direct-worker.ts'
import { typeErrors } from '../fixtures/type-errors.ts'

let worker: DirectWorker
beforeAll(async () => {
  worker = await startWorker('worker/index.ts')
})
afterAll(() => worker?.dispose())

const use = `
import type { components, operations } from './schema.js'

type Body<Response extends { content: { 'application/json': unknown } }> = Response['content']['application/json']

const one: components['schemas']['ClassifyRequest'] = { input: 'Lovely.' }
const many: Body<operations['classify']['requestBody']> = { input: ['Lovely.', 'Dreadful.'] }
const mixed: components['schemas']['MixedRequest'] = { inputs: [{ task: 'mood', input: 'Lovely.' }] }
const query: operations['listTasks']['parameters']['query'] = { limit: 20, after: 'mood' }
const { task }: operations['getTask']['parameters']['path'] = { task: 'mood' }

export function label({ results }: components['schemas']['ClassifyResponse']): string | null | undefined {
  return results[0]?.label
}

export function probability(answer: Body<operations['classifyMixed']['responses'][200]>, label: string): number | undefined {
  return answer.results[0]?.probabilities[label]
}

export function names({ tasks, next }: components['schemas']['TaskList']): [string[], string | null] {
  return [tasks.map((task) => task.task), next]
}

export function trained({ training, versions }: components['schemas']['TaskDetails']): [number | undefined, string | undefined] {
  return [training?.steps, versions[0]?.base]
}

export function ready({ status }: Body<operations['getReadiness']['responses'][200]>): 'ready' | 'empty' {
  return status
}

export function why({ error }: components['schemas']['Error']): [string, string | null] {
  return [error.code, error.param]
}

export const empty: components['schemas']['Readiness'] = { status: 'empty' }

// @ts-expect-error: a text is wanted
export const number: components['schemas']['ClassifyRequest'] = { input: 3 }
// @ts-expect-error: the input is missing
export const missing: components['schemas']['MixedRequest'] = { inputs: [{ task: 'mood' }] }
// @ts-expect-error: a number is wanted
export const text: operations['listTasks']['parameters']['query'] = { limit: 'abc' }

export { many, mixed, one, query, task }
`

test('types generated of /openapi.json are what a program in TypeScript needs, and say what is what', async () => {
  const schema = astToString(await openapiTS((await (await fetch(new URL('/openapi.json', worker.url))).json()) as OpenAPI3))
  const folder = mkdtempSync(join(tmpdir(), 'softprompt-generated-'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  writeFileSync(join(folder, 'schema.ts'), schema)
  writeFileSync(join(folder, 'use.ts'), use)
  expect(typeErrors(join(folder, 'use.ts'))).toEqual([])
  expect(schema).toContain('@description Whether the text was too long and lost its end; the template never does')
  expect(schema).toContain('@example I was charged twice this month')
})
