import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { type Answers, answersOf } from './answer-positions.ts'
import { withGroupAxis } from './attention-heads.ts'
import { causalVisibility, type Visibility } from './causal-visibility.ts'
import { type DecoderInputs, decoderInputs } from './decoder-interface.ts'
import { keyValueInputs, type LayerKeyValues } from './key-value-interface.ts'

/** What the layers of a decoder begin with. */
interface DecoderStart {
  readonly inputs: Omit<DecoderInputs, 'attentionMask' | 'answerPositions' | 'B'>
  readonly answers: Answers
  visibility(): Visibility
}

/** A graph of the family `decoder`, which works out who sees whom, and where the answers lie. */
export function maskedDecoder(b: GraphBuilder, sizes: ModelSizes): DecoderStart {
  const inputs = decoderInputs(b, sizes)
  return { inputs, answers: answersOf(b, inputs), visibility: () => causalVisibility(b, inputs, sizes) }
}

/** A graph of the family `gpuDecoder`, which is fed both. */
export function fedDecoder(b: GraphBuilder, sizes: ModelSizes): DecoderStart {
  const inputIds = b.input('input_ids', 'int64', ['B', 'T'])
  const promptTable = b.input('prompt_table', 'float32', ['R', sizes.hidden])
  const text = b.input('attention_bias', 'float32', ['B', 1, 'T', 'S+T'])
  const asked = b.input('answer_bias', 'float32', ['B', 1, 'K', 'S+T'])
  const positionIds = b.input('position_ids', 'int64', ['B', 'T'])
  const rows = b.input('answer_rows', 'int64', ['B', 'K'])
  const answerPositionIds = b.input('answer_position_ids', 'int64', ['B', 'K'])
  const layers = keyValueInputs(b, sizes)
  const logitRows = b.input('logit_rows', 'int64', ['M'])
  const [T, S] = [b.dimension(inputIds, 1), b.dimension((layers[0] as LayerKeyValues).past.key, 2)]
  return {
    inputs: { inputIds, promptTable, positionIds, layers, logitRows, T, S },
    answers: { rows, positions: () => answerPositionIds },
    visibility: () => ({ text: withGroupAxis(b, text, sizes), answers: withGroupAxis(b, asked, sizes) }),
  }
}
