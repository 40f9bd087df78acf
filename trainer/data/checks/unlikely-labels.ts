import type { Example } from '../example.ts'
import type { Check } from './check.ts'
import { shown } from './few.ts'

/** Labels that are not the likeliest by the probabilities beside them: these are learned, and the label is what is right. */
export const unlikelyLabels: Check = ({ splits }) =>
  splits.flatMap(([split, { examples }]) => {
    const unlikely = examples.filter(isUnlikely)
    const [first] = unlikely
    if (first === undefined) return []
    const said = unlikely.length === 1 ? 'one example has' : `${unlikely.length} examples have`
    const message = `in ${split} ${said} a label that is not the likeliest by the probabilities beside it, such as ${shown(first.text)}: ${shown(first.label, 40)} with ${shareOf(first).toFixed(2)}. The probabilities are learned, and the label counts as right: correct whichever is wrong`
    return [{ level: 'warning', count: unlikely.length, message }]
  })

function isUnlikely(example: Example): boolean {
  return example.probabilities !== undefined && Math.max(...Object.values(example.probabilities)) > shareOf(example)
}

function shareOf({ label, probabilities = {} }: Example): number {
  return Object.hasOwn(probabilities, label) ? (probabilities[label] as number) : 0
}
