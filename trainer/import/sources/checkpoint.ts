import { createHash } from 'node:crypto'
import { closeSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { parseCard } from '../../../shared/formats/card.ts'
import {
  dtypeBytes,
  headerLength,
  lengthBytes,
  parseHeader,
  requireFloats,
  type TensorEntry,
  toFloat32,
} from '../../../shared/formats/safetensors.ts'
import { openFile, readFile, readInto } from '../../disk/read-file.ts'
import { disguiseBytes, requireNoDisguise } from './disguised-file.ts'
import { noSafetensors } from './no-safetensors.ts'

/** Models of a thousand layers have some megabytes of names. */
const maxIndexBytes = 2 ** 26

const Index = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]{1,240}\.safetensors$/)) })

interface StoredTensor extends TensorEntry {
  readonly file: number
}

/** The tensors of a Hugging Face checkpoint, one file or sharded, read from disk a few rows at a time. */
export class Checkpoint {
  readonly #tensors = new Map<string, StoredTensor>()
  readonly #files: number[] = []
  readonly directory: string

  /** Opens every file and reads its header; tensors are known by what `rename` makes of their names. Throws where one is missing or is no safetensors file. */
  constructor(directory: string, rename = (tensor: string) => tensor) {
    this.directory = directory
    try {
      for (const name of shardNames(directory)) this.#open(join(directory, name), rename)
    } catch (error) {
      this.close()
      throw error
    }
  }

  get names(): string[] {
    return [...this.#tensors.keys()].sort()
  }

  /** Throws where the tensor is missing or has another shape. */
  expect(name: string, shape: readonly number[]): void {
    const tensor = this.tensor(name)
    requireFloats(tensor.dtype, name, this.directory)
    if (tensor.shape.join() !== shape.join()) {
      throw new SoftPromptError(
        'invalid_model',
        `Cannot import ${this.directory}: tensor ${name} has shape [${tensor.shape}], and config.json asks for [${shape}].`,
      )
    }
  }

  tensor(name: string): StoredTensor {
    const tensor = this.#tensors.get(name)
    if (tensor === undefined)
      throw new SoftPromptError('invalid_model', `Cannot import ${this.directory}: it has no tensor ${name}. Is a shard missing?`)
    return tensor
  }

  /** Rows `from` … `from + count − 1` of a tensor [rows, columns], as float32 [count, columns]. Throws on a value that is not finite. */
  rows(name: string, from: number, count: number): Float32Array {
    const { dtype, shape, begin, file } = this.tensor(name)
    const columns = shape.slice(1).reduce((product, dim) => product * dim, 1)
    const bytes = readAt(file, begin + from * columns * dtypeBytes[dtype], count * columns * dtypeBytes[dtype])
    const values = toFloat32(bytes, requireFloats(dtype, name, this.directory))
    const wrong = values.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0)
      throw new SoftPromptError(
        'invalid_model',
        `Cannot import ${this.directory}: tensor ${name} holds ${values[wrong]} in row ${from + Math.floor(wrong / columns)}.`,
      )
    return values
  }

  /** SHA-256 of a tensor's bytes as they are stored. */
  sha256(name: string): string {
    const { begin, end, file } = this.tensor(name)
    const hash = createHash('sha256')
    const buffer = new Uint8Array(Math.min(2 ** 22, end - begin))
    for (let at = begin; at < end; at += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, end - at))
      readWhole(piece, file, at)
      hash.update(piece)
    }
    return hash.digest('hex')
  }

  close(): void {
    for (const file of this.#files) closeSync(file)
  }

  #open(path: string, rename: (tensor: string) => string): void {
    const opened = openFile(path, 'invalid_model')
    if (opened === null) throw new SoftPromptError('invalid_model', `Cannot import ${this.directory}: ${path} is missing.`)
    const { file, size } = opened
    this.#files.push(file)
    requireNoDisguise(readAt(file, 0, Math.min(disguiseBytes, size)), path)
    const length = headerLength(readAt(file, 0, Math.min(lengthBytes, size)), size, path)
    for (const [stored, entry] of parseHeader(readAt(file, lengthBytes, length), size, path)) {
      const name = rename(stored)
      if (this.#tensors.has(name))
        throw new SoftPromptError(
          'invalid_model',
          `Cannot import ${this.directory}: tensor ${excerpt(name)} is stored twice, the second time as ${excerpt(stored)} in ${path}. Save the checkpoint again.`,
        )
      this.#tensors.set(name, { ...entry, file })
    }
  }
}

function shardNames(directory: string): string[] {
  if (existsSync(join(directory, 'model.safetensors'))) return ['model.safetensors'] // as transformers prefers
  const index = join(directory, 'model.safetensors.index.json')
  const bytes = readFile(index, maxIndexBytes, 'invalid_model')
  if (bytes === null) throw noSafetensors(directory)
  const { weight_map: shards } = parseCard(Index, new TextDecoder().decode(bytes), index, 'invalid_model')
  return [...new Set(Object.values(shards))].sort()
}

function readAt(file: number, position: number, bytes: number): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(bytes)
  readWhole(buffer, file, position)
  return buffer
}

function readWhole(buffer: Uint8Array, file: number, position: number): void {
  const read = readInto(buffer, file, position)
  if (read === buffer.length) return
  throw new SoftPromptError(
    'invalid_file',
    `Cannot read ${buffer.length} bytes at ${position}: the file ended ${buffer.length - read} bytes early.`,
  )
}
