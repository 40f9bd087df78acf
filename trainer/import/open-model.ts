import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { type Encode, loadTokenizer } from '../../shared/text/tokenizer.ts'
import { fileSize, openFile, readFile, readInto, requireFolder } from '../disk/read-file.ts'
import type { Graph, Initializer } from '../onnx/graph.ts'
import { readOnnx } from '../onnx/read.ts'
import { requireNoBacktracking } from './sources/backtracking.ts'
import { requireWeightFormat } from './weights/require-weight-format.ts'
import type { ReadInitializer } from './weights/weight-format.ts'

/** A model package on disk, opened for training: the card, the graph, and rows of the two tables. */
export interface OpenedModel {
  readonly directory: string
  readonly card: ModelCard
  /** The text of tokenizer.json. */
  readonly tokenizer: string
  readonly graph: Graph
  readonly encode: Encode
  /** Rows of the input embedding at `ids`, dequantized: [ids, H]. */
  inputRows(ids: readonly number[]): Float32Array
  /** Rows of the output layer at `ids`, dequantized: [ids, H]. Throws `unsupported` where the model has none. */
  outputRows(ids: readonly number[]): Float32Array
}

/** Opens a model package. Throws where it is none, or where a file is not the one that its card describes; of the weights, by their size. */
export function openModel(directory: string): OpenedModel {
  const path = (name: string) => join(directory, name)
  const { card } = readModelFolder(directory)
  const { input, output } = card.tables
  const format = requireWeightFormat(card.weights, `Cannot open model ${directory}`)
  // the weights may be large: their hash is held against the card where the package is published
  if (fileSize(path('model.onnx.data'), 'invalid_model') !== card.files['model.onnx.data'].bytes)
    throw altered(directory, card, 'model.onnx.data')
  const graph = readOnnx(readDescribed(directory, card, 'model.onnx'), path('model.onnx'))
  const { tokenizer, encode } = readTokenizer(directory, card)
  const read: ReadInitializer = (name, type) => readInitializer(directory, graph, name, type)
  return {
    directory: resolve(directory),
    card,
    tokenizer,
    graph,
    encode,
    inputRows: (ids) => format.rows(read, input, ids),
    outputRows(ids) {
      if (output !== null) return format.rows(read, output, ids)
      throw new SoftPromptError(
        'unsupported',
        `Cannot take rows of the output layer of model ${card.name}: it has none. Take them from elsewhere, or name a model that has one.`,
      )
    },
  }
}

/** The card of a model package and its encoder, without its graph and weights. Throws as `openModel` does. */
export function openTokenizer(directory: string): Pick<OpenedModel, 'card' | 'encode'> {
  const { card } = readModelFolder(directory)
  return { card, encode: readTokenizer(directory, card).encode }
}

function readTokenizer(directory: string, card: ModelCard): Pick<OpenedModel, 'tokenizer' | 'encode'> {
  const path = join(directory, 'tokenizer.json')
  const tokenizer = new TextDecoder().decode(readDescribed(directory, card, 'tokenizer.json'))
  requireNoBacktracking(tokenizer, path) // the card may say so and be wrong
  return { tokenizer, encode: loadTokenizer(tokenizer, path, card.sizes.vocabulary, card.checkedPatterns) }
}

/** The card of the model package in `directory`, and the bytes whose hash names the package. */
export function readModelFolder(directory: string): { bytes: Uint8Array<ArrayBuffer>; card: ModelCard } {
  const path = join(directory, 'model.json')
  const bytes = readFile(path, maxBytes.modelCard, 'invalid_model')
  if (bytes === null) {
    requireFolder(directory, 'invalid_model')
    throw new SoftPromptError(
      'invalid_model',
      `Cannot open model ${directory}: it has no model.json. Name a model package with --model, or make one with softprompt import.`,
    )
  }
  return { bytes, card: parseCard(ModelCard, new TextDecoder().decode(bytes), path, 'invalid_model') }
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

/** The shape and bytes of the graph's initializer `name`. Throws where it has none, or one of another type. */
function readInitializer(directory: string, graph: Graph, name: string, type: Initializer['type']): ReturnType<ReadInitializer> {
  const found = graph.initializers.get(name)
  if (found?.type === type) return { shape: found.shape, bytes: readExternal(directory, found) }
  throw new SoftPromptError('invalid_model', `The model's graph has no ${type} weight ${excerpt(name)}. Import the checkpoint again.`)
}

function readExternal(directory: string, { at }: Initializer): Uint8Array<ArrayBuffer> {
  if ('data' in at) return Uint8Array.from(at.data)
  const missing = () =>
    new SoftPromptError('invalid_model', `Cannot read ${excerpt(at.file)} in ${directory}: it has no ${at.bytes} bytes at ${at.offset}.`)
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
