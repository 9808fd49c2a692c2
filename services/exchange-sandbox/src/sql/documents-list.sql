-- All documents.
SELECT drawer, key, body
FROM exchange_sandbox.documents
