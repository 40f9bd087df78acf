import { askFor } from './looping-clients.ts'
import { quantile } from './quantile.ts'
import { publishTasks } from './random-tasks.ts'
import { withServedFolder } from './served-folder.ts'
import { texts } from './texts.ts'
import { withWorker } from './wrangler-worker.ts'

/** What a runtime does under load. */
interface UnderLoad {
  /** Answers a second; the median of the rounds. */
  readonly answers: number
  /** Milliseconds an answer took, of all rounds. */
  readonly p50: number
  readonly p99: number
}

export interface RuntimesSideBySide {
  readonly worker: UnderLoad
  readonly node: UnderLoad
  /** Node's answers to the Worker's, the median of the rounds' ratios. */
  readonly nodeToWorker: number
  readonly clients: number
  readonly tasks: number
}

const clients = 64
const tasks = 8
const rounds = 5
const roundMs = 6000
/** Also where the machine is busy with other things, nobody is turned away. */
const waitMs = '60000'

/** The same tasks in workerd and on Node, which take turns: clients that each ask for one text, wait, and ask again. */
export function runtimesSideBySide(log: (line: string) => void): Promise<RuntimesSideBySide> {
  return withWorker(
    (worker) =>
      withServedFolder(
        async (node) => {
          const sides = { worker, node }
          const took = { worker: [] as number[], node: [] as number[] }
          const rates = { worker: [] as number[], node: [] as number[] }
          for (const side of Object.values(sides)) await publishTasks(side, tasks)
          for (let round = -1; round < rounds; round++) {
            for (const name of ['worker', 'node'] as const) {
              const answers = await askFor(sides[name].url, texts(256), tasks, clients, roundMs)
              if (round < 0) continue // it loads the prompts
              took[name].push(...answers)
              rates[name].push((1000 * answers.length) / roundMs)
              log(`round ${round + 1}: ${name.padEnd(6)} ${(rates[name].at(-1) as number).toFixed(1)} answers a second`)
            }
          }
          const told = (name: 'worker' | 'node'): UnderLoad => ({
            answers: quantile(rates[name], 0.5),
            p50: quantile(took[name], 0.5),
            p99: quantile(took[name], 0.99),
          })
          const ratios = rates.node.map((rate, round) => rate / (rates.worker[round] as number))
          return { worker: told('worker'), node: told('node'), nodeToWorker: quantile(ratios, 0.5), clients, tasks }
        },
        { env: { MAX_WAIT_MS: waitMs } },
      ),
    { vars: { MAX_WAIT_MS: waitMs } },
  )
}
