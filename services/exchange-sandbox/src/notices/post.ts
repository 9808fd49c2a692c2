/** Receivers have this long to answer (Bybit's and Binance's documents agree on ten seconds or say nothing). */
const TIMEOUT_MS = 10_000

/** What a receiver answered. */
export type Reply = { readonly status: number; readonly body: string }

/** Posts JSON and reads the answer; undefined when there is none in time. Follows no redirect. */
export async function post(
  message: { readonly url: string; readonly body: string },
  headers: Readonly<Record<string, string>>,
): Promise<Reply | undefined> {
  try {
    const response = await fetch(message.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...headers },
      body: message.body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, body: await response.text() }
  } catch {
    // Refused, cut or late: all the same to a sender, which tries again.
    return undefined
  }
}
