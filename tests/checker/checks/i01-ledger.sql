-- I1 the whole ledger sums to zero in every asset
SELECT asset, CASE WHEN sum(balance) <> 0 THEN format('the ledger is out of balance by %s %s', sum(balance), asset) END
  AS wrong
FROM ledger_balance
GROUP BY asset
