-- What several checks read, once everything is loaded.

-- Our movements by the names under which the exchange knows them: our reference, but for a transfer at Bybit, which
-- has a UUID of version 8 out of its SHA-256. Amounts in whole coins: multiplied, because a quotient is rounded.
CREATE TEMP TABLE ours AS
SELECT
  movement.*,
  wallet ->> 'walletId' AS wallet_id,
  trim_scale(amount * ('1e-' || decimals)::numeric) AS coins,
  CASE rail
    WHEN 'bybit-subaccount' THEN overlay(
      overlay(left(digest, 32) PLACING '8' FROM 13 FOR 1)
      PLACING substr('89ab', 1 + (position(substr(digest, 17, 1) IN '0123456789abcdef') - 1) % 4, 1) FROM 17 FOR 1
    )::uuid::text
    ELSE reference
  END AS exchange_name
FROM movement
JOIN counted_in USING (asset)
CROSS JOIN LATERAL (SELECT encode(sha256(convert_to(reference, 'UTF8')), 'hex') AS digest) AS hashed;
CREATE INDEX ON ours (authorization_id);
CREATE INDEX ON ours (exchange_id, exchange_name);
CREATE INDEX ON ours (debit_reference);
CREATE UNIQUE INDEX ON ours (reference);
CREATE INDEX ON moved (exchange, reference);
CREATE INDEX ON heard (bank, key);
CREATE INDEX ON heard (id);

-- What went back of each executed debit.
CREATE TEMP TABLE given_back AS
SELECT
  debit_reference,
  sum(amount) AS amount,
  coalesce(sum(amount) FILTER (WHERE purpose = 'refund'), 0) AS refunds
FROM ours
WHERE kind = 'credit' AND state = 'executed'
GROUP BY debit_reference;
CREATE UNIQUE INDEX ON given_back (debit_reference);

-- Every answer on record, by its id and the call that it answers.
CREATE TEMP TABLE answered AS
SELECT id, bank_id, network_key, answer.call, encode(sha256(convert_to(response_body, 'UTF8')), 'hex') AS digest
FROM (
  SELECT
    id, bank_id, network_key, response_body,
    CASE kind WHEN 'authorization' THEN 'authorizations' WHEN 'increment' THEN 'increments' ELSE 'advices' END AS call
  FROM "authorization" WHERE kind IN ('authorization', 'increment', 'advice')
  UNION ALL SELECT id, bank_id, network_key, response_body, 'reversals' FROM reversal
  UNION ALL SELECT id, bank_id, network_key, response_body, 'clearings' FROM clearing
  UNION ALL SELECT id, bank_id, network_key, response_body, 'refunds' FROM refund
) AS answer;
CREATE INDEX ON answered (id);
ANALYZE heard; ANALYZE moved; ANALYZE ours; ANALYZE given_back; ANALYZE answered;
