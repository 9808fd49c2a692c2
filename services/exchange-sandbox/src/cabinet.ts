import type { Store, StoredDocument } from './store.ts'

/**
 * What an exchange keeps besides money (quotes, agreements not yet signed, notices under way) in drawers of documents
 * by key. A document is plain JSON (no bigint, no undefined), replaced as a whole and never changed in place.
 */
export type Drawer<Document> = {
  find(key: string): Document | undefined
  values(): Iterable<Document>
  /** Files it, or replaces the one with this key. Gives what an answer must await, if anything. */
  put(key: string, document: Document): Promise<void> | undefined
  remove(key: string): Promise<void> | undefined
}

/** All drawers. Each is opened once, by who owns its documents. */
export type Cabinet = { open<Document>(drawer: string): Drawer<Document> }

/** A cabinet with what the store kept. */
export function createCabinet(kept: readonly StoredDocument[], store: Store): Cabinet {
  const drawers = new Map<string, Map<string, unknown>>()
  const drawerOf = (name: string) => {
    const drawer = drawers.get(name) ?? new Map<string, unknown>()
    drawers.set(name, drawer)
    return drawer
  }
  for (const { drawer, key, body } of kept) drawerOf(drawer).set(key, body)

  return {
    open: <Document>(name: string): Drawer<Document> => {
      // Only its owner writes into a drawer, so what comes back is what it put there.
      const documents = drawerOf(name) as Map<string, Document>
      return {
        find: (key) => documents.get(key),
        values: () => documents.values(),
        put: (key, document) => {
          documents.set(key, document)
          return store.saveDocument({ drawer: name, key, body: document })
        },
        remove: (key) => {
          documents.delete(key)
          return store.saveDocument({ drawer: name, key, body: null })
        },
      }
    },
  }
}
