import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { float32, int64 } from '../../shared/tensor.ts'
import { GraphBuilder } from '../../trainer/onnx/builder.ts'
import { int } from '../../trainer/onnx/graph.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { openNodeSession, openSideBySide } from '../../trainer/runtime.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'

const folder = temporaryFolder()

/** y = x · weight, whose numbers lie in small.onnx.data; the ids as they are; and what a session can not give. */
function graph() {
  const b = new GraphBuilder()
  b.initializer('weight', { type: 'float32', shape: [2], at: { file: 'small.onnx.data', offset: 0, bytes: 8 } })
  const [x, ids] = [b.input('x', 'float32', ['B', 2]), b.input('ids', 'int64', ['T'])]
  b.output(b.add('Mul', [x, 'weight'], { name: 'y' }))
  b.output(b.add('Add', [ids, b.integers(1)], { name: 'next' }))
  b.output(b.add('Cast', [ids], { attributes: { to: int(9) }, name: 'odd' })) // bool
  return writeOnnx(b.build())
}
writeFileSync(join(folder, 'small.onnx.data'), new Uint8Array(Float32Array.of(2, 10).buffer))
const feeds = { x: float32([1, 2], Float32Array.of(1, 3)), ids: int64([2], BigInt64Array.of(5n, -1n)) }

describe('a session', async () => {
  const session = await openNodeSession(graph(), { directory: folder, threads: 1 })

  test('says what it takes', () => {
    expect(session.inputs).toEqual(['x', 'ids'])
  })

  test('gives the outputs that are wanted, and no others', async () => {
    expect(await session.run(feeds, ['y'])).toEqual({ y: float32([1, 2], Float32Array.of(2, 30)) })
    expect(await session.run(feeds, ['next', 'y'])).toEqual({
      y: float32([1, 2], Float32Array.of(2, 30)),
      next: int64([2], BigInt64Array.of(6n, 0n)),
    })
  })

  test('takes a part of a larger array, and no numbers at all', async () => {
    const part = float32([1, 2], Float32Array.of(9, 9, 1, 3, 9).subarray(2, 4))
    expect((await session.run({ ...feeds, x: part }, ['y'])).y).toEqual(float32([1, 2], Float32Array.of(2, 30)))
    expect((await session.run({ ...feeds, x: float32([0, 2]) }, ['y'])).y).toEqual(float32([0, 2]))
  })

  test('gives numbers of their own each time', async () => {
    const { y } = await session.run(feeds, ['y'])
    await session.run({ ...feeds, x: float32([1, 2], Float32Array.of(7, 7)) }, ['y'])
    expect(y).toEqual(float32([1, 2], Float32Array.of(2, 30)))
  })

  test('names an input that is not fed, and passes over what is no input', async () => {
    await expect(session.run({ x: feeds.x }, ['y'])).rejects.toThrow("the graph's input ids is not fed")
    expect(Object.keys(await session.run({ ...feeds, more: feeds.x }, ['y']))).toEqual(['y'])
  })

  test('refuses an output that it has not, one of a type that is not used here, and feeds of another shape or type', async () => {
    await expect(session.run(feeds, ['z'])).rejects.toThrow(/z/)
    await expect(session.run(feeds, ['odd'])).rejects.toThrow("the graph's output odd has type bool")
    await expect(session.run({ ...feeds, x: float32([1, 3]) }, ['y'])).rejects.toThrow()
    await expect(session.run({ ...feeds, x: feeds.ids }, ['y'])).rejects.toThrow()
    expect(Object.keys(await session.run(feeds, ['y']))).toEqual(['y']) // and goes on
  })

  test('answers no more when it is released', async () => {
    const other = await openNodeSession(graph(), { directory: folder })
    await other.release()
    await expect(other.run(feeds, ['y'])).rejects.toThrow()
  })
})

describe('sessions side by side', async () => {
  const session = await openSideBySide(graph(), { directory: folder, threads: 3 })
  /** A session keeps what it is fed. */
  const own = (x: number) => ({ x: float32([1, 2], Float32Array.of(x, 3)), ids: int64([2], BigInt64Array.of(5n, -1n)) })

  test('are as many as there are threads, four at most, and one where there is one', async () => {
    const counts = [1, 2, 4, 64].map(async (threads) => (await openSideBySide(graph(), { directory: folder, threads })).sideBySide)
    expect(await Promise.all(counts)).toEqual([undefined, 2, 4, 4])
  })

  test('give what one gives, however many runs are asked for at once', async () => {
    expect(session.inputs).toEqual(['x', 'ids'])
    const runs = Array.from({ length: 20 }, (_, x) => session.run(own(x), ['y', 'next']))
    const next = int64([2], BigInt64Array.of(6n, 0n))
    expect(await Promise.all(runs)).toEqual(runs.map((_, x) => ({ y: float32([1, 2], Float32Array.of(2 * x, 30)), next })))
  })

  test('fail alone', async () => {
    const runs = [session.run(own(1), ['z']), session.run({ x: own(1).x }, ['y']), session.run(own(1), ['y'])]
    expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  })

  test('are broken, and not silent, where they are fed what was handed over before', async () => {
    const broken = await openSideBySide(graph(), { directory: folder, threads: 2 })
    const fed = own(1)
    await broken.run(fed, ['y'])
    await expect(Promise.all([broken.run(fed, ['y']), broken.run(fed, ['y'])])).rejects.toThrow()
    const another = await openSideBySide(graph(), { directory: folder, threads: 2 }) // on threads of its own
    expect(await another.run(own(1), ['y'])).toEqual({ y: float32([1, 2], Float32Array.of(2, 30)) })
  })

  test('have all cores between them', async () => {
    for (const threads of [5, 6, 7]) {
      const uneven = await openSideBySide(graph(), { directory: folder, threads })
      expect([uneven.sideBySide, await uneven.run(own(1), ['y'])]).toEqual([4, { y: float32([1, 2], Float32Array.of(2, 30)) }])
    }
  })

  test('end what runs when they are released, answer no more, and leave the others of their threads alone', async () => {
    const other = await openSideBySide(graph(), { directory: folder, threads: 3 })
    const runs = Promise.all([1, 2, 3, 4].map((x) => other.run(own(x), ['y'])))
    await other.release()
    expect(await runs).toHaveLength(4)
    await expect(other.run(own(1), ['y'])).rejects.toThrow()
    expect([await session.run(own(1), ['y']), session.ended]).toEqual([{ y: float32([1, 2], Float32Array.of(2, 30)) }, false])
  })
})

test.each<[string, Uint8Array, string]>([
  ['bytes that are no graph', Uint8Array.of(1, 2, 3), folder],
  ['no bytes', new Uint8Array(), folder],
  ['a graph whose data are not there', graph(), join(folder, 'elsewhere')],
])('%s are refused as a model', async (_, bytes, directory) => {
  const refusal = {
    name: 'SoftPromptError',
    code: 'invalid_model',
    message: expect.stringMatching(/^Cannot load the graph into ONNX Runtime: \S/),
  }
  await expect(openNodeSession(bytes, { directory })).rejects.toMatchObject(refusal)
  await expect(openSideBySide(bytes, { directory, threads: 2 })).rejects.toMatchObject(refusal)
})
