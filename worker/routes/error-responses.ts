import { z } from '@hono/zod-openapi'

const ErrorEnvelope = z
  .object({
    error: z.object({
      message: z.string().openapi({ description: 'What was wanted, what came, and what to do, for people' }),
      type: z.string().openapi({ description: 'The kind of error, as OpenAI names it', example: 'not_found_error' }),
      code: z.string().openapi({ description: 'Which error it is, for programs', example: 'unknown_task' }),
      param: z.string().nullable().openapi({ description: 'The field at fault, or null', example: 'inputs.2.task' }),
    }),
  })
  .openapi('Error')

const described = (description: string) => ({ description, content: { 'application/json': { schema: ErrorEnvelope } } })

/** What any route may answer instead, for the OpenAPI page. */
export const errorResponses = {
  400: described('The request is wrong: `param` names the field.'),
  401: described('No key, or not one of this service.'),
  404: described('No such task, version or page.'),
  405: described('The path takes other methods: `Allow` names them.'),
  500: described('A package is broken, or the service is.'),
  503: described('Too many requests, or the storage did not answer: try again after `Retry-After` seconds.'),
}

/** And what a route that takes a body may answer. */
export const bodyErrorResponses = {
  ...errorResponses,
  413: described('The body, or a text in it, is too large.'),
  415: described(
    'No API keys are set, the request has an `Origin` header, and its `Content-Type` is not JSON: any web page could have sent it.',
  ),
}
