// A process that imports a checkpoint and prints, in bytes, the most memory that it had before and after:
//   WARM-UP CHECKPOINT OUT WEIGHTS

import type { WeightFormat } from '../../../shared/model-card.ts'
import { importModel } from '../../../trainer/model/import.ts'

const [warmUp = '', checkpoint = '', out = '', weights = ''] = process.argv.slice(2)
const most = () => process.resourceUsage().maxRSS * 1024

await importModel(warmUp, { out: `${out}-warm-up`, weights: weights as WeightFormat })
const before = most()
await importModel(checkpoint, { out, weights: weights as WeightFormat })
process.stdout.write(`${JSON.stringify({ before, after: most() })}\n`)
