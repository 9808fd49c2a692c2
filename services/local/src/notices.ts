import type { Settlement } from '@tolem/settlement/compose'
import { createNoticeServer } from '@tolem/settlement/notices'
import type { Builder } from './builder.ts'

type Take = Settlement['takeNotice']

/** Until settlement runs nothing is taken: whoever sent it sends it again. */
const NOT_YET: Awaited<ReturnType<Take>> = { status: 503, contentType: 'text/plain', body: '' }

/**
 * Listens for exchanges' notices before anything else is joined: the programme tells exchanges the address, which a
 * free port has only then.
 */
export async function openNotices({
  config,
  undo,
}: Builder): Promise<{ readonly url: string; readonly hand: (take: Take) => void }> {
  let take: Take = async () => NOT_YET
  const server = createNoticeServer(async (request) => take(request))
  undo.push(() => server.close())
  const url = await server.listen({ host: config.HOST, port: config.NOTICES_PORT })
  return {
    url,
    hand: (given) => {
      take = given
    },
  }
}
