import { createHash } from 'node:crypto'
import { createReadStream, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { baseHash } from '../../shared/formats/base-manifest.ts'
import { cardText } from '../../shared/formats/card.ts'
import { graphVersion, ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { type FolderKind, replaceFolder } from '../disk/replace-folder.ts'
import { writeOnnx } from '../onnx/write.ts'
import { readManifest } from './read-manifest.ts'
import { openSource } from './source.ts'
import { requireWeightFormat } from './weights/require-weight-format.ts'
import type * as weightFormats from './weights/table.ts'
import { WeightFile } from './weights/weight-file.ts'
import { weightsOf } from './weights/weights.ts'

/** A model package as a folder on disk. */
export const modelFolder: FolderKind = { what: 'a model package', files: modelFiles, card: 'model.json' }

export interface ImportOptions {
  readonly out: string
  readonly weights: keyof typeof weightFormats
  /** The model's name; by default the checkpoint's folder. */
  readonly name?: string
  /** Whether a text begins with the checkpoint's `bos_token_id`; by default what its tokenizer says, and yes where it says nothing. */
  readonly bos?: boolean
  readonly source?: string
  readonly licence?: string
  /** Aborts the import between two tensors. */
  readonly signal?: AbortSignal
  /** Called with what of the checkpoint is not done here and may be missed, before anything is written. */
  readonly warn?: (message: string) => void
  /** Called before each tensor is written. */
  readonly progress?: (done: number, tensors: number) => void
}

/**
 * Reads a Hugging Face checkpoint and writes a model package to `out`, whole or not at all. Returns its card. A process killed meanwhile
 * leaves what it wrote beside `out`, as `.<name>-….new`, until the next one removes it.
 */
export async function importModel(directory: string, options: ImportOptions): Promise<ModelCard> {
  const format = requireWeightFormat(options.weights, `Cannot import ${directory}`)
  const source = openSource(directory, options.bos)
  const { blueprint, checkpoint } = source
  for (const warning of source.warnings) options.warn?.(warning)
  /** Lets a Ctrl-C in. */
  const pause = async () => {
    await setImmediate()
    if (options.signal?.aborted) throw new SoftPromptError('interrupted', `Interrupted: nothing was written to ${options.out}.`)
  }
  try {
    return await replaceFolder(options.out, modelFolder, async (folder) => {
      const file = new WeightFile(join(folder, 'model.onnx.data'))
      try {
        const writes: (() => void)[] = []
        const graph = blueprint.build(weightsOf(checkpoint, file, format, (write) => writes.push(write)))
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
      writeFileSync(join(folder, 'tokenizer.json'), source.tokenizer, { flush: true })

      const entry = async (name: string) => ({ bytes: statSync(join(folder, name)).size, sha256: await hashFile(join(folder, name)) })
      const card = ModelCard.parse({
        format: 'softprompt-model',
        version: 2,
        name: options.name ?? basename(resolve(directory)).slice(0, 128),
        family: format.indices === 'int32' ? source.gpuFamily : source.family,
        architecture: source.architecture,
        weights: options.weights,
        tolerance: format.tolerance,
        graphVersion,
        baseHash: await baseHash(await readManifest(source, pause)),
        sizes: blueprint.sizes,
        tokens: source.tokens,
        readout: source.readout,
        tables: blueprint.tables,
        ...(source.checkedPatterns.length === 0 ? {} : { checkedPatterns: [...source.checkedPatterns] }),
        files: {
          'tokenizer.json': await entry('tokenizer.json'),
          'model.onnx': await entry('model.onnx'),
          'model.onnx.data': await entry('model.onnx.data'),
        },
        source: options.source ?? '',
        licence: options.licence ?? null,
      } satisfies ModelCard)
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
