import { create, toBinary } from '@bufbuild/protobuf'
import { graphVersion } from '../../shared/formats/model-card.ts'
import { type Attribute, domains, type ElementType, type Graph, type Initializer, type Node, opset, type ValueType } from './graph.ts'
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  FunctionProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'

export const dataTypes: Record<ElementType, DataType> = {
  float32: DataType.FLOAT,
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
}

const producer = 'softprompt'

/** The bytes of an ONNX file. External data is named, not written. */
export function writeOnnx(graph: Graph): Uint8Array<ArrayBuffer> {
  const valueInfo = (name: string) => valueInfoProto(name, graph.values.get(name) as ValueType)
  const given = new Set([...graph.inputs, ...graph.outputs, ...graph.initializers.keys()])
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: producer,
    // not the program's: a release that emits the same graph keeps every model package's name
    producerVersion: String(graphVersion),
    opsetImport: operatorSets(),
    functions: graph.functions.map((definition) =>
      create(FunctionProtoSchema, {
        name: definition.name,
        domain: definition.domain,
        input: [...definition.inputs],
        output: [...definition.outputs],
        node: definition.nodes.map(nodeProto),
        opsetImport: operatorSets(),
      }),
    ),
    graph: {
      name: producer,
      node: graph.nodes.map(nodeProto),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      initializer: Array.from(graph.initializers, ([name, initializer]) => tensorProto(initializer, name)),
      valueInfo: Array.from(graph.values.keys())
        .filter((name) => !given.has(name))
        .map(valueInfo),
    },
  })
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>
}

function operatorSets() {
  const versions: [string, number][] = [
    [domains.onnx, opset],
    [domains.microsoft, 1],
    [domains.softprompt, 1],
  ]
  return versions.map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }))
}

function nodeProto(node: Node) {
  return create(NodeProtoSchema, {
    name: node.outputs[0] ?? '',
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, attribute]) =>
      create(AttributeProtoSchema, { name, ...attributeFields(attribute) }),
    ),
  })
}

function attributeFields(attribute: Attribute) {
  if ('int' in attribute) return { type: AttributeType.INT, i: BigInt(attribute.int) }
  if ('float' in attribute) return { type: AttributeType.FLOAT, f: attribute.float }
  if ('text' in attribute) return { type: AttributeType.STRING, s: new TextEncoder().encode(attribute.text) }
  if ('ints' in attribute) return { type: AttributeType.INTS, ints: attribute.ints.map(BigInt) }
  return { type: AttributeType.TENSOR, t: tensorProto(attribute.tensor) }
}

function tensorProto({ type, shape, at }: Initializer, name?: string) {
  const fields = { ...(name === undefined ? {} : { name }), dims: shape.map(BigInt), dataType: dataTypes[type] }
  if ('data' in at) return create(TensorProtoSchema, { ...fields, rawData: at.data })
  const entries = Object.entries({ location: at.file, offset: String(at.offset), length: String(at.bytes) })
  return create(TensorProtoSchema, {
    ...fields,
    dataLocation: DataLocation.EXTERNAL,
    externalData: entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  })
}

function valueInfoProto(name: string, { type, shape }: ValueType) {
  const dim = shape.map((size) => ({
    value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size },
  }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypes[type], shape: { dim } } } },
  })
}
