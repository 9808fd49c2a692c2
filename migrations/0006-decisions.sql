-- What decisions need of an authorization's row besides.

-- billing_amount is what is counted, and what an approval holds. Where that was lowered to less than was asked for (the
-- wallet covers no more, or the cash of a purchase is not permitted), requested_amount keeps what was asked for.
ALTER TABLE "authorization" ADD COLUMN requested_amount bigint;

-- An increment whose original we do not know is declined, and has no parent.
ALTER TABLE "authorization" DROP CONSTRAINT authorization_parent_iff_increment;
ALTER TABLE "authorization" ADD CONSTRAINT authorization_parent_of_increment
  CHECK (CASE kind WHEN 'increment' THEN parent_id IS NOT NULL OR state = 'declined' ELSE parent_id IS NULL END);
