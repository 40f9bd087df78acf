import { createHash } from 'node:crypto'
import { closeSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { type Encode, loadTokenizer } from '../../shared/text/template.ts'
import { scaleName } from '../import/weights/weights.ts'
import type { Graph, Initializer } from '../onnx/graph.ts'
import { readOnnx } from '../onnx/read.ts'
import { openFile, readFile, readInto, requireFolder } from './read-file.ts'

/** A model package on disk, opened for training: the card, the graph, and rows of the two tables. */
export interface ModelPackage {
  readonly directory: string
  readonly card: ModelCard
  readonly graph: Graph
  readonly encode: Encode
  /** Rows of the input embedding at `ids`, dequantized: [ids, H]. */
  inputRows(ids: readonly number[]): Float32Array
  /** Rows of the output layer at `ids`, dequantized: [ids, H]. */
  outputRows(ids: readonly number[]): Float32Array
}

/** Opens a model package. Throws where it is none, or where a file is not the one that its card describes; of the weights, by their size. */
export function openModel(directory: string): ModelPackage {
  const path = (name: string) => join(directory, name)
  const { card } = readModelCard(directory)
  // the weights may be large: their hash is held against the card where the package is published
  if (statSync(path('model.onnx.data'), { throwIfNoEntry: false })?.size !== card.files['model.onnx.data'].bytes)
    throw altered(directory, card, 'model.onnx.data')
  const graph = readOnnx(readDescribed(directory, card, 'model.onnx'), path('model.onnx'))
  const encode = readTokenizer(directory, card)
  const input = 'model.embed_tokens.weight'
  const output = graph.initializers.has('lm_head.weight') ? 'lm_head.weight' : input
  return {
    directory: resolve(directory),
    card,
    graph,
    encode,
    // a tied table is kept as columns, an untied one as rows
    inputRows: (ids) => tableRows(directory, graph, input, ids, output === input),
    outputRows: (ids) => tableRows(directory, graph, output, ids, true),
  }
}

/** The card of the model package in `directory`, and the bytes whose hash names the package. */
export function readModelCard(directory: string): { bytes: Uint8Array<ArrayBuffer>; card: ModelCard } {
  const path = join(directory, 'model.json')
  const bytes = readFile(path, mostBytes.modelCard, 'invalid_model')
  if (bytes === null) {
    requireFolder(directory, 'invalid_model')
    throw new SoftPromptError(
      'invalid_model',
      `Cannot open model ${directory}: it has no model.json. Name a model package with --model, or make one with softprompt import.`,
    )
  }
  return { bytes, card: parseCard(ModelCard, new TextDecoder().decode(bytes), path, 'invalid_model') }
}

/** The encoder of the model package in `directory`. */
function readTokenizer(directory: string, card: ModelCard): Encode {
  const json = new TextDecoder().decode(readDescribed(directory, card, 'tokenizer.json'))
  return loadTokenizer(json, join(directory, 'tokenizer.json'), card.sizes.vocabulary)
}

/** A file that is read whole. Throws where it is not the one that `card` describes. */
function readDescribed(directory: string, card: ModelCard, name: keyof ModelCard['files']): Uint8Array<ArrayBuffer> {
  const { bytes: size, sha256 } = card.files[name]
  const bytes = readFile(join(directory, name), size, 'invalid_model')
  if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== sha256) throw altered(directory, card, name)
  return bytes
}

function altered(directory: string, { files }: ModelCard, name: keyof ModelCard['files']): SoftPromptError {
  return new SoftPromptError(
    'invalid_model',
    `Cannot open model ${directory}: ${name} is not the file that model.json describes (${files[name].bytes} bytes). Import the checkpoint again.`,
  )
}

/** Rows of a table [V, H], which is stored as [H, V] where `transposed`. */
function tableRows(directory: string, graph: Graph, name: string, ids: readonly number[], transposed: boolean): Float32Array {
  const table = initializer(graph, name)
  const [H, V] = (transposed ? table.shape : table.shape.toReversed()) as [number, number]
  const stored = readExternal(directory, table)
  const scales = table.type === 'int8' ? new Float32Array(readExternal(directory, initializer(graph, scaleName(name))).buffer) : null
  const values = table.type === 'int8' ? new Int8Array(stored.buffer) : new Float32Array(stored.buffer)
  const rows = new Float32Array(ids.length * H)
  ids.forEach((id, row) => {
    if (id >= V) throw new SoftPromptError('invalid_model', `Cannot read row ${id} of ${name}: it has ${V}.`)
    for (let h = 0; h < H; h++) rows[row * H + h] = (values[transposed ? h * V + id : id * H + h] as number) * (scales?.[id] ?? 1)
  })
  return rows
}

function initializer(graph: Graph, name: string): Initializer {
  const found = graph.initializers.get(name)
  if (found === undefined)
    throw new SoftPromptError('invalid_model', `The model's graph has no weight ${name}. Import the checkpoint again.`)
  return found
}

function readExternal(directory: string, { at }: Initializer): Uint8Array<ArrayBuffer> {
  if ('data' in at) return Uint8Array.from(at.data)
  const missing = () =>
    new SoftPromptError('invalid_model', `Cannot read ${at.file} in ${directory}: it has no ${at.bytes} bytes at ${at.offset}.`)
  const opened = openFile(join(directory, at.file), 'invalid_model')
  if (opened === null) throw missing()
  try {
    if (at.offset + at.bytes > opened.size) throw missing()
    const bytes = new Uint8Array(at.bytes)
    if (readInto(bytes, opened.file, at.offset) < at.bytes) throw missing()
    return bytes
  } finally {
    closeSync(opened.file)
  }
}
