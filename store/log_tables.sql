-- The tables of the log in PostgreSQL, and what the roles of machines may do with them. Run once, by the owner of
-- the database (store::create_log); store/postgres_log.cpp reads and writes them. docs/cluster.md explains.

-- Which log this is: the tables of two instances are never taken for each other.
CREATE TABLE jpki_instance (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  id     bytea NOT NULL CHECK (octet_length(id) = 16),
  anchor bytea NOT NULL CHECK (octet_length(anchor) = 32)
);

-- Who may append. Appending locks this row FOR SHARE, so that an epoch begins after all rows of the one before.
CREATE TABLE jpki_epoch (
  one       boolean PRIMARY KEY DEFAULT true CHECK (one),
  number    bigint NOT NULL,
  id        bytea NOT NULL,
  machine   text NOT NULL,
  -- Where the operators' API of that machine is.
  address   text NOT NULL DEFAULT '',
  -- Until then, by this database's clock, no other machine begins an epoch; infinity: the log is closed.
  until     timestamptz NOT NULL DEFAULT '-infinity',
  confirmed bigint NOT NULL DEFAULT 0
);
INSERT INTO jpki_epoch (number, id, machine) VALUES (0, '', '');

CREATE TABLE jpki_log (
  number             bigint PRIMARY KEY CHECK (number > 0),
  epoch              bigint NOT NULL,
  epoch_id           bytea NOT NULL,
  writer             text NOT NULL,
  time               bigint NOT NULL,
  schema             bigint NOT NULL,
  previous           bytea NOT NULL CHECK (octet_length(previous) = 32),
  hash               bytea NOT NULL CHECK (octet_length(hash) = 32),
  views_digest       bytea NOT NULL CHECK (octet_length(views_digest) = 32),
  authorities_digest bytea NOT NULL CHECK (octet_length(authorities_digest) = 32),
  for_views          bytea NOT NULL,
  for_authorities    bytea NOT NULL
);
-- What each machine says of itself, for who looks at the log. Rows from the least number on are not removed.
CREATE TABLE jpki_machine (
  name   text PRIMARY KEY,
  role   text NOT NULL,
  number bigint NOT NULL,
  at     timestamptz NOT NULL
);
-- Read leases: the last request of each machine, and the last that was granted to it. Written many times a second, and
-- worthless after the end of a lease: it is not in the WAL, and empty after a crash of the database.
CREATE UNLOGGED TABLE jpki_lease (
  machine         text PRIMARY KEY,
  process         bytea NOT NULL,
  request         bigint NOT NULL,
  number          bigint NOT NULL,
  hash            bytea NOT NULL,
  requested_at    timestamptz NOT NULL,
  granted_process bytea NOT NULL DEFAULT '',
  granted         bigint NOT NULL DEFAULT 0,
  length          bigint NOT NULL DEFAULT 0,
  granted_at      timestamptz NOT NULL DEFAULT '-infinity'
);
-- What machines that do not lead have for the leader to put on record. The last one of each machine stays, without its
-- body, for its number.
CREATE TABLE jpki_inbox (
  machine  text NOT NULL,
  sequence bigint NOT NULL,
  body     bytea NOT NULL,
  PRIMARY KEY (machine, sequence)
);
-- Published lists, in pieces: their records are in the log.
CREATE TABLE jpki_file (
  folder text NOT NULL,
  name   text NOT NULL,
  piece  bigint NOT NULL,
  bytes  bytea NOT NULL,
  PRIMARY KEY (folder, name, piece)
);
ALTER TABLE jpki_file ALTER bytes SET STORAGE EXTERNAL;
-- Operations are sealed or small: compressing them costs time and gains nothing.
ALTER TABLE jpki_log ALTER for_views SET STORAGE EXTERNAL, ALTER for_authorities SET STORAGE EXTERNAL;

-- Roles without a login; the roles with which machines connect are members of one of them.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jpki_authority') THEN CREATE ROLE jpki_authority; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jpki_view') THEN CREATE ROLE jpki_view; END IF;
END $$;
REVOKE ALL ON jpki_instance, jpki_epoch, jpki_log, jpki_machine, jpki_lease, jpki_inbox, jpki_file FROM PUBLIC;
GRANT SELECT ON jpki_instance TO jpki_authority, jpki_view;
GRANT SELECT, UPDATE ON jpki_epoch TO jpki_authority;
GRANT SELECT, INSERT, UPDATE ON jpki_machine, jpki_lease TO jpki_authority;
GRANT SELECT, INSERT, UPDATE, DELETE ON jpki_inbox TO jpki_authority;
GRANT SELECT, INSERT, DELETE ON jpki_file TO jpki_authority;
GRANT SELECT ON jpki_file TO jpki_view;
-- Rows are appended and never changed. The owner of the tables alone removes some (store/postgres_trim.h).
GRANT SELECT, INSERT ON jpki_log TO jpki_authority;
GRANT SELECT (number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
              for_views) ON jpki_log TO jpki_view;
