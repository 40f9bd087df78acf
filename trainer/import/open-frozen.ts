import { familyOf } from '../../shared/engine/families/family-of.ts'
import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Graph } from '../onnx/graph.ts'
import { writeOnnx } from '../onnx/write.ts'
import { type OpenSession, openSideBySide } from '../runtime.ts'
import type { OpenedModel } from './open-model.ts'

/** Puts an opened package into ONNX Runtime, on `threads` threads (all cores where left out), through the trainer's own door or another. */
export function openFrozen(
  model: OpenedModel,
  { threads }: { threads?: number } = {},
  open: OpenSession = openSideBySide,
): Promise<FrozenModel> {
  const options = { directory: model.directory, ...(threads === undefined ? {} : { threads }) }
  return FrozenModel.open(model, () => open(writeOnnx(compiling(model)), options))
}

/** The model's graph with what a compilation gives among its outputs: a graph that is only served may leave that out. */
function compiling({ graph, card }: OpenedModel): Graph {
  const wanted = familyOf(card)
    .compilation.outputs(card.sizes)
    .filter((name) => graph.values.has(name))
  return { ...graph, outputs: [...new Set([...graph.outputs, ...wanted])] }
}
