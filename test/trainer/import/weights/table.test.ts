import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { weightFormats as namedInSettings } from '../../../../shared/formats/weight-formats.ts'
import { namesOf } from '../../../../shared/names-of.ts'
import { elementCount, float32, floatOutput, int64 } from '../../../../shared/tensor.ts'
import type { Layout } from '../../../../trainer/import/weights/matrix-layout.ts'
import * as weightFormats from '../../../../trainer/import/weights/table.ts'
import { WeightFile } from '../../../../trainer/import/weights/weight-file.ts'
import type { Matrix, ReadInitializer, WeightFormat } from '../../../../trainer/import/weights/weight-format.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { elementBytes } from '../../../../trainer/onnx/graph.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'
import { relativeError } from '../../../fixtures/reference.ts'

const [V, H] = [10, 64]
const random = seededRandom(3)
/** Rows of very different sizes, one of them all zeros. */
const values = Float32Array.from({ length: V * H }, (_, i) => {
  const row = Math.floor(i / H)
  return row === 7 ? 0 : (2 * random() - 1) * 10 ** (row % 4)
})

/** How far a number may be from what was stored, over the largest of its row. */
const errors: Readonly<Record<string, number>> = { float32: 0, int8: 0.50001 / 63, q8: 0.50001 / 127, q4: 1.00001 / 8 }

const folder = mkdtempSync(join(tmpdir(), 'weights-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

/** The matrix stored in a file that something else begins, read back, and the graph that has it. */
function stored(format: WeightFormat, layout: Layout, step = V) {
  const directory = join(folder, `${files++}`)
  const path = `${directory}.data`
  const file = new WeightFile(path)
  file.tensor([3], Float32Array.of(7, 7, 7))
  const matrix: Matrix = {
    ...{ name: 'words', rows: V, columns: H, layout },
    *chunks() {
      for (let from = 0; from < V; from += step) yield { from, values: values.slice(from * H, Math.min(V, from + step) * H) }
    },
  }
  const b = new GraphBuilder()
  const write = format.store(b, file, matrix)
  const after = file.tensor([2], Float32Array.of(5, 6)) // room was made before anything is written
  write()
  file.sync()
  file.close()
  const bytes = Uint8Array.from(readFileSync(path))
  const read: ReadInitializer = (name, type) => {
    const found = b.build().initializers.get(name)
    if (found?.type !== type || 'data' in found.at) throw new Error(`no ${type} ${name}`)
    expect(found.at.bytes).toBe(elementCount(found.shape) * elementBytes[type])
    return { shape: found.shape, bytes: bytes.slice(found.at.offset, found.at.offset + found.at.bytes) }
  }
  const place = after.at as { offset: number; bytes: number }
  expect(Array.from(new Float32Array(bytes.slice(place.offset, place.offset + place.bytes).buffer))).toEqual([5, 6])
  return { b, rows: (ids: readonly number[]) => format.rows(read, { name: 'words', layout }, ids) }
}

const all = Array.from({ length: V }, (_, id) => id)

test('what an import writes, WEIGHT_FORMATS may name', () => {
  expect(namedInSettings.toSorted()).toEqual(namesOf(weightFormats))
})

describe.each(namesOf(weightFormats))('%s', (name) => {
  const format: WeightFormat = weightFormats[name]

  test('says what it is for, and promises no more than a card may', () => {
    expect(errors, `say above how far ${name} may be off`).toHaveProperty(name)
    expect(format.about).toMatch(/\S/)
    expect(format.tolerance).toBeGreaterThan(0)
    expect(format.tolerance).toBeLessThanOrEqual(0.1)
  })

  describe.each(['rows', 'columns'] as const)('a matrix that lies as %s', (layout) => {
    test.each([1, 3, V])('comes back, stored %i rows at a time', (step) => {
      const rows = stored(format, layout, step).rows(all)
      expect(rows).toHaveLength(V * H)
      for (const id of all) {
        const [got, wanted] = [rows.subarray(id * H, (id + 1) * H), values.subarray(id * H, (id + 1) * H)]
        const allowed = errors[name]! * Math.max(...Array.from(wanted, Math.abs))
        for (let h = 0; h < H; h++) expect(Math.abs(got[h]! - wanted[h]!)).toBeLessThanOrEqual(allowed)
      }
    })

    test('gives the rows asked for, in that order, and none past its end', () => {
      const { rows } = stored(format, layout)
      const whole = rows(all)
      const row = (id: number) => Array.from(whole.subarray(id * H, (id + 1) * H))
      expect(Array.from(rows([9, 0, 9]))).toEqual([...row(9), ...row(0), ...row(9)])
      expect(rows([])).toHaveLength(0)
      expect(() => rows([V])).toThrow('Cannot read row 10 of words: it has 10.')
    })

    test('is looked up in the graph as the same rows', async () => {
      const { b, rows } = stored(format, layout)
      const x = format.lookup(b, b.input('ids', 'int64', ['B', 'T']), { name: 'words', layout })
      expect(b.shapeOf(x)).toEqual(['B', 'T', H])
      b.output(b.add('Identity', [x], { name: 'x' }))
      const session = await opened(b)
      const ids = [9, 0, 4, 7, 9, 1]
      const outputs = await session.run({ ids: int64([2, 3], BigInt64Array.from(ids, BigInt)) })
      await session.release()
      expect(floatOutput(outputs, 'x')).toEqual(float32([2, 3, H], rows(ids)))
    })
  })

  test('multiplies as a linear layer of the same rows', async () => {
    const { b, rows } = stored(format, 'columns')
    const y = format.linear(b, b.input('x', 'float32', ['B', 'T', H]), 'words')
    expect(b.shapeOf(y)).toEqual(['B', 'T', V])
    b.output(b.add('Identity', [y], { name: 'y' }))
    const session = await opened(b)
    // whole numbers up to 127, which a format that rounds activations keeps
    const x = Float32Array.from({ length: 2 * 3 * H }, (_, i) => (i % H === 0 ? 127 : Math.round(254 * random() - 127)))
    const { data, dims } = floatOutput(await session.run({ x: float32([2, 3, H], x) }), 'y')
    await session.release()
    const matrix = rows(all)
    const wanted = Array.from({ length: 6 * V }, (_, i) => {
      const [t, v] = [Math.floor(i / V), i % V]
      return Array.from({ length: H }, (_, h) => x[t * H + h]! * matrix[v * H + h]!).reduce((sum, product) => sum + product)
    })
    expect(dims).toEqual([2, 3, V])
    for (const v of all) {
      const [got, arithmetic] = [every(data, v), every(wanted, v)]
      if (v === 7) expect(got.map(Math.abs)).toEqual(Array(6).fill(0))
      else expect(relativeError(got, arithmetic)).toBeLessThan(1e-5) // each output at its own scale
    }
  })
})

/** Element v of each vector [.., V]. */
function every(vectors: ArrayLike<number>, v: number): number[] {
  return Array.from(vectors).filter((_, i) => i % V === v)
}

/** A session on a graph whose weights lie in the file written last. */
function opened(b: GraphBuilder) {
  return openGraph(b.build(), { directory: folder, threads: 1 })
}
