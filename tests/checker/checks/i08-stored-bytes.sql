-- I8 what the bank heard stands on record, byte for byte: nothing that was answered is lost
SELECT
  op,
  CASE
    WHEN answered.id IS NULL THEN format('op %s heard of %s %s, which is not on record', op, heard.call, heard.id)
    WHEN (answered.bank_id, answered.network_key) <> (heard.bank, heard.key)
      THEN format('op %s heard of %s, which answers another message', op, heard.id)
    WHEN answered.digest IS DISTINCT FROM heard.digest
      THEN format('op %s heard other bytes of %s than are on record', op, heard.id)
  END AS wrong
FROM heard LEFT JOIN answered ON answered.id = heard.id AND answered.call = heard.call
WHERE result = 'ok'
