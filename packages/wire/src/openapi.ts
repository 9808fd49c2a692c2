import { z } from 'zod'
import { isoPage } from './iso/document.ts'
import { AFTERWARDS_OPERATIONS } from './openapi/afterwards.ts'
import { CARD_OPERATIONS } from './openapi/cards.ts'
import { DECISION_OPERATIONS } from './openapi/decisions.ts'
import { INQUIRY_OPERATIONS } from './openapi/inquiries.ts'
import { introduction } from './openapi/introduction.ts'
import { MANDATE_OPERATIONS } from './openapi/mandates.ts'
import type { Operation } from './openapi/operation.ts'
import { SERVICE_OPERATIONS } from './openapi/service.ts'
import { EVENT_WEBHOOK } from './openapi/webhooks.ts'
import { PROBLEMS, type ProblemName, problem } from './problem.ts'
import type { ResponseCodeTable } from './response-codes.ts'

/** RFC 9457, with the response code that a processor can send on. */
const problemSchema = z.strictObject({
  type: z.string().meta({ description: 'an address below /problems that explains it' }),
  title: z.string(),
  status: z.int(),
  responseCode: z.string().meta({ description: 'DE39' }),
  detail: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})

/** Every call of the API, in the order in which the documentation shows them. */
export const OPERATIONS: readonly Operation[] = [
  ...DECISION_OPERATIONS,
  ...AFTERWARDS_OPERATIONS,
  ...INQUIRY_OPERATIONS,
  ...SERVICE_OPERATIONS,
  ...CARD_OPERATIONS,
  ...MANDATE_OPERATIONS,
]

/** Pages of the documentation besides the description itself: path and HTML, which loads nothing. */
export const DOCUMENTATION_PAGES: Readonly<Record<string, () => string>> = {
  '/docs/iso8583': isoPage,
}

const TAGS = [
  { name: 'Money', description: 'Messages that hold, move or give back money.' },
  { name: 'Inquiries', description: 'What is known, and what things cost now.' },
  { name: 'Cards', description: 'Provisioning by the bank.' },
] as const satisfies readonly { readonly name: Operation['tag']; readonly description: string }[]

/**
 * The OpenAPI 3.1 description, made of the very schemas that parse requests. `responseCodes` is the programme's table,
 * which the description shows.
 */
export function openApiDocument(about: {
  readonly serverUrl: string
  readonly responseCodes: ResponseCodeTable
}): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tolem bank API',
      version: '0.1.0',
      summary: 'Card authorizations against crypto wallets, in the words of ISO 8583.',
      description: introduction(about.responseCodes),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: about.serverUrl }],
    security: [{ httpMessageSignature: [] }],
    tags: TAGS,
    paths: toPaths(OPERATIONS),
    webhooks: { authorizationEvent: { post: toWebhook() } },
    components: {
      schemas: toSchemas(OPERATIONS),
      responses: {
        NotDecided: problemResponse('Not a decision; nothing changed.', 4),
        NotAnswered: problemResponse('No decision; send it again or reverse it.', 5),
      },
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

function toSchemas(operations: readonly Operation[]): Readonly<Record<string, object>> {
  const schemas: Record<string, object> = {}
  for (const { request, answer } of operations) {
    if (request) schemas[request.name] ??= toJsonSchema(request.schema, 'input')
    schemas[answer.name] ??= toJsonSchema(answer.schema, 'output')
  }
  schemas[EVENT_WEBHOOK.name] = toJsonSchema(EVENT_WEBHOOK.schema, 'output')
  return { ...schemas, Problem: toJsonSchema(problemSchema, 'output') }
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io })
  return json
}

function toPaths(operations: readonly Operation[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toPathItem(operation) }
  return paths
}

function toPathItem(operation: Operation): object {
  const { operationId, tag, summary, request, answer, otherStatuses = {} } = operation
  const parameters = listParameters(operation)
  return {
    operationId,
    tags: [tag],
    summary,
    description: describe(operation),
    ...(parameters.length > 0 && { parameters }),
    ...(request && {
      requestBody: { required: true, content: content('application/json', request) },
    }),
    responses: {
      200: { description: 'Done.', content: content('application/json', answer) },
      ...Object.fromEntries(
        Object.entries(otherStatuses).map(([status, description]) => [
          status,
          { description, content: content('application/json', answer) },
        ]),
      ),
      '4XX': { $ref: '#/components/responses/NotDecided' },
      '5XX': { $ref: '#/components/responses/NotAnswered' },
    },
  }
}

/** The one call that goes from us to a bank. */
function toWebhook(): object {
  const { summary, description } = EVENT_WEBHOOK
  const headers = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
    name,
    in: 'header',
    required: true,
    schema: { type: 'string' },
  }))
  return {
    operationId: 'tellEvent',
    tags: ['Money'],
    summary,
    description,
    security: [],
    parameters: headers,
    requestBody: { required: true, content: content('application/json', EVENT_WEBHOOK) },
    responses: {
      '2XX': { description: 'Taken; it is not sent again.' },
      default: { description: 'Not taken; it is sent again.' },
    },
  }
}

function describe({ description, iso, repeats, money }: Operation): string {
  const parts = [
    description,
    ...(iso ? [`**ISO 8583.** ${iso} See [the mapping](/docs/iso8583).`] : []),
    `**Repeats.** ${repeats}`,
    `**Money.** ${money}`,
  ]
  return parts.join('\n\n')
}

function listParameters({ path, query = [] }: Operation): readonly object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = query.map((parameter) => ({
    ...parameter,
    in: 'query',
    schema: { type: 'string' },
  }))
  return [...inPath, ...inQuery]
}

function problemResponse(description: string, hundreds: 4 | 5): object {
  const names = (Object.keys(PROBLEMS) as ProblemName[]).filter(
    (name) => Math.floor(PROBLEMS[name].status / 100) === hundreds,
  )
  const examples = Object.fromEntries(
    names.map((name) => [name, { summary: PROBLEMS[name].title, value: exampleOf(name) }]),
  )
  return {
    description,
    content: content('application/problem+json', { name: 'Problem', examples }),
  }
}

const ERRORS_OF: Partial<Record<ProblemName, string>> = {
  fields_invalid: '6 digits',
  card_number_refused: 'looks like a card number',
}

function exampleOf(name: ProblemName): unknown {
  const detail = ERRORS_OF[name]
  const errors = detail && [{ pointer: '/systemTraceAuditNumber', detail }]
  return JSON.parse(problem(name, errors ? { errors } : {}).body)
}

function content(type: string, { name, examples }: Pick<Operation['answer'], 'name' | 'examples'>) {
  return { [type]: { schema: { $ref: `#/components/schemas/${name}` }, examples } }
}
