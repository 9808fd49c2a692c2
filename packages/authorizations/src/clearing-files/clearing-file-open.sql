-- Records a clearing file, or finds what was recorded of it before. Locks its row.
-- $1 bank_id, $2 digest, $3 tally to begin with
INSERT INTO clearing_file AS stored (bank_id, digest, state, tally)
VALUES ($1, $2, 'loading', $3)
ON CONFLICT ON CONSTRAINT clearing_file_pkey DO UPDATE SET state = stored.state
RETURNING state, records_done, tally, report, started_at
