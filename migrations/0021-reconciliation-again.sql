-- How much of a finding stands against others for good. What is left of a credit without a record is there for debits
-- that are judged later; a finding of which nothing is left is closed.
ALTER TABLE reconciliation_finding
  ADD COLUMN netted numeric(38, 0) NOT NULL DEFAULT 0,
  ADD CONSTRAINT reconciliation_finding_netted_within CHECK (netted >= 0 AND netted <= coalesce(amount, 0));

-- Credits are asked for by when they can last have been executed as well: that may be long after they were written.
CREATE INDEX movement_credit_valid ON movement (exchange_id, rail, valid_until) WHERE kind = 'credit';
