-- A bank's list of all its cards is read along its own rows: a small bank's among two hundred thousand of others took
-- 350 ms by id alone. Ids are made in the order of time, so an insert goes to the last page of its bank.
CREATE INDEX authorization_bank ON "authorization" (bank_id, id);
