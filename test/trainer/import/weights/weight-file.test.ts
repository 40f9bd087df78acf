import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WeightFile } from '../../../../trainer/import/weights/weight-file.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = temporaryFolder()

test('tensors lie one after another, each at a multiple of 64, whatever the order in which they are written', () => {
  const path = join(folder, 'model.onnx.data')
  const file = new WeightFile(path)
  const [first, second, empty, third] = [
    file.reserve('int8', [3]),
    file.reserve('float32', [4, 4]),
    file.reserve('float32', [0, 5]),
    file.reserve('float32', [2]),
  ]
  expect(first).toEqual({ type: 'int8', shape: [3], at: { file: 'model.onnx.data', offset: 0, bytes: 3 } })
  expect(second.at).toEqual({ file: 'model.onnx.data', offset: 64, bytes: 64 })
  expect(empty.at).toMatchObject({ offset: 128, bytes: 0 })
  expect(third.at).toMatchObject({ offset: 128, bytes: 8 })

  file.write(Float32Array.of(8, 9), third.at.offset)
  file.write(
    Float32Array.from({ length: 8 }, (_, i) => i + 8),
    second.at.offset + 32,
  )
  file.write(
    Float32Array.from({ length: 8 }, (_, i) => i),
    second.at.offset,
  )
  file.write(Int8Array.of(0, -1, 2, -3, 0).subarray(1, 4), first.at.offset) // a part of what lies in memory
  file.sync()
  file.close()

  const bytes = Uint8Array.from(readFileSync(path))
  expect(bytes).toHaveLength(136)
  expect(Array.from(new Int8Array(bytes.slice(0, 3).buffer))).toEqual([-1, 2, -3])
  expect(Array.from(bytes.slice(3, 64))).toEqual(Array(61).fill(0))
  expect(Array.from(new Float32Array(bytes.slice(64, 136).buffer))).toEqual([...Array(16).keys(), 8, 9])
})

test('a tensor at hand is written at once', () => {
  const path = join(folder, 'at-once')
  const file = new WeightFile(path)
  expect(file.tensor([2, 1], Float32Array.of(1, 2))).toEqual({
    type: 'float32',
    shape: [2, 1],
    at: { file: 'at-once', offset: 0, bytes: 8 },
  })
  file.close()
  expect(Array.from(new Float32Array(Uint8Array.from(readFileSync(path)).buffer))).toEqual([1, 2])
})

test('a file that is there is not written over', () => {
  const path = join(folder, 'there')
  new WeightFile(path).close()
  expect(existsSync(path)).toBe(true)
  expect(() => new WeightFile(path)).toThrow(/EEXIST/)
  expect(statSync(path).size).toBe(0)
})
