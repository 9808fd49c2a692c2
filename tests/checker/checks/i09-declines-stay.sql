-- I9 what the bank heard declined it never heard approved
SELECT
  key,
  CASE WHEN count(DISTINCT decision) > 1
    THEN format('%s %s of %s heard %s: ops %s', call, key, bank, string_agg(DISTINCT decision, ' and '),
      string_agg(op::text, ' ' ORDER BY op)) END AS wrong
FROM heard
WHERE result = 'ok' AND decision IS NOT NULL
GROUP BY call, bank, key
