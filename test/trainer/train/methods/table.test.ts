import { describe, expect, test } from 'vitest'
import { promptValues, virtualTokens } from '../../../../shared/formats/peft.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { PromptCard } from '../../../../shared/formats/prompt-card.ts'
import { namesOf } from '../../../../shared/names-of.ts'
import { float32 } from '../../../../shared/tensor.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { loadTensorFlow } from '../../../../trainer/tensorflow.ts'
import { madeOf, pullThrough } from '../../../../trainer/train/made-prompt.ts'
import type { InitialPrompt, Method } from '../../../../trainer/train/methods/method.ts'
import * as methods from '../../../../trainer/train/methods/table.ts'
import { adamw } from '../../../../trainer/train/optimizers/adamw.ts'
import { TrainableVariables } from '../../../../trainer/train/trainable-variables.ts'

const sizes = { vocabulary: 20, hidden: 6, layers: 2, heads: 4, keyValueHeads: 2, headSize: 3, context: 64 }
const { hidden: H } = sizes
const { tf } = await loadTensorFlow()

const numbers = (random: () => number, length: number) => Float32Array.from({ length }, () => 2 * random() - 1)
const initialPrompt = (P: number) => {
  const random = seededRandom(P)
  return {
    table: float32([P, H], numbers(random, P * H)),
    prefix: { length: P, keyValues: numbers(random, prefixElements(P, sizes)) },
  }
}
const asked = ({ table, prefix }: ReturnType<typeof initialPrompt>): InitialPrompt => ({ table: () => table, prefix: async () => prefix })

const learned = namesOf(methods).filter((name) => !methods[name].empty)

test('the method without a prompt has no variables and makes one of no positions', async () => {
  expect(namesOf(methods).filter((name) => methods[name].empty)).toEqual(['probe'])
  const variables = await methods.probe.variables(asked(initialPrompt(3)), sizes)
  expect(variables).toEqual({})
  expect(virtualTokens(madeOf(tf, methods.probe, variables))).toBe(0)
})

describe.each(learned)('method %s', (name) => {
  const method: Method = methods[name]

  test('has a name that a card takes, and says what is learned', () => {
    expect(PromptCard.shape.method.parse(name)).toBe(name)
    expect(PromptCard.shape.kind.parse(method.kind)).toBe(method.kind)
    expect(method.about).toMatch(/\S/)
  })

  test.each([1, 5])('makes of its first variables exactly the initial prompt, of %i virtual tokens', async (P) => {
    const initial = initialPrompt(P)
    const variables = await method.variables(asked(initial), sizes)
    expect(madeOf(tf, method, variables)).toEqual(
      method.kind === 'table' ? { kind: 'table', table: initial.table } : { kind: 'prefix', prefix: initial.prefix },
    )
  })

  test('has variables that are not the initial prompt’s own numbers', async () => {
    const initial = initialPrompt(3)
    for (const { data } of Object.values(await method.variables(asked(initial), sizes))) data.fill(7)
    expect(initial).toEqual(initialPrompt(3))
  })

  test('pulls a gradient through to its variables as finite differences do', async () => {
    const values = await method.variables(asked(initialPrompt(2)), sizes)
    const made = () => promptValues(madeOf(tf, method, values))
    const random = seededRandom(9)
    const weights = numbers(random, made().length)
    const loss = () => made().reduce((sum, value, i) => sum + value * weights[i]!, 0)

    const trainable = new TrainableVariables(tf, adamw, values)
    const gradients = pullThrough(tf, method, trainable.variables, weights)
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(values).sort())
    const step = 1 / 64
    for (const [variable, { data, shape }] of Object.entries(values)) {
      expect(gradients[variable]!.shape).toEqual(shape)
      const gradient = gradients[variable]!.dataSync()
      for (const i of data.keys()) {
        const value = data[i]!
        const at = (moved: number) => {
          data[i] = moved
          return loss()
        }
        const measured = (at(value + step) - at(value - step)) / (2 * step)
        data[i] = value
        expect(Math.abs(gradient[i]! - measured), `${variable}[${i}]`).toBeLessThan(1e-3)
      }
    }
    tf.dispose(gradients)
    trainable.dispose()
  })

  test('that has lost a variable says so', () => {
    expect(() => madeOf(tf, method, {})).toThrow(new RegExp(`method ${name} `))
  })
})
