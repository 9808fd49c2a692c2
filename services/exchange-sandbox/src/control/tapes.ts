import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { pause } from '../clock.ts'
import { readTape, recordTape } from '../prices/tape.ts'
import type { ControlDeps } from './control-deps.ts'

const SHIPPED = new URL('../../tapes/', import.meta.url)

const speed = z.coerce.number().gt(0).max(1_000).default(1)
const played = z.strictObject({ speed })
const named = z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,32}$/) })
const recorded = z.strictObject({ seconds: z.coerce.number().gt(0).max(600) })

/** A tape of ten minutes of all books is some 3 MB. */
const LARGEST_TAPE_BYTES = 16 * 1_024 * 1_024

/** Adds tapes: play one of ours or your own, stop it, see how far it is, record what is shown now. */
export function addTapeControl(
  server: FastifyInstance,
  { tapes, market, clock }: ControlDeps,
): void {
  server.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'string', bodyLimit: LARGEST_TAPE_BYTES },
    (_request, body, done) => done(null, body),
  )
  server.get('/control/tapes', () => ({ tapes: listTapes(), left: tapes.left() }))
  server.put('/control/tape', (request, reply) => {
    const { speed: times } = played.parse(request.query)
    return playText(String(request.body), times, reply)
  })
  server.post('/control/tapes/:name', (request, reply) => {
    const { name } = named.parse(request.params)
    if (!listTapes().includes(name))
      return reply
        .code(404)
        .send({ mistakes: [`no tape ${name}; there are: ${listTapes().join(', ')}`] })
    const { speed: times } = played.parse(request.query)
    return playText(readFileSync(new URL(`${name}.ndjson`, SHIPPED), 'utf8'), times, reply)
  })
  server.delete('/control/tape', (_request, reply) => {
    tapes.stop()
    return reply.code(204).send()
  })
  server.get('/control/tape/recording', async (request, reply) => {
    const { seconds } = recorded.parse(request.query)
    const recording = recordTape(market, clock)
    await pause(clock, seconds * 1_000)
    recording.stop()
    const lines = recording.frames().map((frame) => `${JSON.stringify(frame)}\n`)
    return reply.type('application/x-ndjson').send(lines.join(''))
  })

  function playText(text: string, times: number, reply: { code(status: number): Reply }) {
    try {
      const frames = readTape(text)
      tapes.play(frames, times)
      return reply.code(202).send({ frames: frames.length })
    } catch (error) {
      return reply
        .code(400)
        .send({ mistakes: [error instanceof Error ? error.message : 'no tape'] })
    }
  }
}

type Reply = { send(body: unknown): unknown }

function listTapes(): string[] {
  return readdirSync(SHIPPED)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => basename(name, '.ndjson'))
    .toSorted()
}
