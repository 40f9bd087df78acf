import type * as families from '../../../shared/engine/families/table.ts'
import type { BaseManifest } from '../../../shared/formats/base-manifest.ts'
import type { ModelCard, ModelSizes } from '../../../shared/formats/model-card.ts'
import type { Graph } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'

/** A kind of model that can be imported: an entry of table.ts, in a file of its own. */
export interface Architecture {
  /** The `model_type`s of config.json that it takes. */
  readonly modelTypes: readonly string[]
  /** What its graphs take and give: an entry of shared/engine/families. */
  readonly family: keyof typeof families
  /** The same of graphs that compute with ids in int32; left out where that is `family` too. */
  readonly gpuFamily?: keyof typeof families
  readonly defaults: LearningDefaults
  /**
   * The model that `config`, a parsed config.json, describes. Throws `unsupported` and names the field where one is missing or wrong, or
   * would change the numbers in a way that is not built. `where` is the file's name, for errors.
   */
  describe(config: unknown, where: string): Blueprint
}

/**
 * What a prompt for such a model is learned with, where nothing else is said: the settings of trainer/train that differ between models.
 * Chosen on dev splits; `npm run bench -- quality` measures them.
 */
export interface LearningDefaults {
  readonly template: string
  readonly virtualTokens: number
  readonly init: string
  readonly headInit: string
  readonly learningRate: number
  readonly headLearningRate: number
}

/** One model of an architecture, before its weights are read. */
export interface Blueprint {
  /**
   * The fields of config.json that change the numbers, for the base manifest: under Hugging Face's names, and without those that have the
   * value that a missing one stands for.
   */
  readonly config: BaseManifest['config']
  readonly sizes: ModelSizes
  /**
   * What stands around a text: BOS, as config.json has it, where the tokenizer's settings say so; or all that the post-processor of
   * tokenizer.json puts there.
   */
  readonly tokens: { readonly bos: number | null; readonly eos: number | null } | 'post-processor'
  /** What of the model is scored, where its folder says nothing else. */
  readonly readout: string
  readonly tables: ModelCard['tables']
  /** The tensors that are computed with, and their shapes: matrices [out, in], tables [V, H], vectors [H]. */
  readonly tensors: ReadonlyMap<string, readonly number[]>
  /** The name that a tensor has in `tensors`, of the one that it has in a checkpoint; left out where that is the same. */
  readonly rename?: (tensor: string) => string
  /** Whether a checkpoint may hold another tensor of this name, with which nothing is computed. */
  ignores(tensor: string): boolean
  build(weights: Weights): Graph
}
