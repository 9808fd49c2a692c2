-- Which of the sessions $1 wait for a lock that another session holds.
SELECT pid FROM unnest($1::int[]) AS asked (pid) WHERE cardinality(pg_blocking_pids(pid)) > 0
