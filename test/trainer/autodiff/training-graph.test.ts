import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { type FloatTensor, float32 } from '../../../shared/tensor.ts'
import { type Backward, FrozenModel } from '../../../trainer/autodiff/frozen-model.ts'
import { type ModelPackage, openModel } from '../../../trainer/disk/model-package.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { bootstrap, checkpointOf, cosine, type Reference, readReference, references, relativeError } from '../../fixtures/reference.ts'

const folder = temporaryFolder()
const opened: FrozenModel[] = []
afterAll(() => Promise.all(opened.map((frozen) => frozen.release())))

/** A step's loss and gradients after a prompt and after past keys and values, each beside PyTorch's. */
async function steps(model: ModelPackage, reference: Reference) {
  const frozen = new FrozenModel(model)
  opened.push(frozen)
  const { sizes } = model.card
  const tokens = reference.integers('label_token_ids')
  const labelRows = float32([tokens.length, sizes.hidden], model.outputRows(tokens))
  const labels = reference.integers('labels')
  const backward = (prefix: Parameters<FrozenModel['pullback']>[1]) => {
    const rows = reference.rows.map((inputIds, b) => ({ inputIds, answer: inputIds.length - 1, prefix, label: labels[b]! }))
    return frozen.backward(rows, labelRows, { labelSmoothing: 0, zLoss: 0 })
  }
  const prompt: FloatTensor = reference.float('prompt')
  const afterPrompt = await backward(await frozen.compile(prompt))
  const afterPast = await backward(reference.prefix('past', sizes))
  const floats = (name: string) => reference.float(name).data
  const common = (kind: 'prompt' | 'past', { loss, scores }: Backward) => [
    [`${kind}: loss`, [loss], floats(`${kind}_loss`)] as const,
    [`${kind}: scores`, scores, floats(`${kind}_scores`)] as const,
  ]
  return {
    forward: [...common('prompt', afterPrompt), ...common('past', afterPast)],
    gradients: [
      ['prompt', await frozen.pullback(prompt, afterPrompt.prefixGradient), floats('prompt_grad')] as const,
      ['label rows after the prompt', afterPrompt.labelRowsGradient, floats('label_rows_grad')] as const,
      ['past keys and values', afterPast.prefixGradient.keyValues, reference.prefix('gradient', sizes).keyValues] as const,
      ['label rows after the past', afterPast.labelRowsGradient, floats('past_label_rows_grad')] as const,
    ],
  }
}

describe.each(references)('%s', (name) => {
  const reference = readReference(name)

  test("has PyTorch's loss, scores and gradients in float32", async () => {
    const { forward, gradients } = await steps(await imported(checkpointOf(name), 'float32', folder), reference)
    for (const [what, got, wanted] of [...forward, ...gradients]) expect(relativeError(got, wanted), what).toBeLessThan(1e-4)
  })

  test('has gradients of nearly the same direction in int8', async () => {
    const { gradients } = await steps(await imported(checkpointOf(name), 'int8', folder), reference)
    for (const [what, got, wanted] of gradients) expect(cosine(got, wanted), what).toBeGreaterThan(0.98)
  })
})

test('a step has the same gradients whatever was computed before it', async () => {
  const model = await imported(checkpointOf('gqa-tied'), 'float32', folder)
  const { hidden: H } = model.card.sizes
  const labelRows = float32([2, H], model.outputRows([3, 4]))
  /** Every number of a step after P virtual tokens, on `rows` texts. */
  const step = async (frozen: FrozenModel, P: number, rows: number) => {
    const prompt = float32([P, H], model.inputRows(Array.from({ length: P }, (_, p) => (7 * p) % 300)))
    const prefix = await frozen.compile(prompt)
    const texts = Array.from({ length: rows }, (_, b) => ({
      inputIds: Array.from({ length: 1 + 9 * b }, (_, t) => (31 * t + b) % 300),
      answer: 9 * b,
      prefix,
      label: b % 2,
    }))
    const { loss, scores, prefixGradient, labelRowsGradient } = await frozen.backward(texts, labelRows, { labelSmoothing: 0, zLoss: 0 })
    return [loss, scores, prefixGradient.keyValues, labelRowsGradient, await frozen.pullback(prompt, prefixGradient)]
  }
  const [used, fresh] = [new FrozenModel(model), new FrozenModel(model)]
  opened.push(used, fresh)
  for (const [P, rows] of [
    [40, 7],
    [1, 1],
    [20, 4],
    [33, 9],
  ] as const)
    await step(used, P, rows)
  expect(await step(used, 5, 3)).toEqual(await step(fresh, 5, 3))
})

describe('the model that ships', () => {
  const reference = readReference('bootstrap')

  test.skipIf(!existsSync(bootstrap))(`has PyTorch's gradients in float32 (left out where ${bootstrap} is not there)`, async () => {
    const { forward, gradients } = await steps(await imported(bootstrap, 'float32', folder), reference)
    for (const [what, got, wanted] of [...forward, ...gradients]) expect(relativeError(got, wanted), what).toBeLessThan(1e-4)
  })

  test('has gradients of nearly the same direction in int8', async () => {
    const { gradients } = await steps(openModel('models/default'), reference)
    for (const [what, got, wanted] of gradients) expect(cosine(got, wanted), what).toBeGreaterThan(0.98)
  })
})
