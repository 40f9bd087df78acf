import type { Schedule } from './schedule.ts'

export const linear: Schedule = (done) => 1 - done
