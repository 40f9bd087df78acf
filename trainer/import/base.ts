import { createHash } from 'node:crypto'
import type { LlamaConfig } from './architectures/llama-config.ts'
import type { Checkpoint } from './sources/checkpoint.ts'

/**
 * What names the base, SHA-256 in hexadecimal: every source tensor, the settings that change its numbers, and the
 * tokenizer. The same for every weight format and however the checkpoint is split into files. `pause` runs before each
 * tensor is read.
 */
export async function baseHash(
  checkpoint: Checkpoint,
  config: LlamaConfig,
  tokenizer: string,
  pause: () => Promise<void>,
): Promise<string> {
  const tensors: unknown[] = []
  for (const name of checkpoint.names) {
    await pause()
    const { dtype, shape } = checkpoint.tensor(name)
    tensors.push([name, dtype, shape, checkpoint.sha256(name)])
  }
  const manifest = { architecture: 'llama', config, tensors, tokenizer: createHash('sha256').update(tokenizer).digest('hex') }
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}
