import type { BaseManifest } from '../../shared/formats/base-manifest.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { Source } from './source.ts'

/**
 * The base manifest of a checkpoint: the same for every weight format, and however the checkpoint is split into files. Tensors that nothing
 * is computed with are no part of it. `pause` runs before each tensor is read.
 */
export async function readManifest(
  { modelType, blueprint, tokenizer, bos, checkpoint }: Source,
  pause: () => Promise<void> = async () => undefined,
): Promise<BaseManifest> {
  const tensors: Record<string, BaseManifest['tensors'][string]> = {}
  for (const name of blueprint.tensors.keys()) {
    await pause()
    const { dtype, shape } = checkpoint.tensor(name)
    tensors[name] = { dtype, shape, sha256: checkpoint.sha256(name) }
  }
  return { version: 1, architecture: modelType, config: blueprint.config, tensors, bos, tokenizer: await sha256(tokenizer) }
}
