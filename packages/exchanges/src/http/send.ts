import type { Dispatcher, Pool } from 'undici'

/** A request whose bytes are final: what was signed is what is sent. */
export type SignedRequest = {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * What became of a request. `not_sent` certainly left no byte; `lost` may have been executed. Details are for operators
 * and hold neither credentials nor bodies.
 */
export type Answer =
  | Answered
  | { readonly kind: 'not_sent'; readonly detail: string }
  | { readonly kind: 'lost'; readonly detail: string }

/** A whole HTTP answer of any status, its body at most {@link LARGEST_BODY_BYTES} long. */
export type Answered = {
  readonly kind: 'answered'
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** The largest answer we read; a list of 500 transfers, the longest we can get, is about 150 kB. */
export const LARGEST_BODY_BYTES = 256 * 1024

/**
 * Sends once and never again, and resolves within `timeoutMs`, connecting included. Whether bytes may have left is
 * known exactly: undici calls `onRequestStart` right before it writes, so a failure ahead of it (DNS, connection
 * refused, TLS, no connection in time) is `not_sent`, and a call that is over by then is dropped before its first byte.
 */
export function sendOnce(pool: Pool, request: SignedRequest, timeoutMs: number): Promise<Answer> {
  if (!isSendable(request))
    return Promise.resolve({
      kind: 'not_sent',
      detail: 'a path or header that no request can hold',
    })
  return new Promise((resolve) => {
    let started: Dispatcher.DispatchController | undefined
    let isOver = false
    let status = 0
    let headers: Answered['headers'] = {}
    const chunks: Buffer[] = []
    const settle = (answer: Answer) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      resolve(answer)
    }
    const fail = (detail: string) => settle({ kind: started ? 'lost' : 'not_sent', detail })
    const timer = setTimeout(() => {
      fail(`no answer within ${timeoutMs} ms`)
      started?.abort(new Error('timed out'))
    }, timeoutMs)

    pool.dispatch(
      { ...request, headers: { ...request.headers } },
      {
        onRequestStart(controller) {
          // A second start would be undici's own retry on a new connection: the movement could happen twice. Throwing
          // drops the request and keeps the connection for the next one, where an abort would destroy it: an exchange
          // that is slow to connect to would never get a warm connection.
          if (isOver || started) throw new Error('too late to send')
          started = controller
        },
        onResponseStart(_controller, statusCode, responseHeaders) {
          status = statusCode
          headers = responseHeaders
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          settle({ kind: 'answered', status, headers, body: Buffer.concat(chunks).toString() })
        },
        onResponseError(_controller, error) {
          fail('code' in error && typeof error.code === 'string' ? error.code : error.name)
        },
      },
    )
  })
}

const PATH = /^\/[\x21-\x7e]*$/
const HEADER = /^[\x20-\x7e]*$/

/**
 * undici refuses the same, but its pool then waits for ever for the connection that the request would have had to be
 * free again (PoolBase, kNeedDrain): as many such requests as there are connections would end a rail.
 */
function isSendable({ path, headers }: SignedRequest): boolean {
  return PATH.test(path) && Object.values(headers).every((value) => HEADER.test(value))
}
