-- Numbers that approval codes are made of, one for each authorization that is born approved.
-- $1 how many
SELECT nextval('approval_number') AS approval_number FROM generate_series(1, $1::integer)
