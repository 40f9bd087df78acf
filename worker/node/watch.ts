import { setTimeout as pause } from 'node:timers/promises'
import { findPointer } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { taskOfKey, taskPrefix } from '../../shared/formats/storage-keys.ts'
import type { TaskPointer } from '../../shared/formats/task-pointer.ts'
import { printable } from '../../shared/printable.ts'
import { callHost } from '../dispatch/call-host.ts'
import { chooseHost } from '../dispatch/choose-host.ts'
import { chooseModel } from '../dispatch/choose-model.ts'
import type { Services } from '../services.ts'
import { forgetPointer } from '../store/pointers.ts'

/**
 * Looks at the store's pointers every `every` ms until `signal` is aborted. A task that was published, moved or deleted is answered so from
 * then on, its model and prompt loaded before anybody asks; `tell` is given a line for each, and one where the store, or a task's
 * pointer, can't be read: the others are looked at all the same.
 */
export async function watch(services: Services, every: number, signal: AbortSignal, tell: (line: string) => void): Promise<void> {
  const seen = new Map<string, Seen>()
  const failures = new Map<string, string>()
  /** Ends what `work` does; what goes wrong is told once, until it goes well or goes wrong in another way. */
  const attempt = async (name: string, said: string, work: () => Promise<void>) => {
    try {
      await work()
      failures.delete(name)
    } catch (error) {
      if (signal.aborted) return
      const why = `${said}: ${messageOf(error)}`
      if (failures.get(name) !== why) tell(why)
      failures.set(name, why)
    }
  }
  for (let first = true; !signal.aborted; first = false) {
    await attempt('', 'Cannot look for changes', async () => {
      for (const [task, when] of await changedTasks(services, seen)) {
        if (signal.aborted) return
        await attempt(task, `Cannot look at task ${task}`, async () => {
          const pointer = when === null ? null : await findPointer(services.store, task)
          const live = pointer && JSON.stringify(pointer.live)
          const known = seen.get(task)
          if (when === null) seen.delete(task)
          else seen.set(task, { when, live })
          if ((known?.live ?? null) === live) return
          forgetPointer(task)
          const loaded = pointer === null ? 'is not published any more' : await load(services, task, pointer)
          if (!first) tell(`Task ${task} ${loaded}.`)
        })
      }
    })
    await pause(every, null, { signal }).catch(() => undefined)
  }
}

/** When an object was last changed, as it was when its task was looked at, and what the task was answered with, as JSON. */
interface Seen {
  readonly when: number
  readonly live: string | null
}

/**
 * The tasks whose objects may have changed since they were `seen`, and when; null where the object is gone. A time may tell seconds alone:
 * what is newest is looked at again.
 */
async function changedTasks({ store }: Services, seen: ReadonlyMap<string, Seen>): Promise<[task: string, when: number | null][]> {
  const found = new Map<string, number>()
  for await (const { key, uploaded } of store.list(taskPrefix)) {
    const task = taskOfKey(key)
    if (task !== null) found.set(task, uploaded.getTime())
  }
  const newest = Math.max(...found.values()) - 1000
  const gone = [...seen.keys()].filter((task) => !found.has(task)).map((task): [string, null] => [task, null])
  return [...[...found].filter(([task, when]) => when >= newest || seen.get(task)?.when !== when), ...gone]
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
    return `cannot be answered: ${messageOf(error).replace(/\.$/, '')}`
  }
}

/** What went wrong, in a line. */
function messageOf(error: unknown): string {
  return printable(error instanceof SoftPromptError ? error.message : String(error))
}
