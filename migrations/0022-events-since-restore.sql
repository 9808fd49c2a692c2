-- Authorizers may be at work on the new cluster before anybody calls this. What they wrote is of transactions with
-- small numbers, far before where the readers of the old cluster came, and was taken for handed on: it was told to
-- nobody. Numbers of the old cluster are recognized by being ahead of every transaction that there was here, and the
-- dump's last sequence by them: whatever is later was written here. Where the dump has no such event left, all that it
-- can tell of is owed again rather than lost. Called where nothing was restored it changes nothing of what is owed.
CREATE OR REPLACE FUNCTION event_readers_restore() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  dumped bigint;
  owed bigint;
BEGIN
  LOCK TABLE authorization_event IN SHARE ROW EXCLUSIVE MODE;
  SELECT coalesce(max(sequence), 0) INTO dumped
  FROM authorization_event
  WHERE written_by >= pg_snapshot_xmax(pg_current_snapshot());
  IF NOT EXISTS (SELECT FROM event_reader WHERE read_xid > pg_snapshot_xmax(pg_current_snapshot())) THEN
    dumped := NULL;
  END IF;
  UPDATE authorization_event AS event
  SET written_by = CASE
    WHEN (event.written_by, event.sequence) >= (reader.read_xid, reader.read_sequence) OR event.sequence > dumped
      THEN pg_current_xact_id()
    ELSE '0'
  END
  FROM (SELECT read_xid, read_sequence FROM event_reader ORDER BY read_xid, read_sequence LIMIT 1) AS reader
  WHERE event.written_by > '0'::xid8;
  UPDATE event_reader SET read_xid = pg_current_xact_id(), read_sequence = 0, leased_until = '-infinity';
  SELECT count(*) INTO owed FROM authorization_event WHERE written_by = pg_current_xact_id();
  RETURN owed;
END
$$;
