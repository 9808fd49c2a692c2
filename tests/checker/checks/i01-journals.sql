-- I1 every journal has all its lines
SELECT
  journal_id,
  CASE WHEN count(*) <> max(line) OR min(line) <> 1
    THEN format('journal %s has %s lines, the last of them %s', journal_id, count(*), max(line)) END AS wrong
FROM ledger_posting
GROUP BY journal_id
