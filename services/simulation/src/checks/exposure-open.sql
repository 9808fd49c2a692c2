-- I13 Everything that is owed is collected or cancelled.
SELECT format('exposure %s is still %s: %s', id, state, detail) AS wrong FROM exposure WHERE state <> 'closed'
