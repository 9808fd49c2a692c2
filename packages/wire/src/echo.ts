import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import type { ResponseCodeTable } from './response-codes.ts'

const echoId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ : -')
  .meta({ description: 'any id of the caller’s: it comes back', example: 'echo-1' })

/** The body of `POST /v1/echo` (0800, network management code 301). */
export const echoBody = z.strictObject({ echoId })
export type EchoBody = z.input<typeof echoBody>

/** The answer to an echo. */
export const echoAnswer = z.strictObject({
  echoId,
  responseCode: z.string().meta({ description: 'DE39, 00' }),
  serverTime: z.string().meta({ description: 'our clock when the request arrived' }),
})
export type EchoAnswer = z.output<typeof echoAnswer>

/** Reads an echo. */
export function parseEcho(bytes: Uint8Array): Parsed<{ readonly echoId: string }> {
  return parseBody(echoBody, bytes)
}

/** The bytes of an echo's answer, in the codes of its bank; `now` in ms since the epoch. */
export function renderEcho(id: string, now: number, codes: ResponseCodeTable): string {
  const answer: EchoAnswer = {
    echoId: id,
    responseCode: codes.approved,
    serverTime: new Date(now).toISOString(),
  }
  return JSON.stringify(answer)
}
