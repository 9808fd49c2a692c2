import { z } from 'zod'
import type { Problem, Result, StageTiming } from './result.ts'
import { parseServerTiming } from './server-timing.ts'

/** An HTTP response as it came. `headers` have lower-case names. */
export type Reply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly serverTiming: readonly StageTiming[]
}

const problemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  responseCode: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
}) satisfies z.ZodType<Problem>

/** Reads a reply against the schema of its answer. */
export function readReply<Schema extends z.ZodType>(
  schema: Schema,
  reply: Reply,
): Result<z.output<Schema>> {
  const { status, body } = reply
  const json = parseJson(body)
  if (status >= 200 && status < 300) {
    const answer = schema.safeParse(json)
    if (answer.success)
      return { kind: 'decided', answer: answer.data, body, timing: reply.serverTiming }
  } else {
    const problem = problemBody.safeParse(json)
    if (problem.success) return { kind: 'problem', status, problem: problem.data }
  }
  return {
    kind: 'unreachable',
    detail: `answered ${status} with a body that the API does not document`,
  }
}

/** Joins what undici gives into a {@link Reply}. */
export function toReply(response: Pick<Reply, 'status' | 'headers' | 'body'>): Reply {
  const timing = response.headers['server-timing']
  const field = Array.isArray(timing) ? timing.join(', ') : timing
  return { ...response, serverTiming: parseServerTiming(field) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No schema takes undefined, so that a body which is no JSON becomes an undocumented one.
    return undefined
  }
}
