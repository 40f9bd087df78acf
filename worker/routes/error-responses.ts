import { z } from '@hono/zod-openapi'

const ErrorEnvelope = z
  .object({ error: z.object({ message: z.string(), type: z.string(), code: z.string(), param: z.string().nullable() }) })
  .openapi('Error')

const described = (description: string) => ({ description, content: { 'application/json': { schema: ErrorEnvelope } } })

/** What any route may answer instead, for the OpenAPI page. */
export const errorResponses = {
  400: described('The request is wrong: `param` names the field.'),
  401: described('No key, or not one of this service.'),
  404: described('No such task, version or page.'),
  405: described('The path takes other methods: `Allow` names them.'),
  413: described('The body, or a text in it, is too large.'),
  500: described('A package is broken, or the service is.'),
  503: described('Too many requests, or the storage did not answer: try again after `Retry-After` seconds.'),
}
