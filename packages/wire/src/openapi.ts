import { z } from 'zod'
import { authorizationAnswer } from './authorization.ts'
import { cardAnswer, cardBody } from './card.ts'
import { authorizationRecord, ratesAnswer } from './inquiry.ts'
import { PROBLEMS } from './problem.ts'
import { authorizationBody } from './request.ts'
import { reversalAnswer, reversalBody } from './reversal.ts'

/** RFC 9457, with the response code that a processor can send on. */
const problemSchema = z.strictObject({
  type: z.string().meta({ description: 'an address below /problems that explains it' }),
  title: z.string(),
  status: z.int(),
  responseCode: z.string().meta({ description: 'DE39' }),
  detail: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})

const REQUESTS = {
  AuthorizationRequest: authorizationBody,
  ReversalRequest: reversalBody,
  CardRequest: cardBody,
} as const

const ANSWERS = {
  AuthorizationAnswer: authorizationAnswer,
  ReversalAnswer: reversalAnswer,
  CardAnswer: cardAnswer,
  AuthorizationRecord: authorizationRecord,
  RatesAnswer: ratesAnswer,
  Problem: problemSchema,
} as const

type Operation = {
  readonly method: 'get' | 'post' | 'put'
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly request?: keyof typeof REQUESTS
  readonly answer: keyof typeof ANSWERS
}

/** Every call of the API: what the documentation shows and what the service routes. */
export const OPERATIONS = [
  {
    method: 'post',
    path: '/v1/authorizations',
    operationId: 'authorize',
    summary: 'Ask for an authorization (0100, 0200)',
    description:
      'A decision is HTTP 200 whether it approves or declines. The same message gets the same bytes for ever; ' +
      'another message under the same network key is refused.',
    request: 'AuthorizationRequest',
    answer: 'AuthorizationAnswer',
  },
  {
    method: 'get',
    path: '/v1/authorizations/{id}',
    operationId: 'getAuthorization',
    summary: 'The record behind a decision',
    description: 'What was asked, answered and moved. Another bank’s authorization is not found.',
    answer: 'AuthorizationRecord',
  },
  {
    method: 'post',
    path: '/v1/reversals',
    operationId: 'reverse',
    summary: 'Reverse an authorization in full (0400, 0420)',
    description:
      'Before, during or after its original; idempotent; never refused for business reasons. ' +
      'The crypto is back in the wallet within seconds.',
    request: 'ReversalRequest',
    answer: 'ReversalAnswer',
  },
  {
    method: 'put',
    path: '/v1/cards/{cardToken}',
    operationId: 'putCard',
    summary: 'Provision a card, whole',
    description:
      'Status, expiry, limits and wallet link as they shall be. Each change raises the version.',
    request: 'CardRequest',
    answer: 'CardAnswer',
  },
  {
    method: 'get',
    path: '/v1/rates',
    operationId: 'getRates',
    summary: 'The rates that quotes are made from now',
    description: 'Tenge for one whole coin, before spread and fee.',
    answer: 'RatesAnswer',
  },
] as const satisfies readonly Operation[]

const INTRODUCTION = `Tolem decides card transactions in tenge against a cardholder's crypto wallet.

Every request is signed by RFC 9421 HTTP Message Signatures (\`hmac-sha256\` or \`ed25519\`) over \`@method\`,
\`@target-uri\` and \`content-digest\` (RFC 9530, also for an empty body), with \`created\`, \`nonce\` and \`keyid\`.
\`Response-Budget-Ms\` may shorten the bank's response budget. Answers carry \`Server-Timing\`.

What is not a decision is an RFC 9457 problem that also names a response code (DE39), so that a processor always has one
to send on. None of them changes money:

${Object.entries(PROBLEMS)
  .map(
    ([name, { status, responseCode, title }]) =>
      `- \`${name}\` (${status}, ${responseCode}): ${title}`,
  )
  .join('\n')}
`

/** The OpenAPI 3.1 description, made of the very schemas that parse requests. */
export function openApiDocument(serverUrl: string): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tolem bank API',
      version: '0.1.0',
      summary: 'Card authorizations against crypto wallets, in the words of ISO 8583.',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    security: [{ httpMessageSignature: [] }],
    paths: toPaths(OPERATIONS),
    components: {
      schemas: { ...toSchemas(REQUESTS, 'input'), ...toSchemas(ANSWERS, 'output') },
      securitySchemes: {
        httpMessageSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description: 'RFC 9421, together with Signature-Input and Content-Digest.',
        },
      },
    },
  }
}

function toSchemas(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): object {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _, ...json } = z.toJSONSchema(schema, { io })
      return [name, json]
    }),
  )
}

function toPaths(operations: readonly Operation[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toPathItem(operation) }
  return paths
}

function toPathItem({
  path,
  operationId,
  summary,
  description,
  request,
  answer,
}: Operation): object {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  return {
    operationId,
    summary,
    description,
    ...(parameters.length > 0 && { parameters }),
    ...(request && {
      requestBody: { required: true, content: content('application/json', request) },
    }),
    responses: {
      200: { description: 'Done.', content: content('application/json', answer) },
      '4XX': {
        description: 'Not a decision; nothing changed.',
        content: content('application/problem+json', 'Problem'),
      },
      '5XX': {
        description: 'No decision; send it again or reverse it.',
        content: content('application/problem+json', 'Problem'),
      },
    },
  }
}

function content(type: string, schema: string): object {
  return { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } }
}
