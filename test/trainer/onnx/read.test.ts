import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { decoder } from '../../../shared/engine/families/decoder.ts'
import { pastNames } from '../../../shared/engine/families/key-values.ts'
import { SoftPromptError } from '../../../shared/error.ts'
import { promptTrainingGraph, textTrainingGraph } from '../../../trainer/autodiff/training-graph.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { float, inline, int, ints, string } from '../../../trainer/onnx/graph.ts'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  ModelProtoSchema,
} from '../../../trainer/onnx/onnx_pb.ts'
import { readOnnx } from '../../../trainer/onnx/read.ts'
import { writeOnnx } from '../../../trainer/onnx/write.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf, references } from '../../fixtures/reference.ts'

const folder = temporaryFolder()

/** A graph of a few nodes, with an attribute and an initializer of each kind. */
function smallGraph() {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['B', 3])
  b.initializer('large', { type: 'float32', shape: [3, 2], at: { file: 'model.onnx.data', offset: 2 ** 40, bytes: 24 } })
  b.initializer('int8', inline('int8', [2], [-128, 127]))
  b.initializer('flags', inline('bool', [1, 2], [1, 0]))
  b.initializer('nothing', inline('int64', [0], []))
  const attributes = {
    int: int(-1),
    float: float(2 ** -20),
    text: string('ä'),
    ints: ints([-(2 ** 40), 0, 1]),
    none: ints([]),
    tensor: { tensor: inline('uint8', [], [200]) },
  }
  b.output(b.add('MatMul', [x, 'large'], { attributes, name: 'y' }))
  return b.build()
}

describe('an ONNX file', () => {
  test('is read as the graph that was written', () => {
    const graph = smallGraph()
    expect(readOnnx(writeOnnx(graph), 'small.onnx')).toEqual(graph)
  })

  test('is the same, byte for byte, when it is read and written', async () => {
    const loss = classification.loss({ zLoss: 0.01 })
    for (const name of references) {
      for (const weights of ['float32', 'int8'] as const) {
        const { graph, card } = await imported(checkpointOf(name), weights, folder)
        const training = [
          textTrainingGraph(graph, pastNames(card.sizes), loss).graph,
          promptTrainingGraph(graph, card.sizes, decoder.compilation),
        ]
        for (const each of [graph, ...training]) {
          const bytes = writeOnnx(each)
          expect(Buffer.compare(writeOnnx(readOnnx(bytes, 'a graph')), bytes)).toBe(0)
        }
      }
    }
    const bytes = writeOnnx(openModel('models/tiny-lm').graph)
    expect(Buffer.compare(writeOnnx(readOnnx(bytes, 'a graph')), bytes)).toBe(0)
  })

  test('is a graph or a clear error, whatever is done to its bytes', () => {
    const bytes = writeOnnx(smallGraph())
    const random = seededRandom(4)
    const spoilt: Uint8Array[] = Array.from(bytes, (_, length) => bytes.slice(0, length))
    for (let i = 0; i < 3000; i++) {
      const copy = bytes.slice()
      for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--)
        copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256)
      spoilt.push(copy)
      spoilt.push(Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)))
    }
    let refused = 0
    for (const each of spoilt) {
      try {
        readOnnx(each, 'spoilt.onnx')
      } catch (error) {
        if (!(error instanceof SoftPromptError)) throw error
        expect(error.message).toMatch(/^Cannot read spoilt\.onnx: /)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

type GraphFields = MessageInitShape<typeof GraphProtoSchema>

const read = (graph: GraphFields | undefined) =>
  readOnnx(toBinary(ModelProtoSchema, create(ModelProtoSchema, graph === undefined ? {} : { graph })), 'foreign.onnx')

const external = (location: string | undefined, offset = '0', length = '8'): GraphFields => {
  const entries = { location, offset, length }
  const externalData = Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
  return { initializer: [{ name: 'w', dims: [2n], dataType: DataType.FLOAT, dataLocation: DataLocation.EXTERNAL, externalData }] }
}
const attribute = (attribute: MessageInitShape<typeof AttributeProtoSchema>): GraphFields => ({
  node: [{ opType: 'If', attribute: [{ name: 'branch', ...attribute }] }],
})
const value = (elemType: number): GraphFields => ({
  input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType, shape: { dim: [] } } } } }],
})

describe('an ONNX file of others is refused where', () => {
  test.each<[string, GraphFields | undefined, RegExp]>([
    ['it has no graph', undefined, /holds no ONNX graph/],
    ['a value has a type that is not used here', value(DataType.DOUBLE), /x has ONNX type 11/],
    ['a value is no tensor', { input: [{ name: 'x', type: {} }] }, /value x is not a tensor/],
    ['a weight has a type that is not used here', { initializer: [{ name: 'w', dataType: DataType.FLOAT16 }] }, /w has ONNX type 10/],
    ['an attribute is a graph', attribute({ type: AttributeType.GRAPH }), /attribute branch has type GRAPH/],
    ['an attribute is a list of floats', attribute({ type: AttributeType.FLOATS, floats: [1] }), /attribute branch has type FLOATS/],
    ['an attribute has no type', attribute({ i: 1n }), /attribute branch has type UNDEFINED/],
    [
      'a weight keeps its numbers elsewhere than expected',
      { initializer: [{ name: 'w', dims: [2n], dataType: DataType.FLOAT }] },
      /data of w are in the wrong place: it has 0 bytes, and shape \[2\] needs 8/,
    ],
    ['a weight has a negative length', { initializer: [{ name: 'w', dims: [-2n], dataType: DataType.FLOAT }] }, /in the wrong place/],
    ['its data have no name', external(undefined), /its file is called "", /],
    ['its data are in the folder above', external('../model.onnx.data'), /its file is called "\.\.\/model/],
    ['its data are in another folder', external('weights/model.onnx.data'), /its file is called/],
    ['its data are anywhere', external('/etc/passwd'), /its file is called/],
    ['its data are anywhere on Windows', external('C:\\weights'), /its file is called/],
    ['its data are a folder', external('..'), /its file is called/],
    ['its data are hidden', external('.env'), /its file is called/],
    ['its data begin before the file', external('model.onnx.data', '-8'), /begins at byte -8/],
    ['its data begin nowhere', external('model.onnx.data', 'x'), /begins at byte x/],
    ['its data are too long', external('model.onnx.data', '0', '12'), /has 12 bytes, and shape \[2\] needs 8/],
    ['its data have no length', external('model.onnx.data', '0', 'NaN'), /in the wrong place/],
  ])('%s', (_, graph, message) => {
    expect(() => read(graph)).toThrow(expect.objectContaining({ name: 'SoftPromptError', message: expect.stringMatching(message) }))
  })

  test('nothing is wrong', () => {
    for (const graph of [external('model.onnx.data'), value(DataType.FLOAT), attribute({ type: AttributeType.INT, i: 1n })])
      expect(() => read(graph)).not.toThrow()
  })
})
