import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { baseHash, canonicalJson } from '../../../shared/formats/base-manifest.ts'
import { readModelFolder } from '../../../trainer/import/open-model.ts'
import { readManifest } from '../../../trainer/import/read-manifest.ts'
import { openSource } from '../../../trainer/import/source.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf, encoderReferences, references } from '../../fixtures/reference.ts'
import { bytesOf, changeConfig, type StoredTensors, storedTensors, writeCheckpoint } from '../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
const directory = join(folder, 'checkpoint')
const grouped = checkpointOf('gqa-tied')

async function manifestOf(checkpoint: string, bos?: boolean) {
  const source = openSource(checkpoint, bos)
  try {
    return await readManifest(source)
  } finally {
    source.checkpoint.close()
  }
}

/** The base of the checkpoint as it lies in `directory`. */
const hash = async (bos?: boolean) => baseHash(await manifestOf(directory, bos))

/**
 * Published prompts name their base by its hash, so these never change: where a test fails here, its cause would orphan every prompt.
 */
describe('the bases that prompts were made for are known by what they were known by', () => {
  const stored: Record<string, { sha256: string; canonical: string }> = JSON.parse(
    readFileSync('test/reference/base-manifests.json', 'utf8'),
  )

  test.each([...references, ...encoderReferences])('%s', async (name) => {
    const manifest = await manifestOf(checkpointOf(name))
    expect(canonicalJson(manifest)).toBe(stored[name]!.canonical)
    expect(await baseHash(manifest)).toBe(stored[name]!.sha256)
  })

  test.each([
    ['models/default', '19b6ab1bfdb1efe9bb5b3d5b88c84fefff1d3ed63f538cb46d4b66308c7fbce0'],
    ['models/tiny-lm', 'a358d5fdce5b5cdc488c120eb84b7b196a83c4093131cdfcee285ea05c7efe96'],
  ])('%s, which ships', (directory, hash) => {
    expect(readModelFolder(directory).card.baseHash).toBe(hash)
  })
})

describe.each(encoderReferences)('the base of %s', (name) => {
  const tensors = storedTensors(checkpointOf(name))
  let before: string
  beforeEach(async () => {
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true })
    writeCheckpoint(directory, checkpointOf(name))
    before = await hash()
  })

  const plain = (tensor: string) => tensor.replace(/^bert\./, '')
  const renamed = (name: (tensor: string) => string) => new Map([...tensors].map(([tensor, stored]) => [name(tensor), stored]))
  const only = (of: (tensor: string) => boolean) => new Map([...tensors].filter(([tensor]) => of(plain(tensor))))
  const H = tensors.get([...tensors.keys()].find((tensor) => plain(tensor) === 'embeddings.LayerNorm.bias')!)!
  const pooler: StoredTensors = new Map([['bert.pooler.dense.bias', H]])
  test.each<[string, StoredTensors]>([
    ['the prefix of a model with a head', renamed((tensor) => (/^(bert|cls)\./.test(tensor) ? tensor : `bert.${tensor}`))],
    ['the prefix, which is left out', renamed(plain)],
    [
      'how a norm calls its vectors',
      renamed((tensor) => tensor.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')),
    ],
    ['a pooler or a head', new Map([...only((tensor) => !/^(pooler|cls)\./.test(tensor)), ...pooler])],
    ['their absence', only((tensor) => !/^(pooler|cls)\.|position_ids$/.test(tensor))],
  ])('does not depend on %s', async (_, changed) => {
    writeCheckpoint(directory, checkpointOf(name), { tensors: changed })
    expect(await hash()).toBe(before)
  })

  test.each<[string, Record<string, unknown>]>([
    [
      'fields that change no number',
      { transformers_version: '4.0.0', hidden_dropout_prob: 0.5, use_cache: false, pad_token_id: 7, architectures: [] },
    ],
    [
      'defaults spelt out',
      { is_decoder: false, add_cross_attention: false, position_embedding_type: 'absolute', pruned_heads: {}, logit_scale: 1 },
    ],
  ])('does not depend on %s', async (_, changes) => {
    changeConfig(directory, changes)
    expect(await hash()).toBe(before)
  })

  test('depends on all that changes a number', async () => {
    const file = join(directory, 'tokenizer.json')
    const changes: (() => unknown)[] = [
      () => changeConfig(directory, { layer_norm_eps: 1e-3 }),
      () => changeConfig(directory, { hidden_act: name === 'bert-tanh' ? 'gelu' : 'gelu_new' }),
      () => changeConfig(directory, { num_attention_heads: 1 }),
      () => writeFileSync(file, `${readFileSync(file, 'utf8')}\n`),
      () => {
        const bytes = Uint8Array.from(H.bytes)
        bytes[0]! ^= 1
        const changed = [...tensors].map(([tensor, stored]) => [tensor, stored === H ? { ...H, bytes } : stored] as const)
        writeCheckpoint(directory, checkpointOf(name), { tensors: new Map(changed) })
      },
    ]
    const hashes = new Set([before])
    for (const change of changes) {
      writeCheckpoint(directory, checkpointOf(name))
      change()
      hashes.add(await hash())
    }
    expect(hashes.size).toBe(1 + changes.length)
  })
})

describe.each(references)('the base of %s', (name) => {
  const config = () => JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>
  const write = (value: object) => writeFileSync(join(directory, 'config.json'), JSON.stringify(value))
  let before: string
  beforeEach(async () => {
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true })
    writeCheckpoint(directory, checkpointOf(name))
    before = await hash()
  })

  test.each<[string, () => unknown]>([
    ['the order of the keys', () => write(Object.fromEntries(Object.entries(config()).reverse()))],
    ['the files that the tensors lie in', () => writeCheckpoint(directory, checkpointOf(name), { shards: 5 })],
    ['the order of the tensors', () => resave((tensors) => new Map([...tensors].reverse()))],
    [
      'fields that change no number',
      () => changeConfig(directory, { transformers_version: '4.40.0', torch_dtype: 'float16', dtype: null, use_cache: false, _name: 'x' }),
    ],
    ['the length of the context', () => changeConfig(directory, { max_position_embeddings: 64 })],
    ['the end', () => changeConfig(directory, { eos_token_id: [3, 4] })],
    [
      'a default spelled out',
      () => {
        const { num_attention_heads: heads, head_dim: size, ...rest } = config() as Record<string, number>
        const scaled = { num_key_value_heads: rest.num_key_value_heads ?? heads, head_dim: size ?? rest.hidden_size! / heads! }
        changeConfig(directory, { ...scaled, attention_bias: false, mlp_bias: false, logit_scale: 1, sliding_window: null })
      },
    ],
    [
      'a default left out',
      () => {
        const { attention_bias, mlp_bias, head_dim, num_key_value_heads, rope_parameters, tie_word_embeddings, ...rest } = config()
        const plain = (rope_parameters as { rope_type: string }).rope_type === 'default'
        write({
          ...rest,
          ...(Number(head_dim) * Number(rest.num_attention_heads) === rest.hidden_size ? {} : { head_dim }),
          ...(num_key_value_heads === rest.num_attention_heads ? {} : { num_key_value_heads }),
          ...(tie_word_embeddings === true ? { tie_word_embeddings } : {}),
          ...(plain ? {} : { rope_parameters }),
        })
      },
    ],
    [
      'RoPE as transformers 4 writes it',
      () => {
        const { rope_parameters, ...rest } = config()
        const { rope_theta, ...scaling } = rope_parameters as { rope_theta: number; rope_type: string }
        write({ ...rest, rope_theta, rope_scaling: scaling.rope_type === 'default' ? null : scaling })
      },
    ],
    [
      'tensors that nothing is computed with',
      () => resave((tensors) => tensors.set('model.rotary_emb.inv_freq', { dtype: 'F32', shape: [1], bytes: bytesOf(Float32Array.of(1)) })),
    ],
    ['bos, asked for where it is there anyway', () => undefined],
  ])('does not depend on %s', async (what, change) => {
    change()
    expect(await hash(what.startsWith('bos') ? true : undefined)).toBe(before)
  })

  test('depends on all that changes a number', async () => {
    const changes: Record<string, () => unknown> = {
      'a byte of a tensor': () => resave((tensors) => (tensors.get('model.norm.weight')!.bytes[0]! ^= 1)),
      rms_norm_eps: () => changeConfig(directory, { rms_norm_eps: 2e-6 }),
      rope_theta: () => changeConfig(directory, { rope_parameters: { ...(config().rope_parameters as object), rope_theta: 10_001 } }),
      'the scaling of RoPE': () => changeConfig(directory, { rope_parameters: { rope_type: 'linear', rope_theta: 10_000, factor: 2 } }),
      'a byte of the tokenizer': () =>
        writeFileSync(join(directory, 'tokenizer.json'), `${readFileSync(join(checkpointOf(name), 'tokenizer.json'), 'utf8')}\n`),
      'the id of bos': () => changeConfig(directory, { bos_token_id: 1 }),
    }
    const hashes = new Set([before, await hash(false)]) // without bos
    for (const change of Object.values(changes)) {
      writeCheckpoint(directory, checkpointOf(name))
      change()
      hashes.add(await hash())
    }
    expect(hashes.size).toBe(2 + Object.keys(changes).length)
  })

  /** Writes the checkpoint's tensors changed, or others in their place. */
  function resave(change: (tensors: StoredTensors) => unknown): void {
    const tensors = storedTensors(checkpointOf(name))
    const changed = change(tensors)
    writeCheckpoint(directory, checkpointOf(name), { tensors: changed instanceof Map ? (changed as StoredTensors) : tensors })
  }
})

test('a manifest has the tensors as they are stored, and no field at its default', async () => {
  const [tied, half] = await Promise.all([manifestOf(grouped), manifestOf(checkpointOf('mha-untied'))])
  expect(tied.tensors['model.norm.weight']).toMatchObject({ dtype: 'F32', shape: [32] })
  expect(half.tensors['model.norm.weight']).toMatchObject({ dtype: 'F16', shape: [48] })
  expect(tied.config).not.toHaveProperty('rope_parameters')
})
