-- What CONCLUDE writes, row by row by key, whatever the planner believes of the tables' sizes: joined to the items in
-- one statement, a plan made while a table was small goes on reading all of it. Arrays correspond by position.

-- Writes the decisions of authorizations whose rows the caller has locked and judged: a reason declines, none approves.
CREATE FUNCTION authorization_decide(
  ids uuid[],
  decline_reasons text[],
  approval_codes text[],
  response_bodies text[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE "authorization" AS stored
  SET
    state = CASE WHEN decided.decline_reason IS NULL THEN 'approved' ELSE 'declined' END,
    decline_reason = decided.decline_reason,
    approval_code = decided.approval_code,
    response_body = decided.response_body,
    concluded_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS decided (id, decline_reason, approval_code, response_body)
  WHERE stored.id = decided.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- Writes what became of intended debits; one that is not intended any more stays as it is.
CREATE FUNCTION movement_conclude(
  movement_references text[],
  states text[],
  exchange_references text[],
  details text[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  -- Not state = 'intended', which would offer the index of open movements: it is walked whole, dead entries included.
  UPDATE movement AS stored
  SET
    state = concluded.state,
    exchange_reference = concluded.exchange_reference,
    detail = concluded.detail,
    next_step_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS concluded (reference, state, exchange_reference, detail)
  WHERE stored.reference = concluded.reference AND stored.state IS NOT DISTINCT FROM 'intended';
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;
