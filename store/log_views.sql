-- What views may do with the tables of the log. Run by the owner: with log_tables.sql, and again by `jpki view add
-- --log` for logs that were made before there were views; a second time it changes nothing.
--
-- A view connects with a role of its name, a member of jpki_view alone. The leader keeps jpki_view_name in step with
-- the store's list of views: a role that is not in it reads no row and writes none. session_user, unlike
-- current_user, is not changed by SET ROLE.

CREATE TABLE IF NOT EXISTS jpki_view_name (name text PRIMARY KEY);
REVOKE ALL ON jpki_view_name FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON jpki_view_name TO jpki_authority;
GRANT SELECT ON jpki_view_name TO jpki_view;

-- The nonces of the PIN-less path, each taken once over all machines (store/nonce_table.h). What was taken before the
-- table was made is not in it: nothing is taken until it is as old as nonces are remembered.
CREATE TABLE IF NOT EXISTS jpki_nonce (
  mark    bytea PRIMARY KEY CHECK (octet_length(mark) = 16),
  number  bigint GENERATED ALWAYS AS IDENTITY,
  machine text NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS jpki_nonce_number ON jpki_nonce (number);
CREATE TABLE IF NOT EXISTS jpki_nonce_memory (
  one   boolean PRIMARY KEY DEFAULT true CHECK (one),
  begun timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO jpki_nonce_memory DEFAULT VALUES ON CONFLICT DO NOTHING;
REVOKE ALL ON jpki_nonce, jpki_nonce_memory FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON jpki_nonce TO jpki_authority;
GRANT SELECT ON jpki_nonce_memory TO jpki_authority, jpki_view;
-- A view puts its own there, and sees no other machine's: that one is there, it learns by asking for it alone.
GRANT SELECT (mark, machine), INSERT (mark, machine) ON jpki_nonce TO jpki_view;

-- A view that was removed loses its lease.
GRANT DELETE ON jpki_lease TO jpki_authority;

GRANT SELECT ON jpki_instance, jpki_file TO jpki_view;
GRANT SELECT (number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
              for_views) ON jpki_log TO jpki_view;
GRANT SELECT, INSERT, UPDATE ON jpki_machine TO jpki_view;
-- It asks for a lease, and reads the grant; what was granted it cannot write.
GRANT SELECT, INSERT (machine, process, request, number, hash, requested_at),
      UPDATE (process, request, number, hash, requested_at) ON jpki_lease TO jpki_view;
GRANT SELECT (machine, sequence), INSERT ON jpki_inbox TO jpki_view;

DO $$
DECLARE
  of text;
BEGIN
  FOREACH of IN ARRAY ARRAY['jpki_log', 'jpki_machine', 'jpki_lease', 'jpki_inbox', 'jpki_file', 'jpki_view_name',
                           'jpki_nonce', 'jpki_nonce_memory'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of);
    EXECUTE format('DROP POLICY IF EXISTS authorities ON %I', of);
    EXECUTE format('CREATE POLICY authorities ON %I TO jpki_authority USING (true) WITH CHECK (true)', of);
    EXECUTE format('DROP POLICY IF EXISTS views ON %I', of);
  END LOOP;
END $$;
CREATE POLICY views ON jpki_view_name FOR SELECT TO jpki_view USING (name = session_user::text);
CREATE POLICY views ON jpki_nonce TO jpki_view
  USING (machine = session_user::text)
  WITH CHECK (machine = session_user::text
              AND EXISTS (SELECT FROM jpki_view_name v WHERE v.name = session_user::text));
CREATE POLICY views ON jpki_nonce_memory FOR SELECT TO jpki_view
  USING (EXISTS (SELECT FROM jpki_view_name WHERE jpki_view_name.name = session_user::text));
CREATE POLICY views ON jpki_log FOR SELECT TO jpki_view
  USING (EXISTS (SELECT FROM jpki_view_name WHERE jpki_view_name.name = session_user::text));
CREATE POLICY views ON jpki_file FOR SELECT TO jpki_view
  USING (EXISTS (SELECT FROM jpki_view_name WHERE jpki_view_name.name = session_user::text));
-- A moment in the future would make a machine look alive, or a request young, for ever.
CREATE POLICY views ON jpki_machine TO jpki_view
  USING (name = session_user::text)
  WITH CHECK (name = session_user::text AND role = 'view' AND at <= clock_timestamp()
              AND EXISTS (SELECT FROM jpki_view_name v WHERE v.name = session_user::text));
CREATE POLICY views ON jpki_lease TO jpki_view
  USING (machine = session_user::text)
  WITH CHECK (machine = session_user::text AND requested_at <= clock_timestamp()
              AND EXISTS (SELECT FROM jpki_view_name v WHERE v.name = session_user::text));
CREATE POLICY views ON jpki_inbox TO jpki_view
  USING (machine = session_user::text)
  WITH CHECK (machine = session_user::text AND octet_length(body) BETWEEN 1 AND 1048576
              AND EXISTS (SELECT FROM jpki_view_name v WHERE v.name = session_user::text));
