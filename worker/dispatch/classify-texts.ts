import { located, SoftPromptError } from '../../shared/error.ts'
import type { Answer, ClassifyCall, HostApi, Reply } from '../protocol.ts'
import type { Services } from '../services.ts'
import { forgetPointer, resolveVersion } from '../store/pointers.ts'
import { callHost } from './call-host.ts'
import type { Caller } from './caller.ts'
import { chooseHost } from './choose-host.ts'
import { chooseModel } from './choose-model.ts'

/** A text for a task. `task` may name a version: `spam@41c0`. */
export interface TaskText {
  readonly task: string
  readonly text: string
  /** Where in the request the task stands, for errors. */
  readonly param: string
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

/** The answers to `texts`, in their order. Those for the same host go there in one call. */
export async function classifyTexts(services: Services, caller: Caller, texts: readonly TaskText[]): Promise<TaskAnswer[]> {
  const versions = await resolveAll(services, texts)
  try {
    return await askHosts(services, caller, texts, versions)
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code !== 'not_found') throw error
    // The pointer was read a moment ago, and what it names is gone: the task was deleted, or published anew and cleaned up after.
    for (const { task } of versions) forgetPointer(task)
    const current = await resolveAll(services, texts)
    if (current.every(({ prompt, model }, index) => prompt === versions[index]?.prompt && model === versions[index]?.model)) {
      throw new SoftPromptError('invalid_file', error.message, { param: error.param, cause: error })
    }
    return askHosts(services, caller, texts, current)
  }
}

/** The version that each text's task means, on the model package that is served here. */
async function resolveAll({ store, settings }: Services, texts: readonly TaskText[]): Promise<Version[]> {
  const { POINTER_TTL_MS, WEIGHT_FORMATS } = settings
  const resolve = async (name: string): Promise<Version> => {
    const { task, prompt, models } = await resolveVersion(store, name, POINTER_TTL_MS)
    return { task, prompt, model: chooseModel(models, WEIGHT_FORMATS, task) }
  }
  const versions = new Map<string, Promise<Version>>()
  const wanted = texts.map(({ task, param }) => {
    const version = versions.get(task) ?? located(resolve(task), param)
    versions.set(task, version)
    return version
  })
  return Promise.all(wanted)
}

async function askHosts(
  services: Services,
  caller: Caller,
  texts: readonly TaskText[],
  versions: readonly Version[],
): Promise<TaskAnswer[]> {
  const hosts = new Map<string, string>() // by prompt
  const shares = new Map<string, { model: string; indices: number[] }>() // by host
  versions.forEach(({ model, prompt }, index) => {
    const host = hosts.get(prompt) ?? chooseHost(model, services.region, prompt, services.settings.MODEL_HOSTS)
    hosts.set(prompt, host)
    const share = shares.get(host) ?? { model, indices: [] }
    share.indices.push(index)
    shares.set(host, share)
  })
  const answers = new Array<TaskAnswer>(texts.length)
  await Promise.all(
    Array.from(shares, async ([host, { model, indices }]) => {
      const rows = indices.map((index) => ({ prompt: (versions[index] as Version).prompt, text: (texts[index] as TaskText).text }))
      const share = await callHost(services, host, (stub) =>
        whileWanted(stub, { id: crypto.randomUUID(), model, rows, waitMs: caller.waitMs }, caller.signal, services),
      ).catch((error) => {
        // A host names the prompt at fault, and a caller knows tasks.
        const index = error instanceof SoftPromptError ? versions.findIndex(({ prompt }) => prompt === error.param) : -1
        throw index < 0 ? error : error.at(texts[index]?.param ?? null)
      })
      indices.forEach((index, n) => {
        const { task, prompt } = versions[index] as Version
        answers[index] = { task, prompt, ...(share[n] as Answer) }
      })
    }),
  )
  return answers
}

/** `call`'s reply. Where the caller hangs up, the host is told, so that it spends no more on the call. */
async function whileWanted(host: HostApi, call: ClassifyCall, caller: AbortSignal, { waitUntil }: Services): Promise<Reply<Answer[]>> {
  const cancel = () => waitUntil(host.cancel(call.id))
  caller.addEventListener('abort', cancel)
  const reply = host.classify(call)
  waitUntil(reply.catch(() => {})) // or nothing here would live to hear of the hanging up
  try {
    return await reply
  } finally {
    caller.removeEventListener('abort', cancel)
  }
}
