import { setTimeout as pause } from 'node:timers/promises'
import { findPointer } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { taskOfKey, taskPrefix } from '../../shared/formats/storage-keys.ts'
import type { TaskPointer } from '../../shared/formats/task-pointer.ts'
import { callHost } from '../dispatch/call-host.ts'
import { chooseHost } from '../dispatch/choose-host.ts'
import { chooseModel } from '../dispatch/choose-model.ts'
import type { Services } from '../services.ts'
import { forgetPointer } from '../store/pointers.ts'

/**
 * Looks at the store's pointers every `every` ms until `signal` is aborted. A task that was published, moved or deleted is answered so from
 * then on, its model and prompt loaded before anybody asks; `tell` is given a line for each, and one where the store can't be looked at.
 */
export async function watch(services: Services, every: number, signal: AbortSignal, tell: (line: string) => void): Promise<void> {
  const seen = new Map<string, { when: number; live: string | null }>()
  let failing = false
  for (let first = true; !signal.aborted; first = false) {
    try {
      for (const task of await changedTasks(services, seen)) {
        const pointer = await findPointer(services.store, task)
        const live = pointer && JSON.stringify(pointer.live)
        const known = seen.get(task) as { when: number; live: string | null }
        if (known.live === live) continue
        seen.set(task, { ...known, live })
        forgetPointer(task)
        const loaded = pointer === null ? 'is not published any more' : await load(services, task, pointer)
        if (!first) tell(`Task ${task} ${loaded}.`)
      }
      failing = false
    } catch (error) {
      if (!(error instanceof SoftPromptError)) throw error
      if (!failing && !signal.aborted) tell(`Cannot look for changes: ${error.message}`)
      failing = true
    }
    await pause(every, null, { signal }).catch(() => undefined)
  }
}

/** The tasks whose objects may have changed since they were `seen`, which is noted. A time may tell seconds alone: what is newest is looked at again. */
async function changedTasks({ store }: Services, seen: Map<string, { when: number; live: string | null }>): Promise<string[]> {
  const found = new Map<string, number>()
  for await (const { key, uploaded } of store.list(taskPrefix)) {
    const task = taskOfKey(key)
    if (task !== null) found.set(task, uploaded.getTime())
  }
  const newest = Math.max(...found.values()) - 1000
  const gone = [...seen.keys()].filter((task) => !found.has(task))
  const changed = [...found].flatMap(([task, when]) => (when >= newest || seen.get(task)?.when !== when ? [task] : []))
  for (const [task, when] of found) seen.set(task, { when, live: seen.get(task)?.live ?? null })
  return [...changed, ...gone]
}

/** Loads what a task is answered with, and says how that went. */
async function load(services: Services, task: string, { live }: TaskPointer): Promise<string> {
  const { MODEL_HOSTS, WEIGHT_FORMATS } = services.settings
  const { prompt, models } = live
  try {
    const model = chooseModel(models, WEIGHT_FORMATS, task)
    const name = await callHost(services, chooseHost(model, services.region, prompt, MODEL_HOSTS), (host) => host.ready(model, prompt))
    return `is live with prompt ${prompt.slice(0, 12)} on ${name}`
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    return `cannot be answered: ${error.message.replace(/\.$/, '')}`
  }
}
