import type { Answer, Endpoint } from '../call.ts'
import { type Fault, isHidden } from '../faults.ts'
import { whenSaved } from '../when-saved.ts'
import { partnerAnswer, partnerRefusal } from './answers.ts'
import type { PartnerDeps } from './deps.ts'
import { lastSegment } from './path.ts'
import { accountOf, describeTransfer, findTransfer, REFERENCE } from './transfer-states.ts'

/** GET /v1/transfers/{reference}: the transfer as it stands, or 404. */
export function transferQueryEndpoint(deps: PartnerDeps): Endpoint {
  return (request) => {
    const admitted = deps.gate(request, 'read')
    if ('status' in admitted) return admitted
    const reference = lastSegment(request)
    if (!REFERENCE.test(reference)) return partnerRefusal('malformed', 'reference')
    const found = findTransfer(deps.book, reference)
    return {
      operation: 'look_up',
      ...(found === undefined ? {} : { wallet: accountOf(found) }),
      headers: {},
      recheck: admitted.recheck,
      run: (fault) => show(deps, reference, fault),
    }
  }
}

/** Found anew: what was not there when the request came may be there after a delay. */
function show(
  { book, now }: PartnerDeps,
  reference: string,
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  const found = findTransfer(book, reference)
  if (found === undefined || isHidden(found.at, fault, now())) return partnerRefusal('not_found')
  return whenSaved(found, partnerAnswer(describeTransfer(found, fault, now())))
}
