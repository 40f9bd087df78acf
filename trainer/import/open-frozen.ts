import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { writeOnnx } from '../onnx/write.ts'
import { type OpenSession, openNodeSession } from '../runtime.ts'
import type { OpenedModel } from './open-model.ts'

/** Puts an opened package into ONNX Runtime, on `threads` threads (all cores where left out), through the trainer's own door or another. */
export function openFrozen(
  model: OpenedModel,
  { threads }: { threads?: number } = {},
  open: OpenSession = openNodeSession,
): Promise<FrozenModel> {
  const options = { directory: model.directory, ...(threads === undefined ? {} : { threads }) }
  return FrozenModel.open(model, () => open(writeOnnx(model.graph), options))
}
