-- Folds what was posted since the last time into the running balances; nothing while another instance does. Running
-- balances are the same before and after.
-- $1 the most changes to fold at once
SELECT ledger_fold($1) AS folded
