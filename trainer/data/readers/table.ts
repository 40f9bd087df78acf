export { csv } from './csv.ts'
export { jsonl } from './jsonl.ts'
