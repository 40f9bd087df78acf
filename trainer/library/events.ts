import type { DataReport } from '../data/check-data.ts'
import type { TrainingEvent } from '../train/events.ts'
import type { WrittenPackage } from '../train/run.ts'

/** For people: how something is done that was left open, or what may be wrong. */
interface Message {
  readonly type: 'note' | 'warning'
  readonly message: string
}

/** What a training tells, in the order in which it happens. */
export type TrainEvent =
  | Message
  /** What was found in the examples. */
  | { readonly type: 'checked'; readonly data: DataReport }
  /** All that the step behind `step` depends on is kept beside the package: a run that is stopped goes on from there. */
  | { readonly type: 'checkpoint'; readonly step: number }
  | Exclude<TrainingEvent, { readonly type: 'state' | 'warning' }>
  | WrittenPackage

/** What an evaluation tells: after every batch how many of the texts are done, first with the prompt and then without. */
export type EvaluateEvent = Message | { readonly type: 'progress'; readonly done: number; readonly texts: number }

/** What became of the package of a project's task. */
export interface PublishedTask {
  readonly task: string
  readonly result: 'published' | 'live already' | 'not published'
  readonly prompt: string | null
  /** Why it was not published. */
  readonly problem: string | null
}

/** What a project's publication tells: of each task, `settled` with what became of it. */
export interface ProjectPublishEvent {
  readonly task: string
  readonly event: PublishEvent | ({ readonly type: 'settled' } & Omit<PublishedTask, 'task'>)
}

/** What a publication tells: `progress` is of an upload, for people. */
export type PublishEvent = Message | { readonly type: 'progress'; readonly message: string }
