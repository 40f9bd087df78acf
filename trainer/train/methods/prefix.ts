import type { Method } from './methods.ts'

/** Prefix tuning: keys and values of every layer are the variables. Li and Liang 2021; Liu et al. 2022 (P-tuning v2). */
export const prefixMethod: Method = {
  gives: 'prefix',
  make: ({ prefix }, { layers, keyValueHeads, headSize }) => ({
    key_values: { shape: [2 * layers, keyValueHeads, prefix.length, headSize], data: prefix.keyValues.slice() },
  }),
  combine: ({ key_values: keyValues }) => {
    if (keyValues === undefined) throw new Error('method prefix has no key_values')
    return keyValues
  },
}
