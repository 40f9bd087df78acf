import { answerText } from '../../shared/engine/answer-text.ts'
import type { TextAnswer } from '../../shared/engine/prompt.ts'
import { excerpt } from '../../shared/error.ts'
import { columns } from './columns.ts'

const barWidth = 24
/** Labels that are shown of one answer. */
const mostLabels = 8
/** Characters of a text that are shown beside its answer. */
const textWidth = 60

/** One answer, for people: the likeliest labels with a bar each. */
export function answerLines(answer: TextAnswer): string {
  const { label, labels, probabilities, truncated, tokens } = answer
  const ranked = Object.entries(probabilities).sort(([, a], [, b]) => b - a)
  const shown = ranked.slice(0, mostLabels)
  const width = Math.max(...shown.map(([label]) => label.length))
  const lines = shown.map(([label, share]) =>
    `${label.padEnd(width)}  ${share.toFixed(3)}  ${'━'.repeat(Math.round(barWidth * share))}`.trimEnd(),
  )
  const rest = ranked.length - shown.length
  const plain = labels === undefined && label !== null
  return [
    ...(plain ? [] : [`${answerText(answer)}${label === null ? ': none is probable enough for this task' : ''}`]),
    ...lines,
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(truncated ? [`(the text lost its end: a row has at most ${tokens} tokens)`] : []),
  ].join('\n')
}

/** Many answers, for people: a line each. */
export function answerTable(texts: readonly string[], answers: readonly TextAnswer[]): string {
  const rows = answers.map((answer, index) => [
    answerText(answer),
    answer.probability.toFixed(3),
    excerpt((texts[index] as string).replaceAll(/\s+/g, ' ').trim(), textWidth),
  ])
  return columns(['label', 'probability', 'text'], rows)
}
