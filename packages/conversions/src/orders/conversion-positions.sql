-- What is to be converted of each asset, with the last order for it: all of one instant, so that an order which is
-- finished here has its postings in the position, and one that is intended after this has a later ordinal. Crypto that
-- credits were decided for is not ours to sell: it counts as gone, as its tenge do. Takes no lock.
-- $1 exchange ids, $2 assets, $3 the ledger's account of each crypto, $4 of its worth (corresponding by position)
SELECT
  asked.exchange_id, asked.asset,
  coalesce(crypto.balance, 0) - coalesce(owed.amount, 0) AS position,
  coalesce(worth.balance, 0) AS book,
  coalesce(latest.ordinal, 0) AS ordinal,
  latest.id IS NOT NULL AND latest.finished_at IS NULL AS is_busy,
  coalesce(latest.refusals, 0) AS refusals,
  latest.refusal,
  latest.finished_at,
  now() AS seen_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
  AS asked (exchange_id, asset, crypto_account, worth_account)
LEFT JOIN ledger_running_balance AS crypto
  ON crypto.account = asked.crypto_account AND crypto.asset = asked.asset
LEFT JOIN ledger_running_balance AS worth ON worth.account = asked.worth_account AND worth.asset = 'KZT'
LEFT JOIN movement_credits_owed() AS owed ON owed.exchange_id = asked.exchange_id AND owed.asset = asked.asset
LEFT JOIN LATERAL (
  SELECT id, ordinal, refusals, refusal, finished_at
  FROM conversion_order
  WHERE conversion_order.exchange_id = asked.exchange_id AND conversion_order.asset = asked.asset
  ORDER BY ordinal DESC
  LIMIT 1
) AS latest ON true
