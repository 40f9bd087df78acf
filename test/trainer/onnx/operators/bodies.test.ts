import { describe, expect, test } from 'vitest'
import { float32, floatOutput, type Tensors } from '../../../../shared/tensor.ts'
import { quantizeRows } from '../../../../trainer/import/weights/int8-rows.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { inline } from '../../../../trainer/onnx/graph.ts'
import type { Operator } from '../../../../trainer/onnx/operators/operator.ts'
import * as operators from '../../../../trainer/onnx/operators/table.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'
import { relativeError } from '../../../fixtures/reference.ts'

const random = seededRandom(21)
const normal = () => random() + random() + random() + random() - 2

/** What an own operator gave when ONNX Runtime ran it, and what plain arithmetic gives. */
interface Outcome {
  readonly got: ArrayLike<number>
  readonly arithmetic: readonly number[]
}
interface Case {
  outcomes(): Promise<Outcome[]>
  /** The largest relative error; 0 where the sums are exact. */
  readonly tolerance: number
}

/** Runs a graph of one output. */
async function run(draw: (b: GraphBuilder) => string, feeds: Tensors): Promise<Float32Array> {
  const b = new GraphBuilder()
  const y = draw(b)
  b.output(y)
  const session = await openGraph(b.build())
  const result = floatOutput(await session.run(feeds), y).data
  await session.release()
  return result
}

async function silu(values: readonly number[]): Promise<Outcome> {
  const x = Float32Array.from(values)
  const got = await run((b) => b.add('SiLU', [b.input('x', 'float32', ['B', 'T', 1])]), { x: float32([1, x.length, 1], x) })
  return { got, arithmetic: Array.from(x, (value) => value / (1 + Math.exp(-value))) }
}

type Tokens = readonly (readonly number[])[]

/** The layer of weights [out, in], given row after row, with a scale a row, on tokens [T, in]. */
async function linearInt8(weights: Int8Array, scales: Float32Array, tokens: Tokens): Promise<Outcome> {
  const [inputs, outputs] = [weights.length / scales.length, scales.length]
  const columns = Array.from({ length: weights.length }, (_, i) => weights[(i % outputs) * inputs + Math.floor(i / outputs)]!)
  const layer = (b: GraphBuilder) => {
    const x = b.input('x', 'float32', ['B', 'T', inputs])
    const weight = b.initializer('weight', inline('int8', [inputs, outputs], columns))
    return b.add('LinearInt8', [x, weight, b.initializer('scale', inline('float32', [outputs], Array.from(scales)))])
  }
  const got = await run(layer, { x: float32([1, tokens.length, inputs], Float32Array.from(tokens.flat())) })
  return { got, arithmetic: tokens.flatMap((token) => linearInt8Of(weights, scales, token)) }
}

/** Activations rounded to 127 steps of the token's largest, and sums of whole numbers: [out]. */
function linearInt8Of(weights: Int8Array, scales: Float32Array, token: readonly number[]): number[] {
  const inputs = token.length
  const step = Math.fround(Math.fround(Math.max(1e-12, ...token.map((value) => Math.abs(Math.fround(value))))) / 127)
  const steps = token.map((value) => roundToEven(Math.fround(Math.fround(value) / step)))
  return Array.from(scales, (scale, row) => steps.reduce((sum, value, i) => sum + value * weights[row * inputs + i]!, 0) * scale * step)
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

/** Tokens of very different sizes, each by itself and all together. */
const randomLayer = (inputs: number, outputs: number): Case => ({
  tolerance: 1e-6,
  async outcomes() {
    const scales = new Float32Array(outputs)
    const weights = quantizeRows(Float32Array.from({ length: inputs * outputs }, normal), inputs, scales)
    const tokens = Array.from({ length: 9 }, (_, t) => Array.from({ length: inputs }, () => normal() * 10 ** (t - 4)))
    const all = []
    for (const each of [...tokens.map((token) => [token]), tokens]) all.push(await linearInt8(weights, scales, each))
    return all
  },
})

const cases: Partial<Record<string, Record<string, Case>>> = {
  SiLU: {
    'random numbers': { tolerance: 1e-6, outcomes: async () => [await silu(Array.from({ length: 99 }, () => 4 * normal()))] },
    'numbers so large that one factor is 0 or 1': { tolerance: 1e-6, outcomes: async () => [await silu([-100, -30, 0, 30, 100])] },
    'no numbers': { tolerance: 0, outcomes: async () => [await silu([])] },
  },
  LinearInt8: {
    '5 in and 3 out': randomLayer(5, 3),
    '64 in and 40 out': randomLayer(64, 40),
    '333 in and 17 out': randomLayer(333, 17),
    'the largest products, which must not saturate': {
      tolerance: 0,
      async outcomes() {
        const inputs = 1024
        const weights = Int8Array.from({ length: 4 * inputs }, (_, i) => (i < inputs ? 63 : i < 2 * inputs ? -63 : (i % 2) * 126 - 63))
        const tokens = [
          Array.from({ length: inputs }, () => 127),
          Array.from({ length: inputs }, () => -127),
          Array.from({ length: inputs }, (_, i) => (i % 2) * 254 - 127),
        ]
        return [await linearInt8(weights, Float32Array.of(1, 1, 1, 1), tokens)]
      },
    },
    'a token of zeros': {
      tolerance: 0,
      outcomes: async () => [await linearInt8(Int8Array.of(1, 2, 3, 4), Float32Array.of(1, 1), [[0, 0]])],
    },
    'no tokens': { tolerance: 0, outcomes: async () => [await linearInt8(Int8Array.of(1, 2, 3, 4), Float32Array.of(1, 1), [])] },
  },
}

const own = Object.entries<Operator>(operators).flatMap(([op, { body }]) => (body === undefined ? [] : [op]))

describe.each(own)('the body of %s computes what plain arithmetic does', (op) => {
  const rows = Object.entries(cases[op] ?? {})

  test('and has cases', () => {
    expect(rows.length, `${op} has a body, and no case above`).toBeGreaterThan(0)
  })

  test.each(rows)('on %s', async (_, { outcomes, tolerance }) => {
    for (const { got, arithmetic } of await outcomes()) {
      if (tolerance === 0) expect(Array.from(got)).toEqual(arithmetic)
      else expect(relativeError(got, arithmetic)).toBeLessThan(tolerance)
    }
  })
})
