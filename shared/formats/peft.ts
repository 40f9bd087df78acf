import { z } from 'zod'
import { prefixElements } from '../engine/families/decoder.ts'
import { SoftPromptError } from '../error.ts'
import { cardText, parseCard } from './card.ts'
import type { ModelCard } from './model-card.ts'
import { maxVirtualTokens, type PromptMethod } from './prompt-card.ts'
import { type PromptFiles, type PromptParameters, prefixToPeft, promptTensor } from './prompt-package.ts'
import { writeSafetensors } from './safetensors.ts'

/** The two files that PEFT keeps an adapter in. */
export type PeftFiles = Pick<PromptFiles, 'adapter_config.json' | 'adapter_model.safetensors'>

/** What PEFT calls the methods. */
const peftTypes = { prompt: 'PROMPT_TUNING', prefix: 'PREFIX_TUNING' } as const satisfies Record<PromptMethod, string>

/** The two files from which `PeftModel.from_pretrained` loads the prompt. */
export function peftFiles(parameters: PromptParameters, model: ModelCard): PeftFiles {
  const { headSize, heads, hidden, keyValueHeads, layers } = model.sizes
  const common = {
    peft_type: peftTypes[parameters.method],
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: model.name,
    inference_mode: true,
    num_transformer_submodules: 1,
    num_layers: layers,
  }
  if (parameters.method === 'prompt') {
    const { dims, data } = parameters.promptTable // [P, H]
    const config = { ...common, num_virtual_tokens: dims[0], token_dim: hidden, num_attention_heads: heads, prompt_tuning_init: 'RANDOM' }
    return packed(config, dims, data)
  }
  const { prefix } = parameters
  // for a prefix PEFT's "attention heads" are those of the keys and values
  const config = {
    ...common,
    num_virtual_tokens: prefix.length,
    token_dim: keyValueHeads * headSize,
    num_attention_heads: keyValueHeads,
    prefix_projection: false,
  }
  return packed(config, [prefix.length, prefixElements(1, model.sizes)], prefixToPeft(prefix, model.sizes))
}

const AdapterConfig = z.object({
  peft_type: z.string(),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  num_virtual_tokens: z.int().positive().max(maxVirtualTokens),
  num_transformer_submodules: z.int().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
})

/** What stands in PEFT's `adapter_config.json`. Throws `unsupported` where it is no prompt or prefix for a causal language model. */
export function readAdapterConfig(
  bytes: Uint8Array,
  where: string,
): { method: PromptMethod; virtualTokens: number; baseName: string | null } {
  const config = parseCard(AdapterConfig, new TextDecoder().decode(bytes), where, 'invalid_prompt')
  const method = (Object.keys(peftTypes) as PromptMethod[]).find((key) => peftTypes[key] === config.peft_type)
  const refuse = (what: string) => new SoftPromptError('unsupported', `Cannot adopt ${where}: ${what}.`)
  if (method === undefined) throw refuse(`its peft_type is ${config.peft_type}, and ${Object.values(peftTypes).join(' and ')} are taken`)
  if (config.task_type && config.task_type !== 'CAUSAL_LM') throw refuse(`its task_type is ${config.task_type}, and CAUSAL_LM is taken`)
  if ((config.num_transformer_submodules ?? 1) !== 1)
    throw refuse('it is for an encoder and a decoder, and models with a decoder alone are served')
  if (config.modules_to_save?.length)
    throw refuse(`it changes weights of the model (modules_to_save: ${config.modules_to_save.join(', ')}), which stays frozen here`)
  return { method, virtualTokens: config.num_virtual_tokens, baseName: config.base_model_name_or_path ?? null }
}

function packed(config: object, shape: readonly number[], data: Float32Array): PeftFiles {
  return {
    'adapter_config.json': Uint8Array.from(new TextEncoder().encode(cardText(config))),
    'adapter_model.safetensors': writeSafetensors({ [promptTensor]: { shape, data } }),
  }
}
