import { requireFinite } from '../../shared/engine/scores.ts'
import type { PromptPackage } from '../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import type { FrozenModel } from '../autodiff/frozen-model.ts'
import { scoreTexts } from './score.ts'

/** A function that gives each text's scores, one a label, under a prompt: what a self-test holds. */
export function scorePrompt(frozen: FrozenModel) {
  return async ({ card, parameters, labelRows }: PromptPackage, texts: readonly string[]): Promise<number[][]> => {
    const { card: model, encode } = frozen.package
    const encodeText = compileTemplate(card.template, encode, model.tokens, card.maxTokens)
    const prefix = parameters.method === 'prefix' ? parameters.prefix : await frozen.compile(parameters.promptTable)
    const scores = await scoreTexts(frozen, texts.map(encodeText), prefix, labelRows)
    for (const row of scores) requireFinite(row, `prompt ${card.task}`)
    return scores.map((row) => Array.from(row))
  }
}
