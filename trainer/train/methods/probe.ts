import type { Method } from './method.ts'

/** No prompt at all: label rows on what the frozen model makes of a text, as a logistic regression finds them. */
export const probe: Method = {
  about: 'label rows alone, in seconds',
  empty: true,
  kind: 'prefix',
  variables: async () => ({}),
  combine: (_, tf) => tf.zeros([0, 0, 0, 0]),
}
