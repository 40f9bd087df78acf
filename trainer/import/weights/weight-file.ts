import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { elementCount } from '../../../shared/tensor.ts'
import { type ElementType, elementBytes, type Initializer } from '../../onnx/graph.ts'

/** Each tensor of the external data begins at a multiple of this, so that a ranged read or a memory map needs no copy. */
const alignment = 64

/** The external data of an ONNX file, written tensor after tensor, and each tensor in whatever pieces are at hand. */
export class WeightFile {
  readonly #file: number
  readonly #name: string
  #end = 0

  constructor(path: string) {
    this.#file = openSync(path, 'wx')
    this.#name = basename(path)
  }

  /** Makes room for a tensor; `write` fills it. */
  reserve(type: ElementType, shape: readonly number[]): Initializer & { readonly at: { readonly offset: number } } {
    const offset = Math.ceil(this.#end / alignment) * alignment
    const bytes = elementCount(shape) * elementBytes[type]
    this.#end = offset + bytes
    return { type, shape, at: { file: this.#name, offset, bytes } }
  }

  write(values: Float32Array | Int8Array | Uint8Array, position: number): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    let written = 0
    while (written < bytes.length) written += writeSync(this.#file, bytes, written, bytes.length - written, position + written)
  }

  tensor(shape: readonly number[], values: Float32Array): Initializer {
    const place = this.reserve('float32', shape)
    this.write(values, place.at.offset)
    return place
  }

  /** Waits until everything is on the disk. */
  sync(): void {
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }
}
