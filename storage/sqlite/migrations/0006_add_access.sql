-- Who may do what: roles, grants, personal tokens, separation rules.
--
-- Purpose: rights as data of the register, with the same history as everything else.
-- Cost: creates small tables only; the roles that come with the program are written at its start.
-- Way back: drop the tables made here; without them only the Unix socket's callers have rights.

-- Sets of rights under a name.
CREATE TABLE role (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  permissions TEXT NOT NULL CHECK (permissions GLOB '{*}'),
  note TEXT NOT NULL,
  built_in INTEGER NOT NULL CHECK (built_in IN (0, 1)),
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX role_live ON role (name) WHERE revision_to IS NULL;

-- Roles in the hands of principals.
CREATE TABLE access_grant (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  principal TEXT NOT NULL,
  role TEXT NOT NULL REFERENCES resource (name),
  expire_time TEXT NOT NULL CHECK (expire_time GLOB '{*}'),
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX access_grant_live ON access_grant (name) WHERE revision_to IS NULL;

-- Personal tokens, without what would let anybody use them.
CREATE TABLE token (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  principal TEXT NOT NULL,
  display_name TEXT NOT NULL,
  expire_time TEXT NOT NULL CHECK (expire_time GLOB '{*}'),
  revoke_time TEXT NOT NULL CHECK (revoke_time GLOB '{*}'),
  ending TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX token_live ON token (name) WHERE revision_to IS NULL;

-- Fingerprints of the tokens' texts, apart from their records so that no answer and no log entry
-- can hold one.
CREATE TABLE token_digest (
  token  TEXT PRIMARY KEY REFERENCES resource (name),
  sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64)
) STRICT, WITHOUT ROWID;

-- Pairs of duties that must lie in two hands.
CREATE TABLE separation_rule (
  name          TEXT NOT NULL REFERENCES resource (name),
  revision_from INTEGER NOT NULL CHECK (revision_from > 0),
  revision_to   INTEGER CHECK (revision_to > revision_from),
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  first_duty INTEGER NOT NULL,
  second_duty INTEGER NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  required INTEGER NOT NULL CHECK (required IN (0, 1)),
  note TEXT NOT NULL,
  PRIMARY KEY (name, revision_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX separation_rule_live ON separation_rule (name) WHERE revision_to IS NULL;

-- The last change of roles, grants and tokens: one row, by which a reader sees whether what it
-- remembers still holds.
CREATE TABLE access_state (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  revision INTEGER NOT NULL,
  mark     TEXT NOT NULL
) STRICT;
INSERT INTO access_state (id, revision, mark) VALUES (1, 0, '');
