-- I5 everything on record was asked for by a message of the bank
SELECT
  answered.id,
  CASE WHEN NOT EXISTS (
    SELECT FROM heard
    WHERE heard.bank = answered.bank_id AND heard.key = answered.network_key AND heard.call = answered.call
  ) THEN format('no bank sent %s %s', answered.call, answered.id) END AS wrong
FROM answered
