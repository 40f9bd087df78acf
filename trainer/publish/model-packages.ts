import { join } from 'node:path'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { openFrozen } from '../import/open-frozen.ts'
import { type OpenedModel, openModel, readModelFolder } from '../import/open-model.ts'
import { tooLargeForWorker } from '../import/worker-fit.ts'
import { fileSource } from './bucket/file-source.ts'
import { type StoredPackage, storedPackage } from './bucket/packages.ts'

/** A model package on disk, as it will be stored. */
export interface ModelPackage {
  readonly stored: StoredPackage & { readonly id: string }
  readonly opened: OpenedModel
  /** Why no Worker can hold it; null where one can. */
  readonly tooLarge: string | null
}

/** Model packages by their folders, each read and put into ONNX Runtime once for all prompts that are published with it. */
export class ModelPackages {
  readonly #read = new Map<string, Promise<ModelPackage>>()
  readonly #frozen = new Map<string, Promise<FrozenModel>>()

  /** Throws `unsupported` where no Worker can hold it, unless `anySize`. */
  async read(directory: string, anySize: boolean): Promise<ModelPackage> {
    const found = await kept(this.#read, directory, () => readPackage(directory))
    if (found.tooLarge === null || anySize) return found
    throw new SoftPromptError(
      'unsupported',
      `Cannot publish with model ${directory}: ${found.tooLarge}; publish --any-size takes it as it is.`,
    )
  }

  /** The model that was read from a folder, ready to answer. */
  frozen(directory: string, { opened }: ModelPackage): Promise<FrozenModel> {
    return kept(this.#frozen, directory, () => openFrozen(opened))
  }

  async close(): Promise<void> {
    const opened = [...this.#frozen.values()]
    this.#frozen.clear()
    for (const each of await Promise.allSettled(opened)) if (each.status === 'fulfilled') await each.value.close()
  }
}

function kept<Value>(all: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const made = all.get(key) ?? make()
  all.set(key, made)
  return made
}

async function readPackage(directory: string): Promise<ModelPackage> {
  const { bytes, card } = readModelFolder(directory)
  const tooLarge = tooLargeForWorker(card)
  const described = modelFiles.flatMap((name) => (name === 'model.json' ? [] : [fileSource(join(directory, name), card.files[name])]))
  const sources = await Promise.all(described)
  return { stored: storedPackage('models', 'model.json', bytes, sources), opened: openModel(directory), tooLarge }
}
