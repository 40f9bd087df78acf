import type { TimePart } from '../place.ts'

/** What the parts of the time mean, by the names that the service and the engine give them. */
const meanings: Readonly<Record<string, string>> = {
  network: 'there and back',
  wait: 'waiting',
  load: 'loading model and prompt',
  model: 'the model',
  prepare: 'all else',
}

interface Props {
  readonly where: string
  readonly time: readonly TimePart[]
}

/** How long an answer took, and where that went. */
export function TimeTaken({ where, time }: Props) {
  const total = time.reduce((sum, { ms }) => sum + ms, 0)
  return (
    <div class="time">
      <p>
        <strong>{milliseconds(total)}</strong> in {where}:{' '}
        {time.map(({ name, ms }) => `${meanings[name] ?? name} ${milliseconds(ms)}`).join(', ')}
      </p>
      <span class="parts" aria-hidden="true">
        {time.map(({ name, ms }, index) => (
          <span key={name} class={`part-${index % 4}`} style={{ inlineSize: `${total === 0 ? 0 : (100 * ms) / total}%` }} />
        ))}
      </span>
    </div>
  )
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
