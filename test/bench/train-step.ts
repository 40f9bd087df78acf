import { fileURLToPath } from 'node:url'
import { SoftPromptError } from '../../shared/error.ts'
import { namesOf } from '../../shared/names-of.ts'
import { loadTensorFlow } from '../../trainer/tensorflow.ts'
import * as methods from '../../trainer/train/methods/table.ts'
import type { Bench } from './bench.ts'
import { findCheckpoint } from './checkpoint-models.ts'
import { type PythonServer, startPython } from './python-server.ts'
import { quantile } from './quantile.ts'
import { trainingSteps } from './training-steps.ts'

const shape = { batch: 16, textTokens: 64, virtualTokens: 20, threads: 2 }
const learnedMethods = namesOf(methods).filter((name) => !methods[name].empty)
const warmups = 4
const rounds = 15

/** Milliseconds of one whole training step, ours and PEFT's, alternating in one run. */
export const trainStep: Bench = {
  about: 'milliseconds a training step, against PEFT where a Python that has it is named',
  options: ['python', 'checkpoint', 'method'],
  async run(log, { python, checkpoint: named, method: asked = 'prefix' }) {
    const method = learnedMethods.find((known) => known === asked)
    if (method === undefined) throw new SoftPromptError('usage', `--method is one of ${learnedMethods.join(', ')}.`)
    const checkpoint = findCheckpoint(named)
    const steps: Record<string, () => Promise<number>> = {}
    for (const weights of ['float32', 'int8'] as const)
      steps[weights] = await trainingSteps({ checkpoint, weights, method, ...shape, steps: warmups + rounds })

    const servers: PythonServer[] = []
    const peft = async (name: string, ...extra: string[]) => {
      const script = fileURLToPath(new URL('../../test/bench/peft/train_step.py', import.meta.url))
      const { batch, textTokens, virtualTokens, threads } = shape
      const sizes = ['--batch', batch, '--text-tokens', textTokens, '--virtual-tokens', virtualTokens, '--threads', threads].map(String)
      const server = await startPython(python as string, script, ['--model', checkpoint, '--method', method, ...sizes, ...extra])
      servers.push(server)
      steps[name] = async () => (await server.ask<{ ms: number }>('step')).ms
      return server
    }
    if (python !== undefined) {
      const plain = await peft('peft')
      steps.peftForward = async () => (await plain.ask<{ ms: number }>('forward')).ms
      if (plain.ready.family === 'decoder') await peft('peftLogitsToKeep', '--logits-to-keep', '1')
    }

    const times: Record<string, number[]> = Object.fromEntries(Object.keys(steps).map((name) => [name, []]))
    for (let round = -warmups; round < rounds; round++) {
      for (const [name, step] of Object.entries(steps)) {
        const time = await step()
        if (round >= 0) times[name]?.push(time)
      }
    }
    for (const server of servers) server.stop()

    const milliseconds = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, quantile(list, 0.5)])) as Record<
      string,
      number
    >
    for (const [name, time] of Object.entries(milliseconds)) log(`${name.padEnd(18)} ${time.toFixed(1)} ms`)
    const over = (theirs: string, ours: string) => (milliseconds[theirs] as number) / (milliseconds[ours] as number)
    const ratios =
      python === undefined
        ? { ratio: null }
        : {
            ...{ ratio: over('peft', 'int8'), float32Ratio: over('peft', 'float32') },
            ...('peftLogitsToKeep' in milliseconds ? { logitsToKeepRatio: over('peftLogitsToKeep', 'int8') } : {}),
          }
    for (const [name, ratio] of Object.entries(ratios)) log(`${name.padEnd(18)} ${ratio === null ? 'needs --python' : ratio.toFixed(2)}`)
    return {
      ...ratios,
      milliseconds,
      ...shape,
      method,
      rounds,
      backend: (await loadTensorFlow()).backend,
      peft: servers[0]?.ready.versions ?? null,
    }
  },
}
