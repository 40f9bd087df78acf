import { useState } from 'preact/hooks'
import { answerText } from '../../../shared/engine/answer-text.ts'
import { percent } from '../percent.ts'
import type { TaskResult } from '../place.ts'
import { Bar } from './bar.tsx'

/** Labels shown before all are asked for. */
const fewLabels = 6

/** What one task says of a text: its label or labels, and the probability of each. */
export function AnswerCard({ result }: { readonly result: TaskResult }) {
  const [all, setAll] = useState(false)
  const { task, label, labels = [label], truncated, tokens } = result
  const ranked = Object.entries(result.probabilities).sort(([, a], [, b]) => b - a)
  const shown = all ? ranked : ranked.slice(0, fewLabels)
  return (
    <article class="panel answer">
      <h2>{task}</h2>
      <p class="label">{answerText(result)}</p>
      <table>
        <caption class="hidden">Probabilities of {task}</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Probability</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(([name, probability]) => (
            <tr key={name} class={labels.includes(name) ? 'best' : undefined}>
              <th scope="row">{name}</th>
              <td>
                <Bar share={probability} />
                <span>{percent(probability)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ranked.length > shown.length && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          All {ranked.length} labels
        </button>
      )}
      <p class="note">
        {tokens} tokens{truncated && '; the text was too long and lost its end'}
      </p>
    </article>
  )
}
