-- I1 The whole ledger sums to zero in every asset.
SELECT format('the ledger is out of balance by %s %s', sum(balance), asset) AS wrong
FROM ledger_balance
GROUP BY asset
HAVING sum(balance) <> 0
