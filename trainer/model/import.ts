import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/manifest.ts'
import { graphVersion, ModelCard, type WeightFormat } from '../../shared/model-card.ts'
import { modelFiles } from '../../shared/storage-keys.ts'
import { loadTokenizer } from '../../shared/template.ts'
import { writeOnnx } from '../onnx/write.ts'
import { Checkpoint } from './checkpoint.ts'
import { type LlamaConfig, parseConfig } from './config.ts'
import { emitLlama } from './llama.ts'
import { WeightFile } from './weight-file.ts'
import { weightsOf } from './weights.ts'

export interface ImportOptions {
  readonly out: string
  readonly weights: WeightFormat
  /** The model's name; by default the checkpoint's folder. */
  readonly name?: string
  /** Whether a text begins with the checkpoint's `bos_token_id`; by default what its tokenizer says, and yes where it says nothing. */
  readonly beginning?: boolean
  readonly source?: string
  readonly licence?: string
}

/** Reads a Hugging Face Llama checkpoint and writes a model package to `out`, whole or not at all. Returns its card. */
export async function importModel(directory: string, options: ImportOptions): Promise<ModelCard> {
  const read = (name: string) => {
    const path = join(directory, name)
    if (!existsSync(path)) throw new SoftPromptError('invalid_model', `Cannot import ${directory}: ${name} is missing. Give the folder of a Hugging Face checkpoint.`)
    return readFileSync(path, 'utf8')
  }
  const config = parseConfig(read('config.json'), join(directory, 'config.json'))
  const tokenizer = read('tokenizer.json')
  loadTokenizer(tokenizer, join(directory, 'tokenizer.json'))
  refuseOtherFolder(options.out)

  const building = `${resolve(options.out)}.${process.pid}.tmp`
  mkdirSync(building, { recursive: true })
  const checkpoint = new Checkpoint(directory)
  try {
    expectLlama(checkpoint, config)
    const file = new WeightFile(join(building, 'model.onnx.data'))
    const graph = emitLlama(config, weightsOf(checkpoint, file, options.weights))
    file.close()
    writeFileSync(join(building, 'model.onnx'), writeOnnx(graph), { flush: true })
    writeFileSync(join(building, 'tokenizer.json'), tokenizer, { flush: true })
    const begins = options.beginning ?? beginsByDefault(directory, tokenizer)
    const entry = async (name: string) => ({ bytes: statSync(join(building, name)).size, sha256: await hashFile(join(building, name)) })
    const card = ModelCard.parse({
      format: 'softprompt-model',
      version: 1,
      name: options.name ?? basename(resolve(directory)),
      architecture: 'llama',
      weights: options.weights,
      graphVersion,
      baseHash: baseHash(checkpoint, config, tokenizer),
      sizes: {
        vocabulary: config.vocabulary,
        hidden: config.hidden,
        layers: config.layers,
        heads: config.heads,
        keyValueHeads: config.keyValueHeads,
        headSize: config.headSize,
        context: config.context,
      },
      tokens: { beginning: begins ? config.beginning : null, end: config.end },
      files: {
        'tokenizer.json': await entry('tokenizer.json'),
        'model.onnx': await entry('model.onnx'),
        'model.onnx.data': await entry('model.onnx.data'),
      },
      source: options.source ?? '',
      licence: options.licence ?? null,
    })
    writeFileSync(join(building, 'model.json'), cardText(card), { flush: true })
    rmSync(options.out, { recursive: true, force: true })
    mkdirSync(dirname(resolve(options.out)), { recursive: true })
    renameSync(building, options.out)
    return card
  } finally {
    checkpoint.close()
    rmSync(building, { recursive: true, force: true })
  }
}

/** An older package is replaced; anything else that lies there is not. */
function refuseOtherFolder(out: string): void {
  if (!existsSync(out) || modelFiles.every((name) => existsSync(join(out, name)))) return
  throw new SoftPromptError('usage', `Cannot write a model package to ${out}: something else is there. Name a new folder with --out, or remove it.`)
}

function expectLlama(checkpoint: Checkpoint, config: LlamaConfig): void {
  const { hidden: H, vocabulary: V, intermediate, heads, keyValueHeads, headSize } = config
  checkpoint.expect('model.embed_tokens.weight', [V, H])
  checkpoint.expect('model.norm.weight', [H])
  if (!config.tied) checkpoint.expect('lm_head.weight', [V, H])
  for (let l = 0; l < config.layers; l++) {
    const shapes = {
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
    for (const [name, shape] of Object.entries(shapes)) checkpoint.expect(`model.layers.${l}.${name}`, shape)
  }
}

/** What names the base: every source tensor, the settings that change its numbers, and the tokenizer. */
function baseHash(checkpoint: Checkpoint, config: LlamaConfig, tokenizer: string): string {
  const tensors = checkpoint.names.map((name) => {
    const { dtype, shape } = checkpoint.tensor(name)
    return [name, dtype, shape, checkpoint.sha256(name)]
  })
  const manifest = { architecture: 'llama', config, tensors, tokenizer: createHash('sha256').update(tokenizer).digest('hex') }
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Whether the checkpoint's own tokenizer would put the beginning first. */
function beginsByDefault(directory: string, tokenizer: string): boolean {
  const settings = join(directory, 'tokenizer_config.json')
  const said: unknown = existsSync(settings) ? JSON.parse(readFileSync(settings, 'utf8')).add_bos_token : undefined
  if (typeof said === 'boolean') return said
  const template: unknown[] | undefined = JSON.parse(tokenizer).post_processor?.single
  return template === undefined ? true : template.some((piece) => Object(piece).SpecialToken !== undefined)
}
