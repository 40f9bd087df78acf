import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cardText, sha256 } from '../../shared/manifest.ts'
import type { ModelCard } from '../../shared/model-card.ts'
import { elementCount } from '../../shared/tensor.ts'
import { importModel } from '../../trainer/model/import.ts'
import { gaussian } from '../random-prompt.ts'
import { bytesOf, safetensors } from './written-checkpoint.ts'

const config = {
  model_type: 'llama',
  vocab_size: 512,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-5,
  hidden_act: 'silu',
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 0,
}

/** Each printable character is a token. */
const tokenizer = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', vocab: Object.fromEntries(Array.from({ length: 95 }, (_, i) => [String.fromCharCode(32 + i), 1 + i])), merges: [] },
}

const layer = {
  'self_attn.q_proj': [8, 8],
  'self_attn.k_proj': [4, 8],
  'self_attn.v_proj': [4, 8],
  'self_attn.o_proj': [8, 8],
  'mlp.gate_proj': [16, 8],
  'mlp.up_proj': [16, 8],
  'mlp.down_proj': [8, 16],
  input_layernorm: [8],
  post_attention_layernorm: [8],
}
const shapes = Object.entries({
  'model.embed_tokens': [512, 8],
  'model.norm': [8],
  ...Object.fromEntries([0, 1].flatMap((l) => Object.entries(layer).map(([name, shape]) => [`model.layers.${l}.${name}`, shape]))),
})

/** Writes the package of a model with random weights, other ones for each `name`, and zeros behind them up to `weightBytes`. */
export async function writeSmallModel(directory: string, { name = 'small', weightBytes = 0, context = 512 } = {}): Promise<ModelCard> {
  const random = gaussian([...name].reduce((seed, letter) => seed * 31 + letter.charCodeAt(0), 7))
  const tensors = shapes.map(([tensor, shape]) => {
    const values = Float32Array.from({ length: elementCount(shape) }, () => (shape.length === 1 ? 1 : random() / 3))
    return [`${tensor}.weight`, { dtype: 'F32', shape, bytes: bytesOf(values) }] as const
  })
  const checkpoint = await mkdtemp(join(tmpdir(), 'softprompt-checkpoint-'))
  try {
    await writeFile(join(checkpoint, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: context }))
    await writeFile(join(checkpoint, 'tokenizer.json'), JSON.stringify(tokenizer))
    await writeFile(join(checkpoint, 'model.safetensors'), safetensors(new Map(tensors)))
    const card = await importModel(checkpoint, { out: directory, weights: 'int8', name, source: 'made for a test' })
    return weightBytes === 0 ? card : await lengthen(directory, card, weightBytes)
  } finally {
    await rm(checkpoint, { recursive: true })
  }
}

async function lengthen(directory: string, card: ModelCard, length: number): Promise<ModelCard> {
  const path = join(directory, 'model.onnx.data')
  const bytes = new Uint8Array(length)
  bytes.set(await readFile(path))
  await writeFile(path, bytes)
  const longer = { ...card, files: { ...card.files, 'model.onnx.data': { bytes: length, sha256: await sha256(bytes) } } }
  await writeFile(join(directory, 'model.json'), cardText(longer))
  return longer
}
