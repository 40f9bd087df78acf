import { closeSync, cpSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elementCount } from '../../../shared/tensor.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { runScript } from '../../fixtures/child-process.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { bytesOf, changeConfig, withHeader } from '../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
const script = new URL('../../fixtures/import-and-measure.ts', import.meta.url)
const tiny = checkpointOf('gqa-tied')
const [V, H, L, intermediate] = [32_000, 768, 5, 2048]

/** Writes a checkpoint of more than 200 MB, random and float32. */
function writeLargeCheckpoint(directory: string): void {
  mkdirSync(directory)
  cpSync(join(tiny, 'tokenizer.json'), join(directory, 'tokenizer.json'))
  cpSync(join(tiny, 'config.json'), join(directory, 'config.json'))
  changeConfig(directory, {
    vocab_size: V,
    hidden_size: H,
    num_hidden_layers: L,
    num_attention_heads: 12,
    num_key_value_heads: 4,
    head_dim: 64,
    intermediate_size: intermediate,
  })
  const shapes: Record<string, number[]> = { 'model.embed_tokens.weight': [V, H], 'model.norm.weight': [H] }
  for (let l = 0; l < L; l++) {
    const layer = `model.layers.${l}`
    for (const name of ['input_layernorm', 'post_attention_layernorm']) shapes[`${layer}.${name}.weight`] = [H]
    for (const name of ['q_proj', 'o_proj']) shapes[`${layer}.self_attn.${name}.weight`] = [H, H]
    for (const name of ['k_proj', 'v_proj']) shapes[`${layer}.self_attn.${name}.weight`] = [H / 3, H]
    for (const name of ['gate_proj', 'up_proj']) shapes[`${layer}.mlp.${name}.weight`] = [intermediate, H]
    shapes[`${layer}.mlp.down_proj.weight`] = [H, intermediate]
  }
  let offset = 0
  const entry = (shape: number[]) => {
    const begin = offset
    offset += 4 * elementCount(shape)
    return { dtype: 'F32', shape, data_offsets: [begin, offset] }
  }
  const header = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, entry(shape)]))
  const random = seededRandom(1)
  const block = bytesOf(Float32Array.from({ length: 2 ** 20 }, () => random() - 0.5))
  writeFileSync(join(directory, 'model.safetensors'), withHeader(JSON.stringify(header), new Uint8Array()))
  const file = openSync(join(directory, 'model.safetensors'), 'a')
  for (let left = offset; left > 0; left -= block.length) writeSync(file, block, 0, Math.min(left, block.length))
  closeSync(file)
}

test('an import needs far less memory than the checkpoint has bytes', async () => {
  const checkpoint = join(folder, 'large')
  writeLargeCheckpoint(checkpoint)
  const { size } = statSync(join(checkpoint, 'model.safetensors'))
  expect(size).toBeGreaterThan(200e6)
  for (const weights of ['int8', 'float32']) {
    const out = join(folder, weights)
    const { code, stdout, stderr } = await runScript(script, [tiny, checkpoint, out, weights])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { before, after } = JSON.parse(stdout)
    expect(statSync(join(out, 'model.onnx.data')).size).toBeGreaterThan(size / 4)
    expect(after - before).toBeLessThan(size / 2) // seen: a quarter, which larger checkpoints do not raise
    rmSync(out, { recursive: true })
  }
})
