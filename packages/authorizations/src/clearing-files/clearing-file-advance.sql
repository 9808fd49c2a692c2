-- Records that more records of a file are done, with their sums. Locks its row. No row: somebody else has gone on with
-- the file.
-- $1 bank_id, $2 digest, $3 records done before, $4 records done now, $5 tally
UPDATE clearing_file SET records_done = $4, tally = $5
WHERE bank_id = $1 AND digest = $2 AND state = 'loading' AND records_done = $3
RETURNING records_done
