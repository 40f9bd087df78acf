import { describe, expect, test } from 'vitest'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { kindsJob, type Rest } from '../../fixtures/kinds-job.ts'

const { dataset, dev, run, shipped, train } = await kindsJob()

describe('what a run is known by', () => {
  /** The identity under which a job asks for a state to go on from. */
  async function identity(settings: GivenSettings = {}, rest: Rest = {}): Promise<string> {
    const asked: string[] = []
    const stop = (name: string) => {
      asked.push(name)
      throw new Error('asked')
    }
    await expect(run(settings, { ...rest, resume: stop })).rejects.toThrow('asked')
    return asked[0]!
  }

  test('is the model, the examples of each split, the labels’ words and every setting', async () => {
    const same = await identity()
    expect(await identity()).toBe(same)
    const moved = { train: dataset('train.jsonl', train.examples.slice(2)), dev: dataset('dev.jsonl', [...dev.examples, ...train.examples.slice(0, 2)]) } // biome-ignore format: one thought
    const others = [
      await identity({}, { model: shipped }),
      await identity({}, moved),
      await identity({}, { train: dataset('train.jsonl', train.examples.toReversed()) }),
      await identity({}, { verbalizers: { animal: 'beast' } }),
      await identity({ seed: 1 }),
      await identity({ learningRate: 0.5 }),
      await identity({ maxTokens: 127 }),
      await identity({ initText: 'x' }),
    ]
    expect(new Set([same, ...others]).size).toBe(others.length + 1)
  })

  test('is not where its files lie, nor a setting that is spelt out', async () => {
    const elsewhere = { train: { ...train, file: 'elsewhere.jsonl' }, dev: { ...dev, file: 'there.jsonl' } }
    expect(await identity({ seed: 0, batchSize: 16 }, elsewhere)).toBe(await identity())
  })
})
