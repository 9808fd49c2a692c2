import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Whose turn it is on each connection. */
export type Turns = {
  /** Came this request before the one before it was answered? Then its connection ends with that answer. */
  readonly isAhead: (request: IncomingMessage, response: ServerResponse) => boolean
  /**
   * Lets a connection end with the answer to a whole request that is still under way on it; false, and nothing is done,
   * where there is none.
   */
  readonly endAfterAnswer: (socket: Socket) => boolean
}

/**
 * Ends connections on which a request comes before the one before it was answered (RFC 9112, 9.3.2: a server may). Node
 * reads 64 KiB at a time, and would begin all of a thousand requests in one turn of the event loop, while every other
 * bank waits. The first is answered; what came after it is left unread.
 */
export function createOneAtATime(): Turns {
  const answering = new WeakMap<Socket, ServerResponse>()
  return {
    isAhead(request, response) {
      const { socket } = request
      // Node gives a socket to one answer at a time.
      if (response.socket !== null) {
        answering.set(socket, response)
        return false
      }
      endAfter(socket, answering.get(socket))
      return true
    },
    endAfterAnswer(socket) {
      const answer = answering.get(socket)
      // Of a request that is not whole nothing was begun: what is wrong is wrong with it.
      if (!answer?.req.complete || answer.writableFinished) return false
      endAfter(socket, answer)
      return true
    },
  }
}

function endAfter(socket: Socket, answer: ServerResponse | undefined): void {
  socket.pause()
  // For one that ends already there is nothing to do: each asking would be remembered until it has ended.
  if (socket.writableEnded) return
  if (answer === undefined || answer.headersSent) socket.destroySoon()
  else answer.setHeader('connection', 'close')
}
