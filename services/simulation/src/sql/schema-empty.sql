-- Everything as after the migrations, for the next seed.
SET session_replication_role = replica;

DO
$$
BEGIN
  EXECUTE (
    SELECT
      'TRUNCATE ' || string_agg('public.' || quote_ident(tablename), ', ' ORDER BY tablename) || ' RESTART IDENTITY'
    FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'migration_checksums', 'event_reader')
  );
END
$$;

ALTER SEQUENCE approval_number RESTART;

ALTER SEQUENCE event_claim RESTART;

SET session_replication_role = origin;
