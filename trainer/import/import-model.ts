import { createHash } from 'node:crypto'
import { createReadStream, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { graphVersion, ModelCard, type WeightFormat } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { loadTokenizer } from '../../shared/text/template.ts'
import { readFile, requireFolder } from '../disk/read-file.ts'
import { type FolderKind, replaceFolder } from '../disk/replace-folder.ts'
import { writeOnnx } from '../onnx/write.ts'
import { emitLlama } from './architectures/llama.ts'
import { parseConfig } from './architectures/llama-config.ts'
import { expectLlama } from './architectures/llama-shapes.ts'
import { baseHash } from './base.ts'
import { beginsByDefault } from './sources/bos-token.ts'
import { Checkpoint } from './sources/checkpoint.ts'
import { WeightFile } from './weights/weight-file.ts'
import { weightsOf } from './weights/weights.ts'

/** A model package as a folder on disk. */
const modelPackage: FolderKind = { what: 'a model package', files: modelFiles, card: 'model.json' }

/** Of a configuration or a tokenizer: vocabularies of 256,000 tokens take some 35 MB. */
const mostTextBytes = 2 ** 28

export interface ImportOptions {
  readonly out: string
  readonly weights: WeightFormat
  /** The model's name; by default the checkpoint's folder. */
  readonly name?: string
  /** Whether a text begins with the checkpoint's `bos_token_id`; by default what its tokenizer says, and yes where it says nothing. */
  readonly beginning?: boolean
  readonly source?: string
  readonly licence?: string
  /** Aborts the import between two tensors. */
  readonly signal?: AbortSignal
  /** Called before each tensor is written. */
  readonly progress?: (done: number, tensors: number) => void
}

/**
 * Reads a Hugging Face Llama checkpoint and writes a model package to `out`, whole or not at all. Returns its card. A
 * process killed meanwhile leaves what it wrote beside `out`, as `.<name>-….new`.
 */
export async function importModel(directory: string, options: ImportOptions): Promise<ModelCard> {
  const read = (name: string) => {
    const bytes = readFile(join(directory, name), mostTextBytes, 'invalid_model')
    return bytes && new TextDecoder().decode(bytes)
  }
  const demand = (name: string) => {
    const text = read(name)
    if (text === null) requireFolder(directory, 'invalid_model')
    if (text === null)
      throw new SoftPromptError(
        'invalid_model',
        `Cannot import ${directory}: ${name} is missing. Give the folder of a Hugging Face checkpoint.`,
      )
    return text
  }
  const config = parseConfig(demand('config.json'), join(directory, 'config.json'))
  const tokenizer = demand('tokenizer.json')
  loadTokenizer(tokenizer, join(directory, 'tokenizer.json'), config.vocabulary)
  const begins = options.beginning ?? beginsByDefault(read('tokenizer_config.json'), tokenizer, directory)

  const checkpoint = new Checkpoint(directory)
  /** Lets a Ctrl-C in. */
  const pause = async () => {
    await setImmediate()
    if (options.signal?.aborted) throw new SoftPromptError('interrupted', `Interrupted: nothing was written to ${options.out}.`)
  }
  try {
    expectLlama(checkpoint, config)
    return await replaceFolder(options.out, modelPackage, async (folder) => {
      const file = new WeightFile(join(folder, 'model.onnx.data'))
      try {
        const writes: (() => void)[] = []
        const graph = emitLlama(
          config,
          weightsOf(checkpoint, file, options.weights, (write) => writes.push(write)),
        )
        for (const [done, write] of writes.entries()) {
          await pause()
          options.progress?.(done, writes.length)
          write()
        }
        file.sync()
        writeFileSync(join(folder, 'model.onnx'), writeOnnx(graph), { flush: true })
      } finally {
        file.close()
      }
      writeFileSync(join(folder, 'tokenizer.json'), tokenizer, { flush: true })

      const entry = async (name: string) => ({ bytes: statSync(join(folder, name)).size, sha256: await hashFile(join(folder, name)) })
      const { vocabulary, hidden, layers, heads, keyValueHeads, headSize, context } = config
      const card = ModelCard.parse({
        format: 'softprompt-model',
        version: 1,
        name: options.name ?? basename(resolve(directory)).slice(0, 128),
        architecture: 'llama',
        weights: options.weights,
        graphVersion,
        baseHash: await baseHash(checkpoint, config, tokenizer, pause),
        sizes: { vocabulary, hidden, layers, heads, keyValueHeads, headSize, context },
        tokens: { beginning: begins ? config.beginning : null, end: config.end },
        files: {
          'tokenizer.json': await entry('tokenizer.json'),
          'model.onnx': await entry('model.onnx'),
          'model.onnx.data': await entry('model.onnx.data'),
        },
        source: options.source ?? '',
        licence: options.licence ?? null,
      })
      writeFileSync(join(folder, 'model.json'), cardText(card), { flush: true })
      return card
    })
  } finally {
    checkpoint.close()
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
