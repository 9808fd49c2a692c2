import type { MovementReference } from '@tolem/domain/ids'

type Gate = {
  readonly reached: PromiseWithResolvers<void>
  readonly released: PromiseWithResolvers<void>
}

/** Answers that a test holds back, by the movement that they are about. */
export function createGates() {
  const gates = new Map<MovementReference, Gate>()

  return {
    close: (reference: MovementReference) => {
      const gate = {
        reached: Promise.withResolvers<void>(),
        released: Promise.withResolvers<void>(),
      }
      gates.set(reference, gate)
      return { reached: gate.reached.promise, release: () => gate.released.resolve() }
    },
    pass: async (reference: MovementReference) => {
      const gate = gates.get(reference)
      gates.delete(reference)
      gate?.reached.resolve()
      await gate?.released.promise
    },
  }
}
