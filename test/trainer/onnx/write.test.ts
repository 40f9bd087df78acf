import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { graphVersion } from '../../../shared/formats/model-card.ts'
import { float32, floatOutput, int64 } from '../../../shared/tensor.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { domains, elementBytes, inline, int, opset } from '../../../trainer/onnx/graph.ts'
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
} from '../../../trainer/onnx/onnx_pb.ts'
import { dataTypes, writeOnnx } from '../../../trainer/onnx/write.ts'
import { openGraph } from '../../fixtures/graph-session.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()

/** SiLU(x · weight) + one, and the rows of a table at ids; the weight lies in a file of its own. */
function smallGraph() {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['B', 2])
  const ids = b.input('ids', 'int64', ['T'])
  b.initializer('weight', { type: 'float32', shape: [2, 3], at: { file: 'small.onnx.data', offset: 64, bytes: 24 } })
  b.output(b.add('Add', [b.add('SiLU', [b.add('MatMul', [x, 'weight'], { name: 'product' })]), b.floats(1)], { name: 'y' }))
  b.output(b.add('Gather', [b.initializer('table', inline('float32', [2], [5, 6])), ids], { attributes: { axis: int(0) }, name: 'rows' }))
  return b.build()
}

test('ONNX Runtime computes what the graph says, with its own operators and external data', async () => {
  const bytes = new Uint8Array(88)
  bytes.set(new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer), 64)
  writeFileSync(join(folder, 'small.onnx.data'), bytes)
  const session = await openGraph(smallGraph(), { directory: folder, threads: 1 })
  const outputs = await session.run({ x: float32([1, 2], Float32Array.of(1, -1)), ids: int64([3], BigInt64Array.of(1n, 0n, 1n)) })
  await session.release()
  expect(floatOutput(outputs, 'y').dims).toEqual([1, 3])
  for (const value of floatOutput(outputs, 'y').data) expect(value).toBeCloseTo(1 - 3 / (1 + Math.exp(3)), 6)
  expect(floatOutput(outputs, 'rows')).toEqual(float32([3], Float32Array.of(6, 5, 6)))
})

test('the file says what wrote it, which operators it takes, and where its values lie', () => {
  const model = fromBinary(ModelProtoSchema, writeOnnx(smallGraph()))
  expect(model).toMatchObject({ producerName: 'softprompt', producerVersion: String(graphVersion) })
  expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toContainEqual([domains.onnx, opset])
  expect(model.opsetImport.map(({ domain }) => domain)).toContain(domains.softprompt)
  expect(model.functions.map(({ domain, name }) => `${domain}.${name}`)).toEqual(['softprompt.SiLU'])
  const { input, output, valueInfo, initializer } = model.graph!
  expect([input, output].map((infos) => infos.map(({ name }) => name))).toEqual([['x', 'ids'], ['y', 'rows']]) // biome-ignore format: a table
  const typed = [...input, ...output, ...initializer].map(({ name }) => name)
  expect(valueInfo.map(({ name }) => name)).toContain('product')
  expect(valueInfo.filter(({ name }) => typed.includes(name))).toEqual([]) // each value has its type once
  const weight = initializer.find(({ name }) => name === 'weight')!
  expect(weight.dataLocation).toBe(DataLocation.EXTERNAL)
  expect(weight.rawData).toHaveLength(0)
  expect(Object.fromEntries(weight.externalData.map(({ key, value }) => [key, value]))).toEqual({
    location: 'small.onnx.data',
    offset: '64',
    length: '24',
  })
})

test('the same graph is the same bytes', () => {
  expect(Buffer.compare(writeOnnx(smallGraph()), writeOnnx(smallGraph()))).toBe(0)
})

test('every type of numbers has its own number in ONNX', () => {
  expect(Object.keys(dataTypes).sort()).toEqual(Object.keys(elementBytes).sort())
  expect(dataTypes).toMatchObject({ float32: DataType.FLOAT, int64: DataType.INT64, bool: DataType.BOOL })
  expect(new Set(Object.values(dataTypes)).size).toBe(Object.keys(dataTypes).length)
})
