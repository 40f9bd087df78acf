import { excerpt } from '../../shared/error.ts'
import { onlyAnswer } from '../evaluate/confusion-matrix.ts'
import type { Metrics } from '../evaluate/metrics.ts'
import type { TrainingEvent } from './events.ts'

/** A training loop's events, with a warning behind each evaluation in which every answer is the same. `labels` are their names, [C]. */
export async function* warnedOfSameAnswers<Learned>(
  loop: AsyncGenerator<TrainingEvent, Learned>,
  labels: readonly string[],
): AsyncGenerator<TrainingEvent, Learned> {
  try {
    for (;;) {
      const { done, value } = await loop.next()
      if (done) return value
      yield value
      const only = value.type === 'evaluated' ? onlyAnswerOf(value.metrics, labels) : null
      if (value.type !== 'evaluated' || only === null) continue
      const message = `after step ${value.step} every answer on dev is ${only}: the prompt has learned nothing yet. If it stays so, try another --learning-rate or --method.`
      yield { type: 'warning', message }
    }
  } finally {
    await loop.return(null as never) // where nobody listens any more: it frees what it holds
  }
}

/** What every row of dev is answered, for people; null where answers differ. */
function onlyAnswerOf({ confusion, tallies }: Metrics, labels: readonly string[]): string | null {
  if (confusion === null) return tallies.every(({ answered }) => answered === 0) ? 'without a label' : null
  const only = onlyAnswer(confusion)
  return only === null ? null : excerpt(JSON.stringify(labels[only]))
}
