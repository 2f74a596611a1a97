-- The register's first schema.
--
-- Rules that every table keeps:
-- * A fact is closed, never overwritten: revision_from is the revision that wrote it,
--   revision_to the one that ended it (NULL while it holds). A state "as of revision R" is
--   revision_from <= R AND (revision_to IS NULL OR revision_to > R).
-- * Times are microseconds since 1970-01-01 UTC. Dates of the register are ISO text; days of
--   the roster are counts of days since 1970-01-01, because there are millions of them.
-- * Lists and small structures of a record are JSON text in the API's own JSON form.
-- Cost: creates empty tables only. Rollback: remove the database file.

-- One row for every committed change: the spine of reproducibility and of the audit trail.
CREATE TABLE revision (
  revision    INTEGER PRIMARY KEY,
  commit_time INTEGER NOT NULL,
  method      TEXT NOT NULL,
  principal   TEXT NOT NULL
) STRICT;

-- Answers to requests that carried an id, so that a retry makes nothing twice.
CREATE TABLE request (
  request_id     TEXT NOT NULL,
  principal      TEXT NOT NULL,
  method         TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  response       BLOB NOT NULL,
  create_time    INTEGER NOT NULL,
  PRIMARY KEY (principal, method, request_id)
) STRICT, WITHOUT ROWID;

-- Single values of the register itself, such as the version of the loaded catalogue.
CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every name that was ever given. Names are never used for another thing.
CREATE TABLE resource (
  name       TEXT PRIMARY KEY CHECK (length(name) BETWEEN 3 AND 400),
  collection TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The catalogue: fields of a record.
CREATE TABLE data_element (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  category TEXT NOT NULL,
  labels TEXT NOT NULL CHECK (labels GLOB '{*}'),
  subject INTEGER NOT NULL,
  sensitivity INTEGER NOT NULL,
  schedule_row TEXT NOT NULL,
  ceds_ids TEXT NOT NULL CHECK (ceds_ids GLOB '{*}'),
  ed_fi_paths TEXT NOT NULL CHECK (ed_fi_paths GLOB '{*}'),
  one_roster_columns TEXT NOT NULL CHECK (one_roster_columns GLOB '{*}'),
  roster_field INTEGER NOT NULL,
  district_defined INTEGER NOT NULL CHECK (district_defined IN (0, 1)),
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX data_element_live ON data_element (name) WHERE revision_to IS NULL;

-- The catalogue: kinds of contract terms.
CREATE TABLE clause_kind (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  labels TEXT NOT NULL CHECK (labels GLOB '{*}'),
  value_type INTEGER NOT NULL,
  citations TEXT NOT NULL CHECK (citations GLOB '{*}'),
  required_by_soppa INTEGER NOT NULL CHECK (required_by_soppa IN (0, 1)),
  redactable INTEGER NOT NULL CHECK (redactable IN (0, 1)),
  district_defined INTEGER NOT NULL CHECK (district_defined IN (0, 1)),
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX clause_kind_live ON clause_kind (name) WHERE revision_to IS NULL;

-- The catalogue: rows of law.
CREATE TABLE regime (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  title TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  obliged INTEGER NOT NULL,
  beneficiary INTEGER NOT NULL,
  period TEXT NOT NULL CHECK (period GLOB '{*}'),
  content_items TEXT NOT NULL CHECK (content_items GLOB '{*}'),
  effective_from TEXT CHECK (effective_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  effective_until TEXT CHECK (effective_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  citation TEXT NOT NULL CHECK (citation GLOB '{*}'),
  subject INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX regime_live ON regime (name) WHERE revision_to IS NULL;

-- Outside parties.
CREATE TABLE vendor (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  legal_name TEXT NOT NULL,
  aliases TEXT NOT NULL CHECK (aliases GLOB '{*}'),
  kind INTEGER NOT NULL,
  business_address TEXT NOT NULL CHECK (business_address GLOB '{*}'),
  website TEXT NOT NULL,
  subcontractor_list_uri TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vendor_live ON vendor (name) WHERE revision_to IS NULL;

-- Products of a vendor.
CREATE TABLE product (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  purpose TEXT NOT NULL,
  pass_through INTEGER NOT NULL CHECK (pass_through IN (0, 1)),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_live ON product (name) WHERE revision_to IS NULL;
CREATE INDEX product_parent ON product (parent);

-- People and desks at a vendor.
CREATE TABLE contact (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  role INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  title TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  address TEXT NOT NULL CHECK (address GLOB '{*}'),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_live ON contact (name) WHERE revision_to IS NULL;
CREATE INDEX contact_parent ON contact (parent);

-- Files known by their digest.
CREATE TABLE document (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  title TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  location TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX document_live ON document (name) WHERE revision_to IS NULL;

-- Written agreements.
CREATE TABLE contract (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  form INTEGER NOT NULL,
  form_version TEXT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  signed_date TEXT CHECK (signed_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  effective_date TEXT CHECK (effective_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  expiry_date TEXT CHECK (expiry_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  termination_date TEXT CHECK (termination_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  termination_reason TEXT NOT NULL,
  supersedes TEXT REFERENCES resource (name),
  products TEXT NOT NULL CHECK (products GLOB '{*}'),
  document TEXT REFERENCES resource (name),
  signer TEXT NOT NULL,
  posted_uri TEXT NOT NULL,
  posted_date TEXT CHECK (posted_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  note TEXT NOT NULL,
  CHECK (expiry_date IS NULL OR effective_date IS NULL OR expiry_date >= effective_date),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contract_live ON contract (name) WHERE revision_to IS NULL;
CREATE INDEX contract_parent ON contract (parent);

-- Terms of a contract.
CREATE TABLE clause (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  clause_kind TEXT NOT NULL REFERENCES resource (name),
  status INTEGER NOT NULL,
  value TEXT NOT NULL CHECK (value GLOB '{*}'),
  section TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX clause_live ON clause (name) WHERE revision_to IS NULL;
CREATE INDEX clause_parent ON clause (parent);

-- What a vendor is given.
CREATE TABLE share (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  title TEXT NOT NULL,
  contract TEXT REFERENCES resource (name),
  product TEXT REFERENCES resource (name),
  elements TEXT NOT NULL CHECK (elements GLOB '{*}'),
  population TEXT NOT NULL CHECK (population GLOB '{*}'),
  start_date TEXT NOT NULL,
  end_date TEXT CHECK (end_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  purpose TEXT NOT NULL,
  note TEXT NOT NULL,
  CHECK (end_date IS NULL OR end_date >= start_date),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX share_live ON share (name) WHERE revision_to IS NULL;
CREATE INDEX share_parent ON share (parent);

-- Compromises.
CREATE TABLE incident (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  vendor TEXT NOT NULL REFERENCES resource (name),
  title TEXT NOT NULL,
  cause INTEGER NOT NULL,
  window_start_date TEXT CHECK (window_start_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  window_end_date TEXT CHECK (window_end_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  window_estimated INTEGER NOT NULL CHECK (window_estimated IN (0, 1)),
  vendor_learned_date TEXT CHECK (vendor_learned_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  vendor_confirmed_date TEXT CHECK (vendor_confirmed_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  vendor_notice_date TEXT CHECK (vendor_notice_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  district_received_date TEXT CHECK (district_received_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  district_determined_date TEXT CHECK (district_determined_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  description TEXT NOT NULL,
  law_enforcement_reference TEXT NOT NULL,
  CHECK (window_end_date IS NULL OR window_start_date IS NULL OR window_end_date >= window_start_date),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX incident_live ON incident (name) WHERE revision_to IS NULL;

-- What a vendor said, in versions.
CREATE TABLE statement (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  statement_date TEXT CHECK (statement_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  products TEXT NOT NULL CHECK (products GLOB '{*}'),
  data_elements TEXT NOT NULL CHECK (data_elements GLOB '{*}'),
  school_years TEXT NOT NULL CHECK (school_years GLOB '{*}'),
  list_use INTEGER NOT NULL,
  list_id_kind INTEGER NOT NULL,
  list_subject INTEGER NOT NULL,
  document TEXT REFERENCES resource (name),
  description TEXT NOT NULL,
  list_entries INTEGER NOT NULL,
  list_people INTEGER NOT NULL,
  list_unmatched INTEGER NOT NULL,
  list_repeated INTEGER NOT NULL,
  list_ambiguous INTEGER NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX statement_live ON statement (name) WHERE revision_to IS NULL;
CREATE INDEX statement_parent ON statement (parent);

-- Notification cases.
CREATE TABLE notification_case (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  incident TEXT NOT NULL REFERENCES resource (name),
  statement TEXT NOT NULL REFERENCES resource (name),
  state INTEGER NOT NULL,
  basis TEXT NOT NULL CHECK (basis GLOB '{*}'),
  people INTEGER NOT NULL,
  cells INTEGER NOT NULL,
  digest TEXT NOT NULL,
  unmatched_entries INTEGER NOT NULL,
  close_reason TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notification_case_live ON notification_case (name) WHERE revision_to IS NULL;

-- Entries of the list that a statement came with, as the vendor wrote them.
CREATE TABLE statement_entry (
  statement     TEXT NOT NULL REFERENCES resource (name),
  position      INTEGER NOT NULL CHECK (position > 0),
  id            TEXT NOT NULL,
  data_elements TEXT NOT NULL CHECK (data_elements GLOB '{*}'),
  PRIMARY KEY (statement, position)
) STRICT, WITHOUT ROWID;

-- The frozen exposure of a case: one row for each distinct set of elements, with the people
-- it concerns as a portable Roaring bitmap of person numbers.
CREATE TABLE case_group (
  case_name TEXT NOT NULL REFERENCES resource (name),
  position  INTEGER NOT NULL CHECK (position >= 0),
  elements  TEXT NOT NULL CHECK (elements GLOB '{*}'),
  people    BLOB NOT NULL,
  PRIMARY KEY (case_name, position)
) STRICT;

-- Other sets of people of a case, fixed when it was opened: `current`, `staff`, `channel:1`, ...
CREATE TABLE case_people (
  case_name TEXT NOT NULL REFERENCES resource (name),
  role      TEXT NOT NULL,
  people    BLOB NOT NULL,
  PRIMARY KEY (case_name, role)
) STRICT;

-- What was sent, when: each row holds only people whose notice had not been sent before.
CREATE TABLE case_sending (
  case_name TEXT NOT NULL REFERENCES resource (name),
  position  INTEGER NOT NULL CHECK (position > 0),
  sent_date TEXT NOT NULL,
  evidence  TEXT NOT NULL,
  people    BLOB NOT NULL,
  revision  INTEGER NOT NULL,
  PRIMARY KEY (case_name, position)
) STRICT;

-- Schools; a school's number is the register's own.
CREATE TABLE school (
  school_id     INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  source_id     TEXT NOT NULL,
  display_name  TEXT NOT NULL,
  revision_from INTEGER NOT NULL
) STRICT;
CREATE INDEX school_source ON school (source_id);

-- Everybody the roster ever named. kind: 1 student, 2 staff, 3 guardian.
CREATE TABLE person (
  person_id        INTEGER PRIMARY KEY,
  kind             INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
  created_revision INTEGER NOT NULL
) STRICT;

-- What the roster says of a person. `known` and `populated` have the bit 1 << n for the roster
-- field n: known and not populated means empty for certain. `current`: in the current roster.
CREATE TABLE person_fact (
  person_id             INTEGER NOT NULL REFERENCES person (person_id),
  revision_from         INTEGER NOT NULL,
  revision_to           INTEGER CHECK (revision_to > revision_from),
  current               INTEGER NOT NULL CHECK (current IN (0, 1)),
  source_id             TEXT NOT NULL,
  district_id           TEXT NOT NULL,
  state_id              TEXT NOT NULL,
  username              TEXT NOT NULL,
  given_name            TEXT NOT NULL,
  middle_name           TEXT NOT NULL,
  family_name           TEXT NOT NULL,
  preferred_given_name  TEXT NOT NULL,
  preferred_family_name TEXT NOT NULL,
  birth_date            INTEGER,
  gender                TEXT NOT NULL,
  race                  TEXT NOT NULL,
  birth_place           TEXT NOT NULL,
  email                 TEXT NOT NULL,
  phone                 TEXT NOT NULL,
  known                 INTEGER NOT NULL,
  populated             INTEGER NOT NULL,
  content_hash          INTEGER NOT NULL,
  PRIMARY KEY (person_id, revision_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_fact_source ON person_fact (source_id) WHERE source_id <> '';
CREATE INDEX person_fact_district ON person_fact (district_id) WHERE district_id <> '';
CREATE INDEX person_fact_state ON person_fact (state_id) WHERE state_id <> '';

-- A stay at one school in one school year (the year in which it ends); both days inclusive,
-- end_date NULL while open.
CREATE TABLE enrollment (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  school_year   INTEGER NOT NULL CHECK (school_year BETWEEN 1900 AND 2200),
  school_id     INTEGER NOT NULL REFERENCES school (school_id),
  grade         TEXT NOT NULL,
  begin_date    INTEGER NOT NULL,
  end_date      INTEGER CHECK (end_date >= begin_date),
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  PRIMARY KEY (person_id, school_year, school_id, grade, begin_date, revision_from)
) STRICT, WITHOUT ROWID;

-- A time in a program such as medicaid; both days inclusive, end_date NULL while open.
CREATE TABLE program_spell (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  program       TEXT NOT NULL,
  begin_date    INTEGER NOT NULL,
  end_date      INTEGER CHECK (end_date >= begin_date),
  identifier    TEXT NOT NULL,
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  PRIMARY KEY (person_id, program, begin_date, revision_from)
) STRICT, WITHOUT ROWID;

-- Who is a parent or guardian of whom.
CREATE TABLE guardian_link (
  student_id    INTEGER NOT NULL REFERENCES person (person_id),
  guardian_id   INTEGER NOT NULL REFERENCES person (person_id),
  position      INTEGER NOT NULL,
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  PRIMARY KEY (student_id, guardian_id, revision_from)
) STRICT, WITHOUT ROWID;

-- The postal address of a person.
CREATE TABLE postal_address (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  line1         TEXT NOT NULL,
  line2         TEXT NOT NULL,
  city          TEXT NOT NULL,
  state         TEXT NOT NULL,
  postal_code   TEXT NOT NULL,
  country       TEXT NOT NULL,
  valid_from    INTEGER,
  PRIMARY KEY (person_id, revision_from)
) STRICT, WITHOUT ROWID;

-- The language spoken at a person's home, BCP 47.
CREATE TABLE home_language (
  person_id     INTEGER NOT NULL REFERENCES person (person_id),
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER CHECK (revision_to > revision_from),
  language      TEXT NOT NULL,
  PRIMARY KEY (person_id, revision_from)
) STRICT, WITHOUT ROWID;

-- What each import did; `record` is the API's RosterImport as JSON.
CREATE TABLE roster_import (
  import_id INTEGER PRIMARY KEY,
  revision  INTEGER NOT NULL,
  digest    TEXT NOT NULL,
  record    TEXT NOT NULL CHECK (record GLOB '{*}')
) STRICT;
