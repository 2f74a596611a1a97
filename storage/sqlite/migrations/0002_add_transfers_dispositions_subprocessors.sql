-- What was really sent, what was destroyed, and where data also rests.
--
-- Purpose: transfers, dispositions and subprocessors as records; the people they name as sets
--   known by their digest, because the same list goes out night after night; shares in the scope
--   of a statement; the format of a case's digest (1: the one of all cases frozen so far).
-- Cost: two columns with defaults (no row is rewritten) and twelve small indexes over existing
--   and new tables; a register of 10,000 shares takes well below a second.
-- Way back: drop the tables and indexes made here and the columns statement.shares and
--   notification_case.digest_format; what was recorded in them is lost.

ALTER TABLE statement ADD COLUMN shares TEXT NOT NULL DEFAULT '{}' CHECK (shares GLOB '{*}');
ALTER TABLE notification_case ADD COLUMN digest_format INTEGER NOT NULL DEFAULT 1;

-- Vendors to whom a vendor passes data on.
CREATE TABLE subprocessor (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  processor TEXT NOT NULL REFERENCES resource (name),
  data_elements TEXT NOT NULL CHECK (data_elements GLOB '{*}'),
  start_date TEXT CHECK (start_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  end_date TEXT CHECK (end_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  purpose TEXT NOT NULL,
  source TEXT NOT NULL,
  allow_cycle INTEGER NOT NULL CHECK (allow_cycle IN (0, 1)),
  note TEXT NOT NULL,
  CHECK (end_date IS NULL OR start_date IS NULL OR end_date >= start_date),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX subprocessor_live ON subprocessor (name) WHERE revision_to IS NULL;
CREATE INDEX subprocessor_parent ON subprocessor (parent);
CREATE INDEX subprocessor_processor ON subprocessor (processor);

-- Certificates that data was destroyed or returned.
CREATE TABLE disposition (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  nature INTEGER NOT NULL,
  disposition_date TEXT NOT NULL CHECK (disposition_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  shares TEXT NOT NULL CHECK (shares GLOB '{*}'),
  products TEXT NOT NULL CHECK (products GLOB '{*}'),
  data_elements TEXT NOT NULL CHECK (data_elements GLOB '{*}'),
  includes_subprocessors INTEGER NOT NULL CHECK (includes_subprocessors IN (0, 1)),
  lists_people INTEGER NOT NULL CHECK (lists_people IN (0, 1)),
  id_kind INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  document TEXT REFERENCES resource (name),
  signer TEXT NOT NULL,
  request_date TEXT CHECK (request_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  note TEXT NOT NULL,
  ids INTEGER NOT NULL,
  people INTEGER NOT NULL,
  unmatched INTEGER NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX disposition_live ON disposition (name) WHERE revision_to IS NULL;
CREATE INDEX disposition_parent ON disposition (parent);

-- Files that were sent to a vendor.
CREATE TABLE transfer (
  name          TEXT NOT NULL REFERENCES resource (name),
  parent        TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  share TEXT REFERENCES resource (name),
  product TEXT REFERENCES resource (name),
  send_time TEXT NOT NULL CHECK (send_time GLOB '{*}'),
  elements TEXT NOT NULL CHECK (elements GLOB '{*}'),
  file_sha256 TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via GLOB '{*}'),
  id_kind INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  reference TEXT NOT NULL,
  note TEXT NOT NULL,
  send_date TEXT NOT NULL CHECK (send_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  ids INTEGER NOT NULL,
  people INTEGER NOT NULL,
  unmatched INTEGER NOT NULL,
  repeated INTEGER NOT NULL,
  ambiguous INTEGER NOT NULL,
  undeclared INTEGER NOT NULL CHECK (undeclared IN (0, 1)),
  findings TEXT NOT NULL CHECK (findings GLOB '{*}'),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX transfer_live ON transfer (name) WHERE revision_to IS NULL;
CREATE INDEX transfer_parent ON transfer (parent);
CREATE INDEX transfer_share ON transfer (share) WHERE share IS NOT NULL;
CREATE INDEX transfer_product ON transfer (product) WHERE product IS NOT NULL;

-- Sets of people, each once: `people` is a portable Roaring bitmap of person numbers, `size`
-- how many they are.
CREATE TABLE people_set (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  size   INTEGER NOT NULL CHECK (size >= 0),
  people BLOB NOT NULL
) STRICT;

-- Whom a transfer or a disposition names, from the revision that recorded it on. `unmatched` is
-- the list of ids that match nobody, in the form of storage/people_set_store.h.
CREATE TABLE named_people (
  owner         TEXT NOT NULL REFERENCES resource (name),
  revision      INTEGER NOT NULL,
  people_sha256 BLOB NOT NULL REFERENCES people_set (sha256),
  unmatched     BLOB NOT NULL,
  PRIMARY KEY (owner, revision)
) STRICT;

-- The elements of a transfer as a serialized rollcall.v1.Transfer that has nothing else: an
-- exposure reads those of thousands of transfers, for which JSON is too slow.
CREATE TABLE transfer_elements (
  transfer TEXT PRIMARY KEY REFERENCES resource (name),
  elements BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The vendors that carried a transfer on its way.
CREATE TABLE transfer_via (
  vendor   TEXT NOT NULL REFERENCES resource (name),
  transfer TEXT NOT NULL REFERENCES resource (name),
  PRIMARY KEY (vendor, transfer)
) STRICT, WITHOUT ROWID;

-- What changed after a revision, for what an exposure rests on.
CREATE INDEX vendor_from ON vendor (revision_from);
CREATE INDEX vendor_to ON vendor (revision_to) WHERE revision_to IS NOT NULL;
CREATE INDEX product_from ON product (revision_from);
CREATE INDEX product_to ON product (revision_to) WHERE revision_to IS NOT NULL;
CREATE INDEX share_from ON share (revision_from);
CREATE INDEX share_to ON share (revision_to) WHERE revision_to IS NOT NULL;
CREATE INDEX subprocessor_from ON subprocessor (revision_from);
CREATE INDEX subprocessor_to ON subprocessor (revision_to) WHERE revision_to IS NOT NULL;
CREATE INDEX disposition_from ON disposition (revision_from);
CREATE INDEX disposition_to ON disposition (revision_to) WHERE revision_to IS NOT NULL;
CREATE INDEX transfer_from ON transfer (revision_from);
CREATE INDEX transfer_to ON transfer (revision_to) WHERE revision_to IS NOT NULL;
