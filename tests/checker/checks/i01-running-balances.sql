-- I1 running balances are the sums of the postings
SELECT
  account,
  CASE WHEN running.balance IS DISTINCT FROM coalesce(posted.balance, 0)
    THEN format('%s: %s %s are running, %s posted', account, running.balance, asset, posted.balance) END AS wrong
FROM ledger_running_balance AS running LEFT JOIN ledger_balance AS posted USING (account, asset)
