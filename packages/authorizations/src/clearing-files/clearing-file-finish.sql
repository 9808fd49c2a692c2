-- Records that all records of a file are done. Locks its row; a second time changes nothing.
-- $1 bank_id, $2 digest
UPDATE clearing_file SET state = 'done', done_at = coalesce(done_at, clock_timestamp())
WHERE bank_id = $1 AND digest = $2
RETURNING state
