-- What settlement needs to collect exposures, and to load a bank's clearing file.

-- exchange_id: where it was last tried to be collected, for the figures that are shown; absent until then. refused: how
-- many of its debits were refused; the pause before the next one grows with it.
ALTER TABLE exposure
  ADD COLUMN exchange_id text,
  ADD COLUMN refused integer NOT NULL DEFAULT 0;
-- A card that changed may pay now: whatever waits for it is tried at once.
CREATE INDEX exposure_card ON exposure (bank_id, card_token) WHERE state = 'open';

-- A clearing file of a bank, known by its bytes (SHA-256). records_done says how many of its records are surely
-- recorded; the ids of its clearings are made of the digest, the record's place and started_at, so that a loader which
-- was killed finds what it had recorded as its own. tally is the file's sums so far, as its loader counts them.
-- report is where its report was last written.
CREATE TABLE clearing_file (
  bank_id text NOT NULL,
  digest bytea NOT NULL,
  state text NOT NULL,
  records_done bigint NOT NULL DEFAULT 0,
  tally text NOT NULL,
  report text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at timestamptz,
  CONSTRAINT clearing_file_pkey PRIMARY KEY (bank_id, digest),
  CONSTRAINT clearing_file_state_known CHECK (state IN ('loading', 'done')),
  CONSTRAINT clearing_file_records_not_negative CHECK (records_done >= 0)
);
