import { mkdtempSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { writeDemoFile } from '@tolem/client/demo-file'
import { composeTerminal } from '../compose.ts'
import { createPaint } from '../shell.ts'

/** A request as the bank API got it. */
export type Heard = {
  /** `POST /v1/authorizations` */
  readonly call: string
  readonly keyId: string
  readonly body: Record<string, unknown>
}
/** What the bank API says to it. */
export type Answer = readonly [status: number, body: object] | 'hang up'

/** A home of the terminal with a bank API beside it. */
export type Setting = {
  readonly home: string
  /** All requests, in the order in which they came. */
  readonly heard: readonly Heard[]
  /** All that the last command wrote. */
  readonly said: () => string
  /** Runs the command line, on a clock on which waiting takes no time. */
  readonly run: (words: string) => Promise<number>
  /** Starts a bank API that answers as told, and writes the demo file that leads to it. */
  readonly listen: (answer: (heard: Heard) => Answer) => Promise<void>
}

/** As many as no purchase takes, so that each of its choices falls either way in turn. */
const CHANCES = [0.05, 0.95, 0.35, 0.65, 0.2, 0.8, 0.5]

/** An empty home. `atEnd` takes what must be closed when the test is over. */
export function openSetting(atEnd: (close: () => void) => void): Setting {
  const home = mkdtempSync(join(tmpdir(), 'terminal-'))
  const heard: Heard[] = []
  let said = ''
  const say = (text: string) => {
    said += text
  }
  return {
    home,
    heard,
    said: () => said,
    run(words) {
      said = ''
      return composeTerminal(createTestShell(say), { TOLEM_HOME: home }).run(words.split(' '))
    },
    async listen(answer) {
      const server = createServer((request, response) => void receive(request, response))
      const receive = async (request: IncomingMessage, response: ServerResponse) => {
        const one = await hear(request)
        heard.push(one)
        const told = answer(one)
        if (told === 'hang up') return request.socket.destroy()
        return response
          .writeHead(told[0], { 'content-type': 'application/json' })
          .end(JSON.stringify(told[1]))
      }
      const { promise: listening, resolve } = Promise.withResolvers<void>()
      server.listen(0, '127.0.0.1', resolve)
      await listening
      atEnd(() => {
        server.closeAllConnections()
        server.close()
      })
      const { port } = server.address() as AddressInfo
      writeDemo(home, `http://127.0.0.1:${port}`)
    },
  }
}

function createTestShell(say: (text: string) => void): Parameters<typeof composeTerminal>[0] {
  let time = 0
  let chance = 0
  return {
    out: say,
    error: say,
    isInteractive: false,
    paint: createPaint(false),
    now: Date.now,
    monotonicNow: () => time,
    random: () => CHANCES[chance++ % CHANCES.length] ?? 0,
    wait: async (milliseconds) => {
      time += milliseconds
    },
    catchInterruption: () => new AbortController().signal,
  }
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const { method, url, headers } = request
  const keyId = /keyid="([^"]+)"/.exec(String(headers['signature-input']))?.[1] ?? ''
  const hasBody = method === 'POST' || method === 'PUT'
  const body = hasBody ? ((await json(request)) as Record<string, unknown>) : {}
  return { call: `${method} ${url}`, keyId, body }
}

function writeDemo(home: string, url: string): void {
  const key = Buffer.alloc(32, 1).toString('base64')
  const bank = { algorithm: 'hmac-sha256', key } as const
  const card = { status: 'active', expiresOn: '2029-12', limits: {} } as const
  const cards = [
    { token: 'card_rich', description: 'pays', card },
    { token: 'card_poor', description: 'has no money' },
  ]
  writeDemoFile(join(home, 'demo.json'), {
    url,
    sandboxUrl: 'http://127.0.0.1:8083',
    banks: [
      { ...bank, id: 'halyk', name: 'Halyk Bank', keyId: 'halyk-demo', cards },
      { ...bank, id: 'altyn', name: 'Altyn Bank', keyId: 'altyn-demo', cards },
    ],
  })
}
