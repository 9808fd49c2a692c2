import { z } from 'zod'

/** A bank's, an exchange's or the programme's own name. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,31}$/, 'lower-case letters, digits and hyphens')

export const day = z.iso.date()
/** 1 = 0.01 %. */
export const basisPoints = z.int().min(0).max(9_999)
export const positiveMs = z.int().positive()

/** `env:NAME` or `file:/path`: the programme never holds a secret itself. */
export const secretReference = z
  .string()
  .regex(/^(env:[A-Z][A-Z0-9_]*|file:\/.+)$/, 'env:NAME or file:/path')

/** TLS everywhere; plain HTTP and WebSocket only to this machine, which is where sandboxes run. */
export const host = z.url().refine((text) => {
  // What is no address at all is refused by the check before: this one must not throw on it.
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  return ['https:', 'wss:'].includes(url.protocol) || isLoopback
}, 'must be https or wss (plain only for loopback)')

/** Where a bank takes events: TLS, plain HTTP to this machine only. Credentials in an address would be logged. */
export const webhookUrl = host.refine((text) => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return ['https:', 'http:'].includes(protocol) && username === '' && password === ''
}, 'must be https, without credentials')
