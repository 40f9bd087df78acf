import { afterAll } from 'vitest'
import { type Prefix, prefixFromOutputs, prefixInputs, presentNames, type Row } from '../../shared/model-inputs.ts'
import { type FloatTensor, int64, type Tensors } from '../../shared/tensor.ts'
import type { ModelPackage } from '../../trainer/model/package.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { loadSession, type Session } from '../../trainer/runtime.ts'

const sessions: Session[] = []
afterAll(() => Promise.all(sessions.splice(0).map((session) => session.release())))

/** A session on a model's own graph, released when the test file is done. */
export async function sessionOf(model: ModelPackage): Promise<Session> {
  const session = await loadSession(writeOnnx(model.graph), { directory: model.directory })
  sessions.push(session)
  return session
}

/** A batch of texts that wants an answer at each one's end. */
export function rowsOf(texts: readonly number[][], prefix: Prefix | null): Row[] {
  return texts.map((inputIds) => ({ inputIds, answer: inputIds.length - 1, prefix }))
}

/** What the graph is fed when hidden and logits are wanted at every position. */
export function everywhere(feeds: Tensors): Tensors {
  const [B = 0, T = 0] = feeds.input_ids!.dims
  return {
    ...feeds,
    answer_positions: int64(
      [B, T],
      BigInt64Array.from({ length: B * T }, (_, i) => BigInt(i % T)),
    ),
    logit_rows: int64(
      [B * T],
      BigInt64Array.from({ length: B * T }, (_, i) => BigInt(i)),
    ),
  }
}

/** The prefix that the prompt's own run gives. */
export async function compile(session: Session, prompt: FloatTensor, model: ModelPackage): Promise<Prefix> {
  const outputs = await session.run(prefixInputs(prompt, model.card.sizes), presentNames(model.card.sizes))
  return prefixFromOutputs(outputs, prompt.dims[0]!, model.card.sizes)
}
