/**
 * The most tokens of a row in the Worker, where MAX_ROW_TOKENS of wrangler.toml says nothing else: what the default model was trained to read.
 * One row of 512 takes 40 MB more than this.
 */
export const maxRowTokens = 256

/** The most tokens of a row where a prompt's maker says nothing else. */
export const usualRowTokens = 128

export const maxLabels = 1024
export const maxVirtualTokens = 512

/** The most events of a task that are remembered, and so the most versions that it can go back to. */
export const maxHistory = 64

/** The most weight formats in which a version may have its model. */
export const maxWeightFormats = 8

/** The most regular expressions of a tokenizer that are not known ones, and the most characters of each: all stand on the model's card. */
export const maxPatterns = 16
export const maxPatternLength = 1024

/** The most bytes of each kind of object that are read whole. Publishing refuses what serving would. */
export const maxBytes = {
  /** `tasks/<task>.json`: with 64 events, each on a model in one weight format, it has some 30 kB. */
  pointer: 2 ** 17,
  /** `model.json` */
  modelCard: 2 ** 16,
  /** `prompt.json`: 1,024 labels and 16 self-test texts of 16 kB fit well. */
  promptCard: 2 ** 20,
  /** What a prompt's folder holds for this machine alone. */
  localFile: 2 ** 16,
  /** Another file of a prompt: 512 virtual tokens of a 32-layer model's keys and values are 32 MB. */
  promptFile: 2 ** 25,
  /** All files of a model: an isolate has 128 MB for the weights, their copy while loading, the activations and the prompts. */
  model: 56 * 2 ** 20,
} as const
