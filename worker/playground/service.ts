import { type Client, createClient } from 'softprompt/client'
import type { Answered, Place } from './place.ts'
import { ServiceError } from './service-error.ts'
import { timeParts } from './time-parts.ts'

/** A published task, as the service lists it. */
export interface Task {
  readonly task: string
  readonly prompt: string
  readonly models: Readonly<Record<string, string>>
  readonly labels: readonly string[] | null
}

/** The service that this page came from. */
export class Service implements Place {
  /** Empty where none is sent. */
  readonly apiKey: string
  readonly #client: Client

  constructor(apiKey: string) {
    this.apiKey = apiKey
    this.#client = createClient(location.origin, apiKey === '' ? {} : { headers: { Authorization: `Bearer ${apiKey}` } })
  }

  /** All published tasks, in the order of their names. */
  async tasks(signal: AbortSignal): Promise<Task[]> {
    const tasks: Task[] = []
    for (let after: string | undefined; ; ) {
      const query = { limit: 200, ...(after === undefined ? {} : { after }) }
      const response = await reached(this.#client.v1.tasks.$get({ query }, { init: { signal } }))
      if (response.status !== 200) throw await refusal(response)
      const page = await response.json()
      tasks.push(...page.tasks)
      if (page.next === null) return tasks
      after = page.next
    }
  }

  async classify(asked: Parameters<Place['classify']>[0], signal: AbortSignal): Promise<Answered> {
    const start = performance.now()
    const inputs = asked.map(({ task, text }) => ({ task, input: text }))
    const response = await reached(this.#client.v1.classify.$post({ json: { inputs } }, { init: { signal } }))
    if (response.status !== 200) throw await refusal(response)
    const answer = await response.json()
    return { results: answer.results, time: timeParts(response.headers.get('Server-Timing') ?? '', performance.now() - start) }
  }
}

/** `call`'s response. Throws where the service can't be reached. */
async function reached<Response>(call: Promise<Response>): Promise<Response> {
  try {
    return await call
  } catch (cause) {
    if ((cause as Error).name === 'AbortError') throw cause
    throw new ServiceError('unreachable', 'Cannot reach the service. Is this device online, and the service running?')
  }
}

async function refusal(response: { status: number; headers: Headers; json(): Promise<unknown> }): Promise<ServiceError> {
  const body = (await response.json().catch(() => null)) as { error?: { code: string; message: string } } | null
  const wait = Number(response.headers.get('Retry-After'))
  const { code = 'internal', message = `The service answered with status ${response.status} and no reason.` } = body?.error ?? {}
  return new ServiceError(code, message, wait > 0 ? wait : null)
}
