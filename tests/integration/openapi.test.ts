import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DECLINE_REASONS } from '@tolem/domain/decision'
import { REVERSAL_OUTCOMES } from '@tolem/domain/reversal'
import {
  aCard,
  aCardBody,
  anAuthorizationBody,
  anAuthorizationId,
  aQuote,
  aReversalBody,
  aReversalId,
} from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { renderApproval, renderDecline } from '@tolem/wire/authorization'
import { renderCard } from '@tolem/wire/card'
import { OPERATIONS, openApiDocument } from '@tolem/wire/openapi'
import { PROBLEMS, type ProblemName, problem } from '@tolem/wire/problem'
import { renderReversal } from '@tolem/wire/reversal'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: { readonly schemas: Readonly<Record<string, z.core.JSONSchema.JSONSchema>> }
}

// What a bank's program reads: JSON text, not our objects.
const document = JSON.parse(JSON.stringify(openApiDocument('https://tolem.example'))) as Document

/** The published schema of that name, read back from the document itself. */
function published(name: string): z.ZodType {
  const schema = document.components.schemas[name]
  if (!schema) return expect.unreachable(`no schema ${name}`)
  return z.fromJSONSchema(schema)
}

const REDOCLY = join(
  dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json')),
  'bin/cli.js',
)

test('the description has no error by the rules that Redocly recommends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tolem-openapi-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'openapi.json'), JSON.stringify(document))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [REDOCLY, 'lint', 'openapi.json', '--extends=recommended', '--format=json'],
    { cwd: directory, env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
  ).catch((failed: { stdout: string }) => failed)
  const { problems, totals } = JSON.parse(stdout)
  expect(problems.filter((one: { severity: string }) => one.severity === 'error')).toEqual([])
  expect(totals.errors).toBe(0)
})

test('every operation is described once, with what it takes and answers', () => {
  for (const { method, path, operationId } of OPERATIONS)
    expect(document.paths[path]?.[method]).toMatchObject({
      operationId,
      responses: { 200: {}, '4XX': {}, '5XX': {} },
    })
  expect(new Set(OPERATIONS.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length)
})

test.each([
  ['AuthorizationRequest', anAuthorizationBody({ repeat: true, final: true })],
  ['ReversalRequest', aReversalBody()],
  ['ReversalRequest', aReversalBody({ original: { authorizationId: anAuthorizationId() } })],
  ['CardRequest', aCardBody()],
])('a body that we take fits the published %s', (name, body) => {
  expect(published(name).safeParse(body).error).toBeUndefined()
})

test('a body that we refuse does not fit the published schema', () => {
  const schema = published('AuthorizationRequest')
  for (const change of [
    { transactionAmount: { value: 12_500, currency: 'KZT' } },
    { transactionAmount: { value: '-1', currency: 'KZT' } },
    { systemTraceAuditNumber: '1' },
    { unknown: true },
    { type: undefined },
  ])
    expect(schema.safeParse(anAuthorizationBody(change)).success).toBe(false)
})

const id = anAuthorizationId()
const { walletLink: _, lastFour: __, ...bareCard } = aCard()

const ANSWERS: readonly (readonly [string, string])[] = [
  [
    'AuthorizationAnswer',
    renderApproval({
      id,
      outcome: 'approved',
      approvalCode: '0A1B2C',
      approved: aQuote().billing,
      funding: [aQuote()],
      codes: RESPONSE_CODES,
    }),
  ],
  ...DECLINE_REASONS.map(
    (reason) => ['AuthorizationAnswer', renderDecline(id, reason, RESPONSE_CODES)] as const,
  ),
  ...REVERSAL_OUTCOMES.map(
    (outcome) =>
      [
        'ReversalAnswer',
        renderReversal({ id: aReversalId(), outcome, authorizationId: id }),
      ] as const,
  ),
  [
    'ReversalAnswer',
    renderReversal({
      id: aReversalId(),
      outcome: 'recorded_before_original',
      authorizationId: undefined,
    }),
  ],
  ['CardAnswer', renderCard(aCard())],
  ['CardAnswer', renderCard(bareCard)],
  ...(Object.keys(PROBLEMS) as ProblemName[]).map(
    (name) =>
      [
        'Problem',
        problem(name, { detail: 'why', errors: [{ pointer: '/a', detail: 'b' }] }).body,
      ] as const,
  ),
]

test.each(ANSWERS)('what we answer fits the published %s: %s', (name, body) => {
  expect(published(name).safeParse(JSON.parse(body)).error).toBeUndefined()
})
