-- Who approved a case.
--
-- Purpose: letters go out only after somebody has approved their case who has not scoped it.
-- Cost: a column with a default; no row is rewritten. Cases opened before are not approved.
-- Way back: drop the column; who approved what then stands in the log only.

-- A rollcall.v1.CaseApproval within its case; `{}` while there is none.
ALTER TABLE notification_case ADD COLUMN approval TEXT NOT NULL DEFAULT '{}'
  CHECK (approval GLOB '{*}');
