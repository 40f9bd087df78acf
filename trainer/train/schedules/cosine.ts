import type { Schedule } from './schedule.ts'

/** Half a wave of the cosine. Loshchilov and Hutter 2017, eq. 5, without restarts. */
export const cosine: Schedule = (done) => (1 + Math.cos(Math.PI * done)) / 2
