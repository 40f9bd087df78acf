import { fromBinary } from '@bufbuild/protobuf'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { elementCount } from '../../shared/tensor.ts'
import {
  type Attribute,
  type Attributes,
  type Dim,
  type ElementType,
  elementBytes,
  type Graph,
  type Initializer,
  type Node,
  type ValueType,
} from './graph.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb.ts'
import { dataTypes } from './write.ts'

const elementTypes = new Map(Object.entries(dataTypes).map(([name, number]) => [number as number, name as ElementType]))

/** The graph in an ONNX file's bytes. Throws where the file is no ONNX, or uses types or attributes that are not supported here. */
export function readOnnx(bytes: Uint8Array, where: string): Graph {
  let model: ReturnType<typeof fromBinary<typeof ModelProtoSchema>>
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw new SoftPromptError('invalid_file', `Cannot read ${where}: it is not an ONNX file (${excerpt((cause as Error).message)}).`, {
      cause,
    })
  }
  if (model.graph === undefined) throw new SoftPromptError('invalid_file', `Cannot read ${where}: it holds no ONNX graph.`)
  const graph: GraphProto = model.graph
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, initializer(tensor, where)]))
  const values = new Map(Array.from(initializers, ([name, { type, shape }]): [string, ValueType] => [name, { type, shape }]))
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) values.set(info.name, valueType(info, where))
  return {
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    initializers,
    nodes: graph.node.map((proto) => node(proto, where)),
    values,
    functions: model.functions.map((proto) => ({
      domain: proto.domain,
      name: proto.name,
      inputs: proto.input,
      outputs: proto.output,
      nodes: proto.node.map((inner) => node(inner, where)),
    })),
  }
}

function node(proto: NodeProto, where: string): Node {
  const attributes: Attributes = Object.fromEntries(proto.attribute.map((attribute) => [attribute.name, attributeValue(attribute, where)]))
  return { op: proto.opType, domain: proto.domain, inputs: proto.input, outputs: proto.output, attributes }
}

function attributeValue(proto: AttributeProto, where: string): Attribute {
  if (proto.type === AttributeType.INT) return { int: Number(proto.i) }
  if (proto.type === AttributeType.FLOAT) return { float: proto.f }
  if (proto.type === AttributeType.STRING) return { text: new TextDecoder().decode(proto.s) }
  if (proto.type === AttributeType.INTS) return { ints: proto.ints.map(Number) }
  if (proto.type === AttributeType.TENSOR && proto.t !== undefined) return { tensor: initializer(proto.t, where) }
  throw new SoftPromptError(
    'unsupported',
    `Cannot read ${where}: attribute ${excerpt(proto.name)} has type ${AttributeType[proto.type]}, which softprompt does not use.`,
  )
}

function initializer(proto: TensorProto, where: string): Initializer {
  const type = elementType(proto.dataType, proto.name, where)
  const shape = proto.dims.map(Number)
  const wanted = elementCount(shape) * elementBytes[type]
  if (proto.dataLocation !== DataLocation.EXTERNAL) {
    // ONNX can also keep numbers in typed fields, which are not used here
    if (proto.rawData.length !== wanted)
      throw misplaced(proto, `it has ${proto.rawData.length} bytes, and shape [${shape}] needs ${wanted}`, where)
    return { type, shape, at: { data: proto.rawData } }
  }
  const entries = Object.fromEntries(proto.externalData.map(({ key, value }) => [key, value]))
  const [file, offset, bytes] = [entries.location ?? '', Number(entries.offset ?? 0), Number(entries.length)]
  if (!/^[\w-][\w.-]*$/.test(file))
    throw misplaced(proto, `its file is called ${excerpt(JSON.stringify(file))}, which is not the name of a file beside it`, where)
  if (!Number.isSafeInteger(offset) || offset < 0) throw misplaced(proto, `it begins at byte ${excerpt(entries.offset)}`, where)
  if (bytes !== wanted) throw misplaced(proto, `it has ${excerpt(entries.length)} bytes, and shape [${shape}] needs ${wanted}`, where)
  return { type, shape, at: { file, offset, bytes } }
}

function misplaced({ name }: TensorProto, why: string, where: string): SoftPromptError {
  return new SoftPromptError('invalid_file', `Cannot read ${where}: the data of ${excerpt(name)} are in the wrong place: ${why}.`)
}

function valueType(info: ValueInfoProto, where: string): ValueType {
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined
  if (tensor === undefined) throw new SoftPromptError('unsupported', `Cannot read ${where}: value ${excerpt(info.name)} is not a tensor.`)
  const dims = tensor.shape?.dim ?? []
  const shape = dims.map(({ value }): Dim => (value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?')))
  return { type: elementType(tensor.elemType, info.name, where), shape }
}

function elementType(number: number, name: string, where: string): ElementType {
  const type = elementTypes.get(number)
  if (type === undefined)
    throw new SoftPromptError(
      'unsupported',
      `Cannot read ${where}: ${excerpt(name)} has ONNX type ${number}, which softprompt does not use.`,
    )
  return type
}
