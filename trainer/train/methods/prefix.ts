import type { Method } from './method.ts'

/** Prefix tuning: keys and values of every layer are the variables. Li and Liang 2021; Liu et al. 2022 (P-tuning v2). */
export const prefix: Method = {
  about: 'keys and values of every layer',
  empty: false,
  kind: 'prefix',
  async variables(initial, { layers, keyValueHeads, headSize }) {
    const { length, keyValues } = await initial.prefix()
    return { key_values: { shape: [2 * layers, keyValueHeads, length, headSize], data: keyValues.slice() } }
  },
  combine: ({ key_values: keyValues }) => {
    if (keyValues === undefined) throw new Error('method prefix has no key_values')
    return keyValues
  },
}
