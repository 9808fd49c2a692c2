import { request } from 'undici'
import { expect, test } from 'vitest'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided } from '../support/stack.ts'

const stack = sharedStack()

async function get(url: string) {
  const { statusCode, headers, body } = await request(url)
  return { status: statusCode, type: String(headers['content-type']), text: await body.text() }
}

test('describes itself in OpenAPI, with every call that there is', async () => {
  const { status, type, text } = await get(`${stack.demo.url}/openapi.json`)
  expect([status, type]).toEqual([200, expect.stringContaining('application/json')])
  const { openapi, paths, info } = JSON.parse(text)
  expect(openapi).toMatch(/^3\.1/)
  expect(info.description).toContain('| `insufficient_funds` | 51 |')
  const calls = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(calls.toSorted()).toEqual([
    'delete /v1/cards/{cardToken}/wallet-link',
    'get /v1/authorizations',
    'get /v1/authorizations/{id}',
    'get /v1/banks/me',
    'get /v1/cards/{cardToken}',
    'get /v1/cards/{cardToken}/mandates/{mandateId}',
    'get /v1/rates',
    'post /v1/advices',
    'post /v1/authorizations',
    'post /v1/balance-inquiries',
    'post /v1/cards/{cardToken}/mandates',
    'post /v1/clearings',
    'post /v1/echo',
    'post /v1/increments',
    'post /v1/refunds',
    'post /v1/reversals',
    'put /v1/cards/{cardToken}',
    'put /v1/cards/{cardToken}/controls',
    'put /v1/cards/{cardToken}/status',
    'put /v1/cards/{cardToken}/wallet-link',
  ])
})

test('shows its description as a page that loads nothing from elsewhere', async () => {
  const { status, type, text } = await get(`${stack.demo.url}/docs/`)
  expect([status, type]).toEqual([200, expect.stringContaining('text/html')])
  expect(text).toContain('Tolem bank API')
  expect(text.match(/(?:src|href)="https?:\/\/[^"]+"/g) ?? []).toEqual([])
})

test('shows the mapping to ISO 8583 as a page without scripts and without anything from elsewhere', async () => {
  const { statusCode, headers, body } = await request(`${stack.demo.url}/docs/iso8583`)
  const text = await body.text()
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'/)
  expect(text).toContain('<td>/systemTraceAuditNumber</td><td>DE11</td>')
  expect(text).not.toMatch(/<script|<link|<img|src=|https?:/)
})

test('leads from the description to the mapping', async () => {
  const { text } = await get(`${stack.demo.url}/openapi.json`)
  const links = [...new Set(text.match(/\]\((\/docs\/[^)]+)\)/g))].map((link) => link.slice(2, -1))
  expect(links).toEqual(['/docs/iso8583'])
})

test('explains every problem that it documents', async () => {
  const { text } = await get(`${stack.demo.url}/openapi.json`)
  const names = [...new Set(text.match(/\/problems\/[a-z_]+/g) ?? ['/problems/malformed_json'])]
  expect(names.length).toBeGreaterThan(0)
  for (const name of [...names, '/problems/key_reused', '/problems/no_answer_in_time']) {
    const page = await get(stack.demo.url + name)
    expect(page.status).toBe(200)
    expect(JSON.parse(page.text)).toMatchObject({
      status: expect.any(Number),
      responseCode: expect.stringMatching(/^[0-9]{2}$/),
      title: expect.stringMatching(/\.$/),
    })
  }
  const unknown = await get(`${stack.demo.url}/problems/hungry`)
  expect([unknown.status, unknown.type]).toEqual([404, expect.stringContaining('problem+json')])
})

test('what is not there is a problem too', async () => {
  const { status, type, text } = await get(`${stack.demo.url}/v2/authorizations`)
  expect([status, type]).toEqual([404, expect.stringContaining('application/problem+json')])
  expect(JSON.parse(text)).toMatchObject({ type: '/problems/not_found', responseCode: '30' })
})

test.for(['the port of the banks', 'the port of the operators'])(
  'says on %s that it is alive and ready',
  async (port) => {
    const url = port === 'the port of the banks' ? stack.demo.url : stack.adminUrl
    expect(await get(`${url}/livez`)).toMatchObject({ status: 200 })
    const ready = await get(`${url}/readyz`)
    expect([ready.status, JSON.parse(ready.text)]).toEqual([200, { ready: true, reasons: [] }])
  },
)

test('counts and times what it did, under the documented names', async () => {
  const card = await stack.openCard()
  const poor = await stack.openCard({ holds: '1' })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  decided(await stack.bank().authorize(aPurchase(poor.token)))
  decided(await stack.bank().reverse(aReversal(authorizationId)))
  const { text, type } = await get(`${stack.adminUrl}/metrics`)
  expect(type).toContain('text/plain')
  for (const name of [
    'tolem_decisions_total',
    'tolem_stage_duration_seconds_bucket',
    'tolem_authorization_duration_seconds_count',
    'tolem_exchange_call_duration_seconds_count',
    'tolem_group_commit_items_total',
    'tolem_group_commit_runs_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(text).toMatch(new RegExp(`^${name}\\{[^}]*service="authorizer"[^}]*\\} [0-9]`, 'm'))
  expect(text).toMatch(/tolem_decisions_total\{[^}]*decision="approved"[^}]*\} [1-9]/)
  expect(text).toMatch(/tolem_decisions_total\{[^}]*reason="insufficient_funds"[^}]*\} [1-9]/)
  expect(text).not.toContain(card.token)
})

test('the port of the banks does not show the operators’ metrics', async () => {
  expect((await get(`${stack.demo.url}/metrics`)).status).toBe(404)
})
