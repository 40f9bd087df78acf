/** What the learning rate is multiplied by when a share `done` (0 to 1) of the steps after the warmup is done: 1 at 0, and never more. */
export type Schedule = (done: number) => number
