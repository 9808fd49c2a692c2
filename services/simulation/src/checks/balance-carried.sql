-- I1 What is carried as the balance of an account is the sum of its postings.
SELECT format('%s carries %s %s, %s are posted', account, running.balance, asset, posted.balance) AS wrong
FROM ledger_running_balance AS running
FULL JOIN (SELECT * FROM ledger_balance WHERE ledger_is_folded(account)) AS posted USING (account, asset)
WHERE coalesce(running.balance, 0) <> coalesce(posted.balance, 0)
