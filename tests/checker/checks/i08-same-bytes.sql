-- I8 the same message heard the same bytes, whichever process answered
SELECT
  key,
  CASE WHEN count(DISTINCT digest) > 1
    THEN format('%s %s of %s heard %s different answers: ops %s', call, key, bank, count(DISTINCT digest),
      string_agg(op::text, ' ' ORDER BY op)) END AS wrong
FROM heard
WHERE result = 'ok'
GROUP BY call, bank, key
