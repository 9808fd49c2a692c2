import type { WireAnswer } from '@tolem/wire/problem'
import type { FastifyReply } from 'fastify'
import { RETRY_AFTER_SECONDS } from './admission/turn-away.ts'

/** Sends the exact bytes of an answer: fastify must not serialise them again. */
export function send(reply: FastifyReply, { status, contentType, body }: WireAnswer): FastifyReply {
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply.code(status).type(contentType).send(body)
}
