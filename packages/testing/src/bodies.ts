import { aWallet } from './builders.ts'

/** The body of `POST /v1/authorizations`, as a bank sends it: a purchase of 12,500 tenge. */
export function anAuthorizationBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'purchase',
    cardToken: 'ct_halyk_0001',
    transactionAmount: { value: '12500.00', currency: 'KZT' },
    partialApprovalSupported: false,
    acquirerId: '400001',
    terminal: { id: 'T0000001', type: 'pos', entryMode: 'contactless', pinEntered: false },
    merchant: {
      id: 'M00000000000001',
      name: 'Magnum Cash & Carry',
      city: 'Almaty',
      country: 'KZ',
      categoryCode: '5411',
    },
    systemTraceAuditNumber: '000001',
    retrievalReferenceNumber: '632600000001',
    localDateTime: '2026-11-22T15:00:00',
    transmittedAt: '2026-11-22T10:00:00Z',
    ...change,
  }
}

/** The body of `POST /v1/reversals`: no answer came to the authorization of {@link anAuthorizationBody}. */
export function aReversalBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    original: {
      acquirerId: '400001',
      terminalId: 'T0000001',
      systemTraceAuditNumber: '000001',
      retrievalReferenceNumber: '632600000001',
      localDateTime: '2026-11-22T15:00:00',
    },
    reason: 'no_response',
    acquirerId: '400001',
    terminalId: 'T0000001',
    systemTraceAuditNumber: '000002',
    retrievalReferenceNumber: '632600000001',
    localDateTime: '2026-11-22T15:00:02',
    transmittedAt: '2026-11-22T10:00:02Z',
    ...change,
  }
}

/** The body of `PUT /v1/cards/{cardToken}`: an active card with every limit and a wallet. */
export function aCardBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    status: 'active',
    expiresOn: '2028-12',
    lastFour: '0001',
    limits: {
      perTransaction: { value: '500000.00', currency: 'KZT' },
      dailyAmount: { value: '1000000.00', currency: 'KZT' },
      dailyCount: 50,
      monthlyAmount: { value: '5000000.00', currency: 'KZT' },
    },
    walletLink: { ...aWallet() },
    ...change,
  }
}
