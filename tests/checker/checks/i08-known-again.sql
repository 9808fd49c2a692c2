-- I8 no faithful repeat was taken for another message, and nothing failed that is no bank's fault
SELECT op, format('%s %s of %s: op %s failed with %s %s', call, key, bank, op, status, problem) AS wrong
FROM heard
WHERE status >= 400 AND (status <> 503 OR problem IS NULL) AND status <> 409
UNION ALL
SELECT op, NULL FROM heard WHERE status IS NOT NULL AND (status < 400 OR status = 409 OR status = 503)
