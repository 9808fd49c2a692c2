import type { BankId } from '@tolem/domain/ids'
import { expect, onTestFinished, test } from 'vitest'
import type { Caller } from './callers.ts'
import type { Route } from './route.ts'
import { createServer } from './server.ts'

/** A server whose only route does as told; `left` is how many milliseconds of its budget a message has. */
function serve(answer: Route['answer'], left = 90, method: Route['method'] = 'POST') {
  const mistakes: unknown[] = []
  const caller = { id: 'halyk' as BankId } as Caller
  const server = createServer({
    // No authorization is sent here.
    authorize: {} as never,
    increment: {} as never,
    routes: [{ method, url: '/v1/tried', name: 'echo', answer }],
    verify: () => ({ ok: true, caller, deadline: { at: left, windowEndsAt: left } }),
    now: () => 0,
    monotonicNow: () => 0,
    readiness: () => ({ ready: true, reasons: [] }),
    onAuthorization: () => {},
    onCall: () => {},
    onMistake: (error) => void mistakes.push(error),
  })
  onTestFinished(() => server.close())
  const send = () =>
    server.inject({
      method,
      url: '/v1/tried',
      ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, payload: '{}' }),
    })
  return { send, mistakes }
}

test.each(['GET', 'POST', 'PUT'] as const)(
  'a %s that hangs is a problem inside the deadline',
  async (method) => {
    const reply = await serve(() => new Promise(() => {}), 90, method).send()
    expect(reply.statusCode).toBe(503)
    expect(reply.json()).toMatchObject({ type: '/problems/no_answer_in_time' })
  },
)

test('what fails after its deadline is still told to us', async () => {
  const failing = Promise.withResolvers<never>()
  const { send, mistakes } = serve(() => failing.promise)
  expect((await send()).statusCode).toBe(503)
  failing.reject(new Error('too late'))
  await expect.poll(() => mistakes).toEqual([new Error('too late')])
})

test('a route that throws at once is a problem, and told to us', async () => {
  const { send, mistakes } = serve(() => {
    throw new Error('broken')
  })
  expect((await send()).json()).toMatchObject({ type: '/problems/malfunction' })
  expect(mistakes).toHaveLength(1)
})
