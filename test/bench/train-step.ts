import { fileURLToPath } from 'node:url'
import { weightFormats } from '../../shared/formats/model-card.ts'
import { type PromptMethod, promptMethods } from '../../shared/formats/prompt-card.ts'
import { seededRandom } from '../../trainer/random.ts'
import { loadTensorFlow } from '../../trainer/tensorflow.ts'
import { initialPrompt } from '../../trainer/train/initializers/initialize.ts'
import { Learner } from '../../trainer/train/learner.ts'
import { methods } from '../../trainer/train/methods/methods.ts'
import { settingsFor } from '../../trainer/train/settings.ts'
import type { Bench } from './bench.ts'
import { findCheckpoint, importCheckpoint } from './checkpoint-models.ts'
import { type PythonServer, startPython } from './python-server.ts'
import { quantile } from './quantile.ts'

const shape = { batch: 16, textTokens: 64, virtualTokens: 20, threads: 2 }
const labelTokens = [300, 400, 500, 600]
const warmups = 4
const rounds = 15

/** Milliseconds of one whole training step, ours and PEFT's, alternating in one run. */
export const trainStep: Bench = {
  about: 'milliseconds a training step, against PEFT where a Python that has it is named',
  options: ['python', 'checkpoint', 'method'],
  async run(log, { python, checkpoint: named, method: asked = 'prompt' }) {
    const method = promptMethods.find((known) => known === asked)
    if (method === undefined) throw new Error(`--method is one of ${promptMethods.join(', ')}`)
    const checkpoint = findCheckpoint(named)
    const steps: Record<string, () => Promise<number>> = {}
    for (const weights of weightFormats) steps[weights] = await ourStep(checkpoint, weights, method)

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
      await peft('peftLogitsToKeep', '--logits-to-keep', '1')
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
        : { ratio: over('peft', 'int8'), float32Ratio: over('peft', 'float32'), logitsToKeepRatio: over('peftLogitsToKeep', 'int8') }
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

/** A function that takes one training step on random texts and gives its milliseconds. */
async function ourStep(checkpoint: string, weights: (typeof weightFormats)[number], method: PromptMethod): Promise<() => Promise<number>> {
  const frozen = await importCheckpoint(checkpoint, weights, shape.threads)
  const { card, outputRows } = frozen.package
  const settings = settingsFor({ method, virtualTokens: shape.virtualTokens, batchSize: shape.batch }, Number.POSITIVE_INFINITY)
  const promptTable = initialPrompt('vocabulary', { model: frozen.package, virtualTokens: shape.virtualTokens, labels: [], seed: 0 })
  const variables = methods[method].make({ promptTable, prefix: await frozen.compile(promptTable) }, card.sizes)
  const rows = outputRows(labelTokens)
  variables.label_rows = { shape: [labelTokens.length, card.sizes.hidden], data: rows }
  const learner = new Learner((await loadTensorFlow()).tf, frozen, settings, rows, { variables, optimizer: {} })
  const random = seededRandom(0)
  let step = 0
  return async () => {
    const batch = Array.from({ length: shape.batch }, (_, b) => ({
      inputIds: Array.from({ length: shape.textTokens }, () => Math.floor(random() * card.sizes.vocabulary)),
      label: b % labelTokens.length,
    }))
    const start = performance.now()
    await learner.step(step++, batch)
    return performance.now() - start
  }
}
