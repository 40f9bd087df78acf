import { z } from 'zod'

/** Task names stand in URLs and in storage keys, so they are short and plain. */
export const TaskName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/, 'must be 1 to 64 of a-z, 0-9, "-" and "_", beginning and ending with a letter or digit')
