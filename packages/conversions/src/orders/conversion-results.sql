-- What conversions brought beyond what was quoted, and what exchanges took as fees in tenge, since ever, in tiyn. Takes
-- no lock.
-- $1 exchange ids, $2 the ledger's account of each result, $3 of its fees (corresponding by position)
SELECT
  asked.exchange_id,
  -coalesce(result.balance, 0) AS result,
  coalesce(fees.balance, 0) AS fees
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (exchange_id, result_account, fee_account)
LEFT JOIN ledger_running_balance AS result ON result.account = asked.result_account AND result.asset = 'KZT'
LEFT JOIN ledger_running_balance AS fees ON fees.account = asked.fee_account AND fees.asset = 'KZT'
