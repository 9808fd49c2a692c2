import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ADVICE_OUTCOMES, ADVICE_REASONS } from '@tolem/domain/advice'
import { CLEARING_OUTCOMES } from '@tolem/domain/clearing'
import { APPROVAL_OUTCOMES, DECLINE_REASONS } from '@tolem/domain/decision'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { REVERSAL_OUTCOMES, REVERSAL_REASONS } from '@tolem/domain/reversal'
import { aCardBody, anAuthorizationBody, aReversalBody } from '@tolem/testing/bodies'
import { aCard, anAuthorizationId, aQuote, aReversalId } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { parseAdvice } from '@tolem/wire/advice'
import { renderApproval, renderDecline } from '@tolem/wire/authorization'
import { parseBalanceInquiry } from '@tolem/wire/balance'
import {
  parseCard,
  parseCardControls,
  parseCardStatus,
  parseCardWalletLink,
  renderCard,
} from '@tolem/wire/card'
import { parseClearing } from '@tolem/wire/clearing'
import { parseEcho } from '@tolem/wire/echo'
import { parseMandate } from '@tolem/wire/mandate'
import { OPERATIONS, openApiDocument } from '@tolem/wire/openapi'
import { PROBLEMS, type ProblemName, problem } from '@tolem/wire/problem'
import { parseRefund } from '@tolem/wire/refund'
import { parseAuthorization, parseIncrement } from '@tolem/wire/request'
import { parseReversal, renderReversal } from '@tolem/wire/reversal'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

type Document = {
  readonly info: { readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, z.core.JSONSchema.JSONSchema>>
    readonly responses: Readonly<
      Record<
        string,
        {
          readonly content: Readonly<
            Record<
              string,
              { readonly examples: Readonly<Record<string, { readonly value: unknown }>> }
            >
          >
        }
      >
    >
  }
}

// What a bank's program reads: JSON text, not our objects.
const document = JSON.parse(
  JSON.stringify(
    openApiDocument({ serverUrl: 'https://tolem.example', responseCodes: RESPONSE_CODES }),
  ),
) as Document

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
  for (const { method, path, operationId, repeats, money, iso } of OPERATIONS) {
    const described = document.paths[path]?.[method]
    expect(described).toMatchObject({
      operationId,
      responses: { 200: {}, '4XX': {}, '5XX': {} },
      description: expect.stringContaining(repeats),
    })
    expect(described).toMatchObject({ description: expect.stringContaining(money) })
    if (iso) expect(described).toMatchObject({ description: expect.stringContaining(iso) })
  }
  expect(new Set(OPERATIONS.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length)
})

test('every message that moves money names its message type and says what a repeat gets', () => {
  const money = OPERATIONS.filter(({ tag }) => tag === 'Money')
  expect(money.map(({ method, iso }) => [method, iso?.slice(0, 2)])).toEqual(
    money.map(() => ['post', expect.stringMatching(/^0[124]/)]),
  )
})

const EXAMPLES = OPERATIONS.flatMap(({ operationId, request, answer }) =>
  [request, answer].flatMap((side) => {
    if (!side) return []
    expect(Object.keys(side.examples).length).toBeGreaterThan(0)
    return Object.entries(side.examples).map(
      ([name, { value }]) => [operationId, name, side, value] as const,
    )
  }),
)

test.each(EXAMPLES)('%s: the example %s fits its schema, as it is and as published', (...one) => {
  const [, , { name, schema }, value] = one
  expect(schema.safeParse(value).error).toBeUndefined()
  expect(published(name).safeParse(value).error).toBeUndefined()
})

type Parse = (bank: BankId, bytes: Uint8Array) => { readonly ok: boolean }

/** The parser behind each call that takes a body. */
const PARSERS: Readonly<Record<string, Parse>> = {
  authorize: parseAuthorization,
  increment: parseIncrement,
  advise: parseAdvice,
  reverse: parseReversal,
  clear: parseClearing,
  refund: parseRefund,
  inquireBalance: parseBalanceInquiry,
  echo: (_bank, bytes) => parseEcho(bytes),
  putCard: (bank, bytes) => parseCard(bank, 'ct_halyk_0001' as CardToken, bytes),
  putCardStatus: (_bank, bytes) => parseCardStatus(bytes),
  putCardControls: (_bank, bytes) => parseCardControls(bytes),
  putCardWalletLink: (_bank, bytes) => parseCardWalletLink(bytes),
  requestMandate: (bank, bytes) => parseMandate(bank, 'ct_halyk_0001' as CardToken, bytes),
}

test.each(EXAMPLES.filter(([, , side]) => side.name.endsWith('Request')))(
  '%s: the service takes the example %s',
  (operationId, _name, _side, value) => {
    const bytes = Buffer.from(JSON.stringify(value))
    expect(PARSERS[operationId]?.('halyk' as BankId, bytes)).toMatchObject({ ok: true })
  },
)

test('each problem is an example where its status belongs', () => {
  const { NotDecided, NotAnswered } = document.components.responses
  for (const [name, { status, responseCode }] of Object.entries(PROBLEMS)) {
    const response = status < 500 ? NotDecided : NotAnswered
    const { examples } = response?.content['application/problem+json'] ?? {}
    expect(examples?.[name]?.value).toMatchObject({ status, responseCode })
    expect(published('Problem').safeParse(examples?.[name]?.value).error).toBeUndefined()
  }
})

const id = anAuthorizationId()
const text = document.info.description

test('the description has every closed list, with the programme’s response codes', () => {
  for (const reason of DECLINE_REASONS) {
    const { kk, ru, en } = JSON.parse(renderDecline(id, reason, RESPONSE_CODES)).messages
    const row = new RegExp(`^\\| \`${reason}\` \\| ${RESPONSE_CODES[reason]} \\|.*$`, 'm').exec(
      text,
    )
    expect(row?.[0]).toContain(`| ${kk} | ${ru} | ${en} |`)
    expect(row?.[0]).toMatch(/\| (never|later|at once) \|/)
  }
  for (const outcome of APPROVAL_OUTCOMES)
    expect(text).toContain(`| \`${outcome}\` | ${RESPONSE_CODES[outcome]} |`)
  for (const word of [
    ...REVERSAL_REASONS,
    ...REVERSAL_OUTCOMES,
    ...CLEARING_OUTCOMES,
    ...ADVICE_REASONS,
    ...ADVICE_OUTCOMES,
  ])
    expect(text).toContain(`| \`${word}\` |`)
})

test('a programme with codes of its own is described with those', () => {
  const responseCodes = { ...RESPONSE_CODES, wallet_not_linked: '92' }
  const described = openApiDocument({ serverUrl: 'https://tolem.example', responseCodes })
  expect(JSON.stringify(described)).toContain('| `wallet_not_linked` | 92 |')
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
