-- Personal fields are sealed.
--
-- Purpose: names, birth dates, contacts, identifiers and addresses lie in the database as
--   ciphertext only. `sealed` columns hold what storage/vault.h seals; `*_index` columns hold keyed
--   fingerprints (16 bytes; NULL if the value is empty) for exact look-ups.
-- Cost: renames tables and makes empty ones. The program then seals every row of the old tables
--   and drops them, in one transaction, before it serves: about a minute for a million people, and
--   for that time twice the space (storage/seal_plain_rows.h).
-- Way back: the backup made before the upgrade. There is none without it.

-- The keys of the people 256 N to 256 N + 255; see storage/person_key_store.h.
CREATE TABLE person_key_chunk (
  chunk  INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

DROP INDEX person_fact_source;
DROP INDEX person_fact_district;
DROP INDEX person_fact_state;
ALTER TABLE person_fact RENAME TO plain_person_fact;
ALTER TABLE program_spell RENAME TO plain_program_spell;
ALTER TABLE postal_address RENAME TO plain_postal_address;
ALTER TABLE statement_entry RENAME TO plain_statement_entry;
ALTER TABLE named_people RENAME TO plain_named_people;
ALTER TABLE request RENAME TO plain_request;

-- `sealed` has everything that is not a column of its own here; see storage/roster_store.h.
CREATE TABLE person_fact (
  person_id      INTEGER NOT NULL REFERENCES person (person_id),
  revision_from  INTEGER NOT NULL,
  revision_to    INTEGER CHECK (revision_to > revision_from),
  current        INTEGER NOT NULL CHECK (current IN (0, 1)),
  known          INTEGER NOT NULL,
  populated      INTEGER NOT NULL,
  has_email      INTEGER NOT NULL CHECK (has_email IN (0, 1)),
  content_hash   INTEGER NOT NULL,
  source_index   BLOB CHECK (length(source_index) = 16),
  district_index BLOB CHECK (length(district_index) = 16),
  state_index    BLOB CHECK (length(state_index) = 16),
  sealed         BLOB NOT NULL,
  PRIMARY KEY (person_id, revision_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_fact_source ON person_fact (source_index) WHERE source_index IS NOT NULL;
CREATE INDEX person_fact_district ON person_fact (district_index) WHERE district_index IS NOT NULL;
CREATE INDEX person_fact_state ON person_fact (state_index) WHERE state_index IS NOT NULL;

-- `identifier` is sealed under the person's key; empty if there is none.
CREATE TABLE program_spell (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  program       TEXT NOT NULL,
  begin_date    INTEGER NOT NULL,
  end_date      INTEGER CHECK (end_date >= begin_date),
  identifier    BLOB NOT NULL,
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  PRIMARY KEY (person_id, program, begin_date, revision_from)
) STRICT, WITHOUT ROWID;

-- has_street: the address has a first line.
CREATE TABLE postal_address (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  has_street    INTEGER NOT NULL CHECK (has_street IN (0, 1)),
  sealed        BLOB NOT NULL,
  PRIMARY KEY (person_id, revision_from)
) STRICT, WITHOUT ROWID;

-- Entries of the list that a statement came with; `sealed` is the id as the vendor wrote it.
CREATE TABLE statement_entry (
  statement     TEXT NOT NULL REFERENCES resource (name),
  position      INTEGER NOT NULL CHECK (position > 0),
  id_index      BLOB NOT NULL CHECK (length(id_index) = 16),
  sealed        BLOB NOT NULL,
  data_elements TEXT NOT NULL CHECK (data_elements GLOB '{*}'),
  PRIMARY KEY (statement, position)
) STRICT, WITHOUT ROWID;

-- Whom a transfer or a disposition names, from the revision that recorded it on. `unmatched` is
-- the sealed list of ids that match nobody; empty if there are none.
CREATE TABLE named_people (
  owner         TEXT NOT NULL REFERENCES resource (name),
  revision      INTEGER NOT NULL,
  people_sha256 BLOB NOT NULL REFERENCES people_set (sha256),
  unmatched     BLOB NOT NULL,
  PRIMARY KEY (owner, revision)
) STRICT;

-- Answers to requests that carried an id; `sealed` is the request's digest and the answer.
CREATE TABLE request (
  request_id  TEXT NOT NULL,
  principal   TEXT NOT NULL,
  method      TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (principal, method, request_id)
) STRICT, WITHOUT ROWID;

-- Taken away together with the plain_ tables.
INSERT INTO setting (key, value) VALUES ('plain_rows', 'unsealed');
