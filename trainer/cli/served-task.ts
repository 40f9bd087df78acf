import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { TaskName } from '../../shared/formats/task-name.ts'
import type { Dataset } from '../data/dataset.ts'
import { type AnsweredExamples, answeredByService } from '../evaluate/answered-examples.ts'
import type { ServedTask } from '../evaluate/ask-service.ts'
import { servedAddress } from '../evaluate/served-address.ts'
import type { Terminal } from './command.ts'

/** What `--help` says of `--key`. */
export const keyHelp = "the Worker's bearer key (default: the environment's SOFTPROMPT_KEY)"

/**
 * The task that an address means: `https://host/v1/tasks/NAME`, else the task `named` of the service there, or the `usual` one. Throws
 * `usage` where none is named, or two are.
 */
export function servedTask(address: string, named: string | { usual: string } | undefined, key: string | undefined): ServedTask {
  const { url, task } = servedAddress(address)
  const name = task ?? (typeof named === 'object' ? named.usual : named)
  const refuse = (why: string) => new SoftPromptError('usage', `Cannot ask ${excerpt(address, 200)}: ${why}`)
  if (name === undefined) throw refuse('it names no task. Write …/v1/tasks/NAME, or give the package of the task.')
  if (typeof named === 'string' && !isTask(named)) throw refuse(`${excerpt(JSON.stringify(named))} is no package, and no task has such a name.`) // biome-ignore format: one thought
  if (typeof named === 'string' && named !== name) throw refuse(`it names task ${excerpt(name)}, and there is no package ${excerpt(named)}. Leave one out.`) // biome-ignore format: one thought
  if (!isTask(name)) throw refuse(`no task is named ${excerpt(JSON.stringify(name))}.`)
  return { url, task: name, key: key ?? process.env.SOFTPROMPT_KEY }
}

/** Whether a task may be called so, or a version of one: `name@hash`. */
function isTask(name: string): boolean {
  return TaskName.safeParse(name.replace(/@[^@]*$/, '')).success
}

/** A task's name for people: with its service. */
export function servedName({ url, task }: ServedTask): string {
  return `${task} at ${new URL(url).origin}`
}

/** A served task's answers to a file's examples. `check` is given its labels once they are known, and may throw. */
export function answeredThere(
  served: ServedTask,
  dataset: Dataset,
  { signal, status }: Terminal,
  check?: (labels: readonly string[]) => void,
): Promise<AnsweredExamples & { readonly prompt: string }> {
  const progress = (done: number, rows: number) => status(`${done} of ${rows} texts`)
  return answeredByService(served, { name: servedName(served), dataset, signal, progress, check })
}
