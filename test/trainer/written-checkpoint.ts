import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dtype, dtypeBytes, lengthBytes, parseHeader } from '../../shared/safetensors.ts'
import { elementCount } from '../../shared/tensor.ts'
import { Checkpoint } from '../../trainer/model/checkpoint.ts'

/** A tensor as it is stored. */
export interface StoredTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

export type StoredTensors = Map<string, StoredTensor>

/** Every tensor of a checkpoint, or of one of its files. */
export function storedTensors(directory: string, file = /^model.*\.safetensors$/): StoredTensors {
  const tensors: StoredTensors = new Map()
  for (const name of readdirSync(directory).filter((name) => file.test(name))) {
    const bytes = Uint8Array.from(readFileSync(join(directory, name)))
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    for (const [tensor, { dtype, shape, begin, end }] of parseHeader(
      bytes.subarray(lengthBytes, lengthBytes + length),
      bytes.length,
      name,
    )) {
      tensors.set(tensor, { dtype, shape, bytes: bytes.slice(begin, end) })
    }
  }
  return tensors
}

/** The tensors of a checkpoint in float32. */
export function widenedTensors(directory: string): StoredTensors {
  const checkpoint = new Checkpoint(directory)
  const widened = checkpoint.names.map((name): [string, StoredTensor] => {
    const { shape } = checkpoint.tensor(name)
    return [name, { dtype: 'F32', shape, bytes: bytesOf(checkpoint.rows(name, 0, shape[0]!)) }]
  })
  checkpoint.close()
  return new Map(widened)
}

export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A safetensors file. */
export function safetensors(tensors: StoredTensors): Uint8Array {
  const header: Record<string, unknown> = {}
  let offset = 0
  for (const [name, { dtype, shape, bytes }] of tensors) {
    if (bytes.length !== elementCount(shape) * dtypeBytes[dtype]) throw new Error(`${name} has ${bytes.length} bytes`)
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  return withHeader(JSON.stringify(header), Buffer.concat(Array.from(tensors.values(), ({ bytes }) => bytes)))
}

/** A safetensors file with any header, honest or not. */
export function withHeader(header: string, data: Uint8Array, length = Buffer.byteLength(header)): Uint8Array {
  const start = Buffer.alloc(lengthBytes)
  start.writeBigUInt64LE(BigInt(length))
  return Buffer.concat([start, Buffer.from(header), data])
}

/** Copies a checkpoint to `directory`, with `tensors` in place of its own, in `shards` files. */
export function writeCheckpoint(
  directory: string,
  from: string,
  { tensors = storedTensors(from), shards = 1 }: { tensors?: StoredTensors; shards?: number } = {},
): void {
  mkdirSync(directory, { recursive: true })
  cpSync(from, directory, { recursive: true })
  for (const name of readdirSync(directory)) if (name.includes('.safetensors')) rmSync(join(directory, name))
  if (shards === 1) {
    writeFileSync(join(directory, 'model.safetensors'), safetensors(tensors))
    return
  }
  const weightMap: Record<string, string> = {}
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`
    const part = new Map([...tensors].filter((_, i) => i % shards === shard))
    for (const name of part.keys()) weightMap[name] = file
    writeFileSync(join(directory, file), safetensors(part))
  }
  writeFileSync(join(directory, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }))
}

/** Changes a checkpoint's `config.json`. */
export function changeConfig(directory: string, changes: Record<string, unknown>): void {
  const path = join(directory, 'config.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...changes }))
}
