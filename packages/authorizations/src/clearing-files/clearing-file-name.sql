-- Records where the report of a file is written. Locks the file's row.
-- $1 bank_id, $2 digest, $3 report
UPDATE clearing_file SET report = $3 WHERE bank_id = $1 AND digest = $2 RETURNING state
