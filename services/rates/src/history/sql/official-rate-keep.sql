-- Keeps the official rate of a day; one that is kept already stays. Locks nothing but what it adds.
-- $1 currency, $2 day, $3 rate, $4 received_at
INSERT INTO official_rate (currency, day, rate, received_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (currency, day) DO NOTHING
