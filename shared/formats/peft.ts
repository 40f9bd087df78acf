import { z } from 'zod'
import { excerpt, SoftPromptError } from '../error.ts'
import type { FloatTensor } from '../tensor.ts'
import { cardText, parseCard } from './card.ts'
import { maxVirtualTokens } from './limits.ts'
import type { ModelCard, ModelSizes } from './model-card.ts'
import { type Prefix, prefixElements } from './prefix.ts'
import type { PromptKind } from './prompt-card.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'
import type { PromptFile } from './storage-keys.ts'

/** What a package stores of a prompt, as the model takes it. */
export type StoredPrompt =
  | { readonly kind: 'table'; readonly table: FloatTensor } // [P, H]
  | { readonly kind: 'prefix'; readonly prefix: Prefix }

/** P */
export function virtualTokens(stored: StoredPrompt): number {
  return stored.kind === 'table' ? (stored.table.dims[0] as number) : stored.prefix.length
}

/** Its numbers, in the order in which they are kept. */
export function promptValues(stored: StoredPrompt): Float32Array {
  return stored.kind === 'table' ? stored.table.data : stored.prefix.keyValues
}

/** The two files that PEFT keeps an adapter in. */
export type PeftFiles = Record<Extract<PromptFile, `adapter_${string}`>, Uint8Array<ArrayBuffer>>

/** The tensor that PEFT keeps a prompt in: [P, H] for prompt tuning, [P, 2L · kv heads · head size] for prefix tuning. */
export const promptTensor = 'prompt_embeddings'

/** What PEFT calls the kinds. */
const peftTypes = { table: 'PROMPT_TUNING', prefix: 'PREFIX_TUNING' } as const satisfies Record<PromptKind, string>

/** The two files from which `PeftModel.from_pretrained` loads the prompt, for a model whose task PEFT calls `taskType`. */
export function peftFiles(stored: StoredPrompt, model: ModelCard, taskType: string): PeftFiles {
  const { headSize, heads, hidden, keyValueHeads, layers } = model.sizes
  const common = {
    peft_type: peftTypes[stored.kind],
    task_type: taskType,
    base_model_name_or_path: model.name,
    inference_mode: true,
    num_transformer_submodules: 1,
    num_layers: layers,
  }
  if (stored.kind === 'table') {
    const { dims, data } = stored.table // [P, H]
    const config = { ...common, num_virtual_tokens: dims[0], token_dim: hidden, num_attention_heads: heads, prompt_tuning_init: 'RANDOM' }
    return packed(config, dims, data)
  }
  const { prefix } = stored
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

const AdapterType = z.object({ peft_type: z.string() })
const AdapterFields = z.object({
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  num_virtual_tokens: z.int().positive().max(maxVirtualTokens),
  num_transformer_submodules: z.int().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
})

/**
 * The tasks that PEFT trains the same models for, by the one that we write. A folder for FEATURE_EXTRACTION loads into a plain encoder and
 * into one with a classifier; one for SEQ_CLS, into the latter only together with the classifier that PEFT trained.
 */
const adoptedTasks: Readonly<Record<string, readonly string[]>> = { FEATURE_EXTRACTION: ['FEATURE_EXTRACTION', 'SEQ_CLS'] }

/** What PEFT calls a classifier of its own, which it trains and saves beside the prompt where the task is SEQ_CLS. */
const classifierModules = ['classifier', 'score']

/** What stands in PEFT's `adapter_config.json`. */
export interface AdapterConfig {
  readonly kind: PromptKind
  readonly virtualTokens: number
  readonly baseName: string | null
  /** The modules of a classifier whose tensors may lie beside the prompt. */
  readonly classifiers: readonly string[]
}

/** Reads PEFT's `adapter_config.json`. Throws `unsupported` where it is no prompt or prefix for the models of task `taskType`. */
export function readAdapterConfig(bytes: Uint8Array, taskType: string, where: string): AdapterConfig {
  const text = new TextDecoder().decode(bytes)
  const { peft_type: type } = parseCard(AdapterType, text, where, 'invalid_prompt')
  const kind = (Object.keys(peftTypes) as PromptKind[]).find((key) => peftTypes[key] === type)
  const refuse = (what: string) => new SoftPromptError('unsupported', `Cannot adopt ${where}: ${what}.`)
  if (kind === undefined) throw refuse(`its peft_type is ${excerpt(type)}, and ${Object.values(peftTypes).join(' and ')} are taken`)
  const config = parseCard(AdapterFields, text, where, 'invalid_prompt') // adapters of other types have other fields
  const tasks = adoptedTasks[taskType] ?? [taskType]
  if (config.task_type && !tasks.includes(config.task_type))
    throw refuse(`its task_type is ${excerpt(config.task_type)}, and ${tasks.join(' or ')} is taken`)
  if ((config.num_transformer_submodules ?? 1) !== 1)
    throw refuse('it is for an encoder and a decoder, and models with one of them are served')
  const classifiers = config.task_type === 'SEQ_CLS' ? classifierModules : []
  const changed = (config.modules_to_save ?? []).filter((module) => !classifiers.includes(module))
  if (changed.length > 0)
    throw refuse(`it changes weights of the model (modules_to_save: ${excerpt(changed.join(', '))}), which stays frozen here`)
  return { kind, virtualTokens: config.num_virtual_tokens, baseName: config.base_model_name_or_path ?? null, classifiers }
}

/** Whether a classifier lies beside the prompt in PEFT's `adapter_model.safetensors`. Throws `unsupported` where anything else does. */
export function holdsClassifier(bytes: Uint8Array, { classifiers }: AdapterConfig, where: string): boolean {
  const beside = [...readSafetensors(bytes, where).keys()].filter((name) => name !== promptTensor)
  const isClassifier = (name: string) => classifiers.some((module) => name.startsWith(`base_model.${module}.`))
  const other = beside.find((name) => !isClassifier(name))
  if (other === undefined) return beside.length > 0
  throw new SoftPromptError(
    'unsupported',
    `Cannot adopt ${where}: beside ${promptTensor} it holds ${excerpt(other)}, a weight of the model that was changed, and the model stays frozen here.`,
  )
}

/** PEFT's prefix rows [P, 2L · kv heads · head size] as a prefix. Keys are used as they are, without rotation. */
export function prefixFromPeft(embeddings: Float32Array, P: number, sizes: ModelSizes): Prefix {
  return { length: P, keyValues: swapPositions(embeddings, P, sizes, 'to prefix') }
}

/** A prefix as PEFT stores it: the inverse of `prefixFromPeft`. */
export function prefixToPeft({ keyValues, length }: Prefix, sizes: ModelSizes): Float32Array {
  return swapPositions(keyValues, length, sizes, 'to PEFT')
}

function packed(config: object, shape: readonly number[], data: Float32Array): PeftFiles {
  return {
    'adapter_config.json': Uint8Array.from(new TextEncoder().encode(cardText(config))),
    'adapter_model.safetensors': writeSafetensors({ [promptTensor]: { shape, data } }),
  }
}

/** (P, 2L, kv, head size) ⇄ (2L, kv, P, head size). */
function swapPositions(source: Float32Array, P: number, sizes: ModelSizes, direction: 'to prefix' | 'to PEFT'): Float32Array {
  const { headSize } = sizes
  const heads = prefixElements(1, sizes) / headSize // 2L · kv
  const target = new Float32Array(source.length)
  for (let p = 0; p < P; p++) {
    for (let head = 0; head < heads; head++) {
      const peft = (p * heads + head) * headSize
      const prefix = (head * P + p) * headSize
      const [from, to] = direction === 'to prefix' ? [peft, prefix] : [prefix, peft]
      target.set(source.subarray(from, from + headSize), to)
    }
  }
  return target
}
