import { expect } from 'vitest'
import { elementCount, type FloatTensor, float32, floatOutput, int64, type Tensors } from '../../../shared/tensor.ts'
import { addGradients } from '../../../trainer/autodiff/gradient.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import type { Dim, Graph } from '../../../trainer/onnx/graph.ts'
import { writeOnnx } from '../../../trainer/onnx/write.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { loadSession, type Session } from '../../../trainer/runtime.ts'

/** A dimension: a number, or a name with the number that stands for it when the graph runs, "T=4". */
export type Size = number | `${string}=${number}`

/** A graph in the making, with random values for its inputs. */
export class Sketch {
  readonly b = new GraphBuilder()
  readonly feeds: Tensors = {}
  /** The values with respect to which gradients are taken. */
  readonly wanted: string[] = []
  readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** An input of numbers in [−1.5, 1.5], whose gradient is wanted. Multiples of 1/1024, so that a difference is exact. */
  float(...sizes: readonly Size[]): string {
    const dims = sizes.map(sizeOf)
    const data = Float32Array.from({ length: elementCount(dims) }, () => Math.round((this.random() - 0.5) * 3 * 1024) / 1024)
    return this.feed(this.#input('float32', sizes), float32(dims, data))
  }

  /** An input of random whole numbers below `end`. */
  integers(end: number, ...sizes: readonly Size[]): string {
    const dims = sizes.map(sizeOf)
    const name = this.#input('int64', sizes)
    this.feeds[name] = int64(
      dims,
      BigInt64Array.from({ length: elementCount(dims) }, () => BigInt(Math.floor(this.random() * end))),
    )
    return name
  }

  /** Gives an input its values, and wants its gradient. */
  feed(name: string, values: FloatTensor): string {
    this.feeds[name] = values
    this.wanted.push(name)
    return name
  }

  /** A random choice for each element, as a bool. */
  choices(...sizes: readonly Size[]): string {
    return this.b.add('Cast', [this.integers(2, ...sizes)], { attributes: { to: { int: 9 } } })
  }

  #input(type: 'float32' | 'int64', sizes: readonly Size[]): string {
    const shape = sizes.map((size): Dim => (typeof size === 'number' ? size : (size.split('=')[0] as string)))
    return this.b.input(`input${Object.keys(this.feeds).length}`, type, shape)
  }
}

/** Adds the nodes under test to a sketch and gives their outputs. */
export type Draw = (sketch: Sketch) => readonly string[]

/** Runs forward and backward: the wanted gradients by input, where the loss is the outputs' sum under random weights. */
export async function gradientsOf(
  draw: Draw,
  seed: number,
): Promise<{ gradients: Tensors; forward: Session; sketch: Sketch; weights: Tensors }> {
  const sketch = new Sketch(seed)
  const outputs = draw(sketch)
  const plain = withOutputs(GraphBuilder.from(sketch.b.build()), outputs)
  const forward = await loadSession(writeOnnx(plain), { threads: 1 })
  const given = await forward.run(sketch.feeds)

  const b = GraphBuilder.from(sketch.b.build())
  const seeds = new Map(outputs.map((output) => [output, b.input(`weight.${output}`, 'float32', b.shapeOf(output))]))
  const gradients = addGradients(b, seeds, sketch.wanted)
  const named = sketch.wanted.map((input) => b.add('Identity', [gradients.get(input)!], { name: `gradient.${input}` }))
  const backward = await loadSession(writeOnnx(withOutputs(b, named)), { threads: 1 })
  const weights = Object.fromEntries(
    outputs.map((output) => {
      const { dims } = given[output]!
      return [
        `weight.${output}`,
        float32(
          dims,
          Float32Array.from({ length: elementCount(dims) }, () => 2 * sketch.random() - 1),
        ),
      ]
    }),
  )
  const results = await backward.run({ ...sketch.feeds, ...weights })
  await backward.release()
  return { gradients: Object.fromEntries(sketch.wanted.map((input) => [input, results[`gradient.${input}`]!])), forward, sketch, weights }
}

/** Holds every element of every wanted gradient against central differences of fourth order. */
export async function expectGradients(draw: Draw, seed: number): Promise<void> {
  const { gradients, forward, sketch, weights } = await gradientsOf(draw, seed)
  const loss = async () => {
    const outputs = await forward.run(sketch.feeds)
    let sum = 0
    for (const output of Object.keys(outputs)) {
      const [values, weight] = [floatOutput(outputs, output).data, floatOutput(weights, `weight.${output}`).data]
      for (let i = 0; i < values.length; i++) sum += values[i]! * weight[i]!
    }
    return sum
  }
  const step = 1 / 32
  for (const input of sketch.wanted) {
    const values = floatOutput(sketch.feeds, input)
    const gradient = floatOutput(gradients, input)
    expect(gradient.dims, `shape of the gradient of ${input}`).toEqual(values.dims)
    const measured: number[] = []
    for (let i = 0; i < values.data.length; i++) {
      const value = values.data[i]!
      const at = async (steps: number) => {
        values.data[i] = value + steps * step
        return loss()
      }
      measured.push((8 * ((await at(1)) - (await at(-1))) - ((await at(2)) - (await at(-2)))) / (12 * step))
      values.data[i] = value
    }
    const largest = Math.max(1, ...measured.map(Math.abs))
    for (const [i, value] of measured.entries()) {
      const error = Math.abs(gradient.data[i]! - value) / largest
      expect(error, `d ${input}[${i}] is ${gradient.data[i]}, measured ${value}`).toBeLessThan(1e-4)
    }
  }
  await forward.release()
}

function withOutputs(b: GraphBuilder, outputs: readonly string[]): Graph {
  for (const output of outputs) b.output(output)
  return b.build()
}

function sizeOf(size: Size): number {
  return typeof size === 'number' ? size : Number(size.split('=')[1])
}
