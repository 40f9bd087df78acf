import type { Check } from './check.ts'

/** Words of labels that the model reads alike, or of which it reads only the begin. */
export const labelWords: Check = ({ labels: { train }, model }) =>
  train === undefined || model === null
    ? []
    : model.aboutWords([...train.keys()].sort()).map((message) => ({ level: 'warning', count: 1, message }))
