import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { TextAnswer } from '../../shared/engine/prompt.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { abortedWith, unlessAborted } from '../../shared/unless-aborted.ts'
import type { Progress } from './score.ts'
import { serviceAddress } from './served-address.ts'

/** A task that a Worker serves. */
export interface ServedTask {
  /** Where the Worker is: `https://softprompt.example.workers.dev`. */
  readonly url: string
  /** Its name, or `name@version`. */
  readonly task: string
  /** A bearer key of the service, where it has some. */
  readonly key?: string | undefined
}

/** Texts in one call, and their characters: what a service takes that nobody set otherwise. */
const most = { texts: 64, characters: 2 ** 17 }
const attempts = 5
const longestPause = 60
const timeoutMs = 60_000
const maxAnswerBytes = 2 ** 24

const share = z.number().min(0).max(1)
const Answers = z.object({
  prompt: z.string(),
  results: z.array(
    z.object({
      label: z.string().nullable(),
      labels: z.array(z.string()).optional(),
      probability: share,
      probabilities: z.record(z.string(), share),
      truncated: z.boolean(),
      tokens: z.int(),
    }),
  ),
})
const Refusal = z.object({ error: z.object({ message: z.string() }) })

/** The answers of one call. */
interface ServedAnswers {
  /** The prompt package that gave them, by its hash. */
  readonly prompt: string
  readonly results: readonly TextAnswer[]
}

/** A service's answer to each text, in their order. Throws as `askInCalls` does. */
export async function askService(
  served: ServedTask,
  texts: readonly string[],
  signal: AbortSignal,
  progress: Progress,
): Promise<TextAnswer[]> {
  const answers: TextAnswer[] = []
  for await (const { results } of askInCalls(served, texts, signal)) {
    answers.push(...results)
    progress(answers.length, texts.length)
  }
  return answers
}

/**
 * A service's answers to texts, in their order, a call after another. A busy service is asked again when it says. Throws `usage` where the
 * address cannot be one, `unauthorized`, `unknown_task`, `interrupted` when `signal` aborts, and `storage` where the service cannot answer.
 */
export async function* askInCalls(served: ServedTask, texts: readonly string[], signal: AbortSignal): AsyncGenerator<ServedAnswers> {
  const endpoint = endpointOf(served)
  for (const share of shares(texts)) yield await asked(endpoint, served, share, signal)
}

function endpointOf({ url, task }: ServedTask): URL {
  const base = serviceAddress(url)
  return new URL(`${base.pathname.replace(/\/+$/, '')}/v1/tasks/${encodeURIComponent(task)}/classify`, base)
}

/** `texts` in their order, in parts that a call may have. */
function shares(texts: readonly string[]): string[][] {
  const parts: string[][] = []
  let characters = 0
  for (const text of texts) {
    const part = parts.at(-1)
    characters += text.length
    if (part !== undefined && part.length < most.texts && characters <= most.characters) part.push(text)
    else {
      parts.push([text])
      characters = text.length
    }
  }
  return parts
}

async function asked(endpoint: URL, { task, key }: ServedTask, input: readonly string[], signal: AbortSignal): Promise<ServedAnswers> {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }
  const where = `task ${excerpt(task)} at ${endpoint.origin}`
  for (let attempt = 1; ; attempt++) {
    const { response, body } = await fetched(endpoint, { method: 'POST', headers, body: JSON.stringify({ input }) }, where, signal)
    if (response.status === 503 && attempt < attempts) {
      const seconds = Number(response.headers.get('retry-after') ?? 1)
      await pause(1000 * Math.min(longestPause, seconds > 0 ? seconds : 1), null, { signal }).catch(() => {
        throw interrupted()
      })
      continue
    }
    if (response.status !== 200) throw refusal(response.status, body, where)
    const parsed = Answers.safeParse(body)
    if (!parsed.success || parsed.data.results.length !== input.length)
      throw new SoftPromptError('storage', `Cannot ask ${where}: its answer is not softprompt's. Is the address right?`)
    return parsed.data
  }
}

async function fetched(endpoint: URL, init: RequestInit, where: string, signal: AbortSignal) {
  const call = abortedWith([signal, AbortSignal.timeout(timeoutMs)])
  try {
    return await unlessAborted(call.signal, answerOf(endpoint, { ...init, redirect: 'error', signal: call.signal }))
  } catch (cause) {
    if (signal.aborted) throw interrupted()
    const { message, cause: deeper } = cause as Error
    const why = deeper instanceof Error && deeper.message !== '' ? deeper.message : message
    throw new SoftPromptError('storage', `Cannot ask ${where}: ${excerpt(why, 160)}. Is it running, and is the address right?`, { cause })
  } finally {
    call.letGo()
  }
}

/** A response and its body as JSON; null where it is none. Throws where it has too many bytes. */
async function answerOf(endpoint: URL, init: RequestInit): Promise<{ response: Response; body: unknown }> {
  const response = await fetch(endpoint, init)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxAnswerBytes) throw new Error(`it answered more than ${maxAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return { response, body: json(Buffer.concat(chunks).toString('utf8')) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function refusal(status: number, body: unknown, where: string): SoftPromptError {
  const parsed = Refusal.safeParse(body)
  const said = parsed.success ? excerpt(parsed.data.error.message, 300) : `it answered with status ${status}`
  if (status === 401)
    return new SoftPromptError('unauthorized', `Cannot ask ${where}: ${said} Give a key with --key, or in SOFTPROMPT_KEY.`)
  if (status === 404) return new SoftPromptError('unknown_task', `Cannot ask ${where}: ${said}`)
  return new SoftPromptError('storage', `Cannot ask ${where}: ${said}`)
}

function interrupted(): SoftPromptError {
  return new SoftPromptError('interrupted', 'Stopped before every text was answered.')
}
