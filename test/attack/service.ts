import { publishTasks } from '../bench/random-tasks.ts'
import { type LocalWorker, withWorker } from '../bench/wrangler-worker.ts'

/** What `use` makes of the Worker as it is deployed, with the small model and `tasks` tasks on it: task-0 and on. */
export function withService<Value>(
  tasks: number,
  use: (worker: LocalWorker) => Promise<Value>,
  vars: Readonly<Record<string, string | number>> = {},
): Promise<Value> {
  const serve = async (worker: LocalWorker) => {
    await publishTasks(worker, tasks)
    return use(worker)
  }
  return withWorker(serve, { script: 'worker/index.ts', model: 'models/tiny-lm', vars })
}
