import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Ends connections on which a request comes before the one before it was answered (RFC 9112, 9.3.2: a server may). Node
 * reads 64 KiB at a time, and would begin all of a thousand requests in one turn of the event loop, while every other
 * bank waits. The first is answered; what came after it is left unread, and true is told of it.
 */
export function createOneAtATime(): (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean {
  const answering = new WeakMap<Socket, ServerResponse>()
  return (request, response) => {
    const { socket } = request
    // Node gives a socket to one answer at a time.
    if (response.socket !== null) {
      answering.set(socket, response)
      return false
    }
    socket.pause()
    const first = answering.get(socket)
    if (first === undefined || first.headersSent) socket.destroySoon()
    else first.setHeader('connection', 'close')
    return true
  }
}
