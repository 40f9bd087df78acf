import { SoftPromptError } from '../../shared/error.ts'
import type { Answer } from '../host/protocol.ts'
import { type Environment, readSettings } from '../settings.ts'
import { forgetPointer, resolveVersion } from '../store/pointers.ts'
import { callHost } from './call-host.ts'
import { chooseHost } from './choose-host.ts'

/** A text for a task. `task` may name a version: `spam@41c0`. */
export interface Question {
  readonly task: string
  readonly text: string
}

export interface TaskAnswer extends Answer {
  readonly task: string
  /** SHA-256 of the prompt package that answered. */
  readonly prompt: string
}

interface Version {
  readonly task: string
  readonly prompt: string
  readonly model: string
}

/** The answers to `questions`, in their order. Those for the same host go there in one call. `place` says where in the request a question is, for errors. */
export async function classifyTexts(
  environment: Environment,
  region: DurableObjectLocationHint | null,
  questions: readonly Question[],
  place: (index: number) => string,
): Promise<TaskAnswer[]> {
  const versions = await resolveAll(environment, questions, place)
  try {
    return await askHosts(environment, region, questions, versions)
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code !== 'not_found') throw error
    // The pointer was read a moment ago, and what it names is gone: the task was deleted, or published anew and cleaned up after.
    for (const { task } of versions) forgetPointer(task)
    const current = await resolveAll(environment, questions, place)
    if (current.every(({ prompt }, index) => prompt === versions[index]?.prompt)) {
      throw new SoftPromptError('invalid_file', error.message, { cause: error })
    }
    return askHosts(environment, region, questions, current)
  }
}

/** The version that each question means. */
async function resolveAll(environment: Environment, questions: readonly Question[], place: (index: number) => string): Promise<Version[]> {
  const { POINTER_TTL_MS } = readSettings(environment)
  const versions = new Map<string, Promise<Version>>()
  const wanted = questions.map(({ task }, index) => {
    const version = versions.get(task) ?? located(resolveVersion(environment.BUCKET, task, POINTER_TTL_MS), place(index))
    versions.set(task, version)
    return version
  })
  return Promise.all(wanted)
}

async function askHosts(
  environment: Environment,
  region: DurableObjectLocationHint | null,
  questions: readonly Question[],
  versions: readonly Version[],
): Promise<TaskAnswer[]> {
  const { MODEL_HOSTS } = readSettings(environment)
  const hosts = new Map<string, string>() // by prompt
  const shares = new Map<string, { model: string; indices: number[] }>() // by host
  versions.forEach(({ model, prompt }, index) => {
    const host = hosts.get(prompt) ?? chooseHost(model, region, prompt, MODEL_HOSTS)
    hosts.set(prompt, host)
    const share = shares.get(host) ?? { model, indices: [] }
    share.indices.push(index)
    shares.set(host, share)
  })
  const answers = new Array<TaskAnswer>(questions.length)
  await Promise.all(
    Array.from(shares, async ([host, { model, indices }]) => {
      const rows = indices.map((index) => ({ prompt: (versions[index] as Version).prompt, text: (questions[index] as Question).text }))
      const share = await callHost(environment, host, region, (stub) => stub.classify({ model, rows }))
      indices.forEach((index, n) => {
        const { task, prompt } = versions[index] as Version
        answers[index] = { task, prompt, ...(share[n] as Answer) }
      })
    }),
  )
  return answers
}

/** `work`, its error saying where in the request its cause stands. */
async function located<Value>(work: Promise<Value>, param: string): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.param === null) throw error
    throw new SoftPromptError(error.code, error.message, { param, cause: error })
  }
}
