import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../worker/app.ts'
import type { TaskAnswer } from '../../worker/router/classify-texts.ts'
import type { Environment } from '../../worker/settings.ts'

const app = createApp()

/** Pointers are read anew for each request, so that no test sees another's. */
const fresh: Partial<Environment> = { POINTER_TTL_MS: 0 }

/** What the Worker answers, with the real bindings and `settings` in place of those of wrangler.toml. */
export async function ask(path: string, init: RequestInit = {}, settings: Partial<Environment> = {}): Promise<Response> {
  return app.fetch(new Request(`http://worker${path}`, init), { ...env, ...fresh, ...settings }, createExecutionContext())
}

export function post(path: string, body: unknown, settings: Partial<Environment> = {}): Promise<Response> {
  return ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }, settings)
}

/** The results of a call that must succeed. */
export async function classify(inputs: { task: string; input: string }[], settings: Partial<Environment> = {}): Promise<TaskAnswer[]> {
  const response = await post('/v1/classify', { inputs }, settings)
  const body = await response.json<{ results: TaskAnswer[] }>()
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`)
  return body.results
}

/** The status of an answer and the error in its envelope. */
export async function refusal(
  answer: Response | Promise<Response>,
): Promise<{ status: number; code: string; type: string; param: string | null; message: string }> {
  const response = await answer
  const { error } = await response.json<{ error: { code: string; type: string; param: string | null; message: string } }>()
  return { status: response.status, ...error }
}
