import { useState } from 'preact/hooks'
import { answerText } from '../../../shared/engine/answer-text.ts'
import { percent } from '../percent.ts'
import type { TaskResult } from '../place.ts'

/** Rows drawn at first, and with each wish for more. */
const page = 100

interface Props {
  readonly texts: readonly string[]
  readonly tasks: readonly string[]
  readonly results: readonly (TaskResult | undefined)[]
}

/** A row a text, a column a task. */
export function ResultsTable({ texts, tasks, results }: Props) {
  const [rows, setRows] = useState(page)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of results">
        <table class="results">
          <thead>
            <tr>
              <th scope="col">Text</th>
              {tasks.map((task) => (
                <th key={task} scope="col">
                  {task}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {texts.slice(0, rows).map((text, index) => (
              <tr key={`${index}`}>
                <th scope="row">{text}</th>
                {tasks.map((task, n) => {
                  const result = results[index * tasks.length + n]
                  if (result === undefined) return <td key={task}>…</td>
                  return (
                    <td key={task}>
                      {answerText(result)} <span class="share">{percent(result.probability)}</span>
                      {result.truncated && <span class="cut">too long: its end was lost</span>}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {texts.length > rows && (
        <button type="button" class="quiet" onClick={() => setRows(rows + page)}>
          Show more of {texts.length} texts
        </button>
      )}
    </>
  )
}
