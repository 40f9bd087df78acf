import { describe, expect, test } from 'vitest'
import { inverseFrequencies, ropeParameters } from '../../../../trainer/import/blocks/rope-parameters.ts'

const read = (fields: Parameters<typeof ropeParameters>[0]) => ropeParameters(fields, 'config.json')
const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } as const

describe('settings of RoPE', () => {
  test('are the plain ones where nothing is said', () => {
    const plain = { rope_type: 'default', rope_theta: 10_000 }
    expect(read({})).toEqual(plain)
    expect(read({ rope_theta: null, rope_parameters: null, rope_scaling: null })).toEqual(plain)
    expect(read({ rope_parameters: { rope_type: 'default', partial_rotary_factor: 1 } })).toEqual(plain)
  })

  test.each([
    ['together', { rope_parameters: { ...llama3, rope_theta: 500_000 } }],
    ['apart', { rope_scaling: llama3, rope_theta: 500_000 }],
    ['apart, under the older name of the type', { rope_scaling: { ...llama3, rope_type: undefined, type: 'llama3' }, rope_theta: 500_000 }],
    ['apart, and under both names', { rope_scaling: { ...llama3, type: 'llama3' }, rope_theta: 500_000 }],
    ['together, beside the base alone', { rope_parameters: llama3, rope_theta: 500_000 }],
  ])('have one form, written %s', (_, fields) => {
    expect(read(JSON.parse(JSON.stringify(fields)))).toEqual({ ...llama3, rope_theta: 500_000 })
  })

  test.each<[Record<string, unknown>, string]>([
    [{ rope_type: 'yarn', factor: 2 }, 'field rope_type is wrong: it is yarn, and default, linear and llama3 are built here'],
    [{ rope_type: 'linear' }, 'field factor is wrong'],
    [{ rope_type: 'linear', factor: 0 }, 'field factor is wrong'],
    [{ rope_type: 'default', partial_rotary_factor: 0.5 }, 'field partial_rotary_factor is not known for type default'],
    [{ full_attention: { rope_theta: 1e6 }, sliding_attention: { rope_theta: 1e4 } }, 'field full_attention is not known'],
  ])('are refused as %j', (rope_parameters, message) => {
    expect(() => read({ rope_parameters })).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(new RegExp(`^Cannot read the RoPE settings of config\\.json: ${message}`)),
      }),
    )
  })
})

describe('inverse frequencies', () => {
  const plain = inverseFrequencies({ rope_type: 'default', rope_theta: 10_000 }, 8)

  test('fall from 1 by the same factor', () => {
    expect(plain).toEqual([1, 10_000 ** -0.25, 0.01, 10_000 ** -0.75])
  })

  test('are divided by linear scaling', () => {
    const scaled = inverseFrequencies({ rope_type: 'linear', rope_theta: 10_000, factor: 2 }, 8)
    expect(scaled).toEqual(plain.map((frequency) => frequency / 2))
  })

  // PyTorch's numbers for a scaled model, in parity.test.ts, pass each branch as well
  test("are kept, blended or divided by Llama 3's, by how often they turn in the original context", () => {
    const context = (turns: number) => Math.round(2 * Math.PI * turns) // at frequency 1
    const first = (turns: number) =>
      inverseFrequencies({ ...llama3, rope_theta: 10_000, original_max_position_embeddings: context(turns) }, 8)[0]!
    expect(first(100)).toBe(1)
    expect(first(0.5)).toBe(1 / 8)
    expect(first(2.5)).toBeGreaterThan(1 / 8)
    expect(first(2.5)).toBeLessThan(1)
    expect(first(2)).toBeLessThan(first(3))
  })
})
