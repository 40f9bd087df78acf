import { findPromptCard } from '../../shared/engine/stored-prompt.ts'
import { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
import { loggedVersions, sameVersion, type TaskEvent, type TaskVersion } from '../../shared/formats/task-pointer.ts'
import { type Bucket, bucketStore } from './bucket/bucket.ts'
import { earlierVersions } from './earlier-versions.ts'

/** What happened to a task, for people and scripts. */
export interface DescribedEvent {
  readonly when: string
  readonly by: 'publish' | 'promote' | 'rollback' | 'delete'
  /** What went live; null where the task went offline. */
  readonly version: TaskVersion | null
  /** What was live until then; null where nothing was, or where that is no longer remembered. */
  readonly replaced: TaskVersion | null
  /** The version's metrics on dev, from its card; null where the card is no longer stored, or damaged. */
  readonly metrics: Readonly<Record<string, number>> | null
  /** Whether it is what answers now, or what a rollback would bring back. */
  readonly state: 'live' | 'before' | null
}

/** The events in a task's log, the newest first, with what they replaced and how each version did on dev. */
export async function describeEvents(bucket: Bucket, events: readonly TaskEvent[]): Promise<DescribedEvent[]> {
  const metrics = await storedMetrics(bucket, loggedVersions(events))
  const [before] = earlierVersions(events)
  const versions = events.map((event) => (event.by === 'delete' ? null : event.version))
  const backTo =
    before === undefined || versions[0] === null
      ? -1
      : versions.findIndex((version, i) => i > 0 && version !== null && sameVersion(version, before))
  return events.map(({ when, by }, i) => {
    const version = versions[i] ?? null
    return {
      ...{ when, by, version, replaced: versions[i + 1] ?? null },
      metrics: version && (metrics.get(version.prompt) ?? null),
      state: i === 0 && version !== null ? 'live' : i === backTo ? 'before' : null,
    }
  })
}

/** What is thrown of a card that is there and no card. */
const damage: readonly ErrorCode[] = ['invalid_prompt', 'invalid_file']

/** The metrics on the stored cards, by prompt. What cannot be read is left out: that hides no event. */
async function storedMetrics(bucket: Bucket, versions: readonly TaskVersion[]): Promise<Map<string, Readonly<Record<string, number>>>> {
  const store = bucketStore(bucket)
  const found = await Promise.all(
    versions.map(async ({ prompt }) => {
      const card = await findPromptCard(store, prompt).catch((error) => {
        if (error instanceof SoftPromptError && damage.includes(error.code)) return null
        throw error
      })
      return card === null ? [] : [[prompt, card.metrics] as const]
    }),
  )
  return new Map(found.flat())
}
