import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type AdapterDeps, openAdapters } from './adapters.ts'
import { authorize } from './authorize.ts'
import type { Message } from './message.ts'
import type { Report } from './report.ts'
import { answerInTime, toAnswer } from './server.ts'
import { toServerPorts } from './server-ports.ts'

/** Everything that an authorizer decides, on a database and on rails that are given, without a socket. */
export type AuthorizerLogic = {
  start(): Promise<void>
  /** What a bank is answered; it has the deadlines, the problems and the bytes of the HTTP server's answers. */
  answer(message: Message): Promise<WireAnswer>
}

/** Joins the adapters as the service does. `onMistake` is told of what nobody expected. */
export function openAuthorizerLogic(
  deps: AdapterDeps & { readonly opened: NonNullable<AdapterDeps['opened']> },
  onMistake: (error: unknown) => void,
): AuthorizerLogic {
  const adapters = openAdapters(deps, { ...SILENT, mistake: onMistake })
  const ports = toServerPorts(adapters, () => undefined)
  const pathByUrl = new Map([
    ['/v1/authorizations', ports.authorize],
    ['/v1/increments', ports.increment],
  ])
  const routeByUrl = new Map(
    ports.routes.filter(({ method }) => method === 'POST').map((route) => [route.url, route]),
  )
  return {
    async start() {
      await adapters.cards.start()
      await adapters.mirror.start()
    },
    async answer(message) {
      const verified = ports.verify(message)
      if (!verified.ok) return verified.answer
      const path = pathByUrl.get(message.path)
      const route = routeByUrl.get(message.path)
      try {
        if (path)
          return await authorize({ ...path, verify: () => verified }, message).catch(
            toAnswer(ports),
          )
        if (!route) return problem('not_found')
        return await answerInTime(ports, route, { ...verified, message, parameters: {} })
      } finally {
        adapters.admission.leave(verified.caller.id, false)
      }
    },
  }
}

const ignore = () => undefined

const SILENT: Report = {
  authorization: ignore,
  exchangeCall: ignore,
  batch: ignore,
  withdrawn: ignore,
  databaseFault: ignore,
  mirrorFault: ignore,
  busFault: ignore,
  mistake: ignore,
}
