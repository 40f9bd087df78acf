import { SoftPromptError } from '../../../shared/error.ts'
import type { Checkpoint } from '../sources/checkpoint.ts'
import type { LlamaConfig } from './llama-config.ts'

/** What older or tied checkpoints carry along, and no Llama computes with. */
const unused = /\.rotary_emb\.inv_freq$/

/** Throws where the checkpoint's tensors are not just those of the Llama in its `config.json`. */
export function expectLlama(checkpoint: Checkpoint, config: LlamaConfig): void {
  const shapes = llamaShapes(config)
  for (const [name, shape] of shapes) checkpoint.expect(name, shape)
  const other = checkpoint.names.find((name) => !shapes.has(name) && !unused.test(name) && !(config.tied && name === 'lm_head.weight'))
  if (other === undefined) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot import ${checkpoint.directory}: tensor ${other} is no part of the Llama that config.json describes, so the model would compute something else.`,
  )
}

/** The tensors of a Llama checkpoint with their shapes: matrices [out, in], tables [V, H]. */
function llamaShapes({
  vocabulary: V,
  hidden: H,
  intermediate,
  layers,
  heads,
  keyValueHeads,
  headSize,
  tied,
}: LlamaConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [V, H]],
    ['model.norm.weight', [H]],
  ])
  if (!tied) shapes.set('lm_head.weight', [V, H])
  const layer = {
    'input_layernorm.weight': [H],
    'post_attention_layernorm.weight': [H],
    'self_attn.q_proj.weight': [heads * headSize, H],
    'self_attn.k_proj.weight': [keyValueHeads * headSize, H],
    'self_attn.v_proj.weight': [keyValueHeads * headSize, H],
    'self_attn.o_proj.weight': [H, heads * headSize],
    'mlp.gate_proj.weight': [intermediate, H],
    'mlp.up_proj.weight': [intermediate, H],
    'mlp.down_proj.weight': [H, intermediate],
  }
  for (let l = 0; l < layers; l++) {
    for (const [name, shape] of Object.entries(layer)) shapes.set(`model.layers.${l}.${name}`, shape)
  }
  return shapes
}
