import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cardText, sha256 } from '../../shared/manifest.ts'
import type { ModelCard } from '../../shared/model-card.ts'

const V = 512

/** Each printable character is a token. */
const tokenizer = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', vocab: Object.fromEntries(Array.from({ length: 95 }, (_, i) => [String.fromCharCode(32 + i), 1 + i])), merges: [] },
}

/** Writes a model package that can be stored but not run: an honest card over files of arbitrary bytes. */
export async function writeSmallModel(directory: string, { name = 'small', weightBytes = 3000, context = 512 } = {}): Promise<ModelCard> {
  await mkdir(directory, { recursive: true })
  const fill = (length: number, seed: number) => Uint8Array.from(Buffer.alloc(length, `${seed}, and as often as it takes; `))
  const files = {
    'tokenizer.json': new TextEncoder().encode(JSON.stringify(tokenizer)),
    'model.onnx': fill(900, 7),
    'model.onnx.data': fill(weightBytes, 11),
  }
  const entries = Object.entries(files).map(async ([file, bytes]) => [file, { bytes: bytes.length, sha256: await sha256(bytes) }])
  const card: ModelCard = {
    format: 'softprompt-model',
    version: 1,
    name,
    architecture: 'llama',
    weights: 'int8',
    graphVersion: 1,
    baseHash: await sha256(new TextEncoder().encode(name)),
    sizes: { vocabulary: V, hidden: 8, layers: 2, heads: 2, keyValueHeads: 1, headSize: 4, context },
    tokens: { beginning: 0, end: 0 },
    files: Object.fromEntries(await Promise.all(entries)),
    source: 'made for a test',
    licence: null,
  }
  await writeFile(join(directory, 'model.json'), cardText(card))
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(directory, file), bytes)
  return card
}
