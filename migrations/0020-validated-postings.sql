-- What 0019 left unproved, in a transaction of its own: the table is read while others go on writing into it.
ALTER TABLE ledger_posting VALIDATE CONSTRAINT ledger_posting_of_something;
