"""The questions of the exposure benchmark in SQL, in several shapes, for PostgreSQL and SQLite.

The tables are those that make_bench_district writes. What each statement must mean is in
server/exposure/engine.h and docs/decisions/0003: all filters of a population hold on one and the
same enrollment spell on a day of the effective period; a condition holds on some day of that
period; a field that is known to be empty is not exposed. Rows of person carry the school and grade
of the latest enrollment and the masks of fields, so that the peers need not work them out again.

Shapes:
  general    the vendor is a parameter; filters are rows of tables
  arrays     the same with the filters of a share as arrays in its row (PostgreSQL only)
  constants, exists, distinct, union
             the vendor's filters as constants of the statement
"""

import collections
import csv

SCHEMA = """
CREATE TABLE person (id INTEGER PRIMARY KEY, kind {small} NOT NULL, current {small} NOT NULL,
  language {small} NOT NULL, populated INTEGER NOT NULL, empty INTEGER NOT NULL,
  latest_school {small} NOT NULL, latest_grade {small} NOT NULL);
CREATE TABLE enrollment (person INTEGER NOT NULL, year {small} NOT NULL, school {small} NOT NULL,
  grade {small} NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE program_spell (person INTEGER NOT NULL, program {small} NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE element (id INTEGER PRIMARY KEY, subject {small}, field {small}, name TEXT);
CREATE TABLE share (id INTEGER PRIMARY KEY, vendor INTEGER NOT NULL, kind {small} NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE share_year (share INTEGER NOT NULL, year {small} NOT NULL, PRIMARY KEY (share, year));
CREATE TABLE share_school (share INTEGER NOT NULL, school {small} NOT NULL,
  PRIMARY KEY (share, school));
CREATE TABLE share_grade (share INTEGER NOT NULL, grade {small} NOT NULL);
CREATE TABLE share_program (share INTEGER NOT NULL, program {small} NOT NULL,
  PRIMARY KEY (share, program));
CREATE TABLE share_element (share INTEGER NOT NULL, element INTEGER NOT NULL,
  condition {small} NOT NULL, PRIMARY KEY (share, element));
"""
TABLES = ["person", "enrollment", "program_spell", "element", "share", "share_year", "share_school",
          "share_grade", "share_program", "share_element"]
INDEXES = """
CREATE INDEX enrollment_person ON enrollment (person, year, school, grade, first, last);
CREATE INDEX enrollment_school ON enrollment (school, year, grade, person, first, last);
CREATE INDEX program_spell_person ON program_spell (person, program, first, last);
CREATE INDEX program_spell_program ON program_spell (program, person, first, last);
CREATE INDEX share_vendor ON share (vendor);
CREATE INDEX share_grade_share ON share_grade (share, grade);
"""
ARRAYS = """
CREATE TABLE share_arrays AS SELECT s.*,
  ARRAY(SELECT year FROM share_year WHERE share = s.id) AS years,
  ARRAY(SELECT school FROM share_school WHERE share = s.id) AS schools,
  ARRAY(SELECT grade FROM share_grade WHERE share = s.id) AS grades,
  ARRAY(SELECT program FROM share_program WHERE share = s.id) AS programs FROM share s;
CREATE INDEX share_arrays_vendor ON share_arrays (vendor);
"""

Share = collections.namedtuple("Share", "id kind low high years schools grades programs elements")


def rows(folder, table):
    with (folder / f"{table}.csv").open(newline="") as file:
        return [{key: int(value) if value.lstrip("-").isdigit() else value
                 for key, value in row.items()} for row in csv.DictReader(file)]


class Vendors:
    """Shares by vendor, to make statements with constants."""

    def __init__(self, folder, today):
        self.today = today
        self.fields = {row["id"]: row["field"] for row in rows(folder, "element")}
        parts = {}
        for table, column in (("share_year", "year"), ("share_school", "school"),
                              ("share_grade", "grade"), ("share_program", "program")):
            parts[table] = collections.defaultdict(list)
            for row in rows(folder, table):
                parts[table][row["share"]].append(row[column])
        elements = collections.defaultdict(list)
        for row in rows(folder, "share_element"):
            elements[row["share"]].append((row["element"], row["condition"]))
        self.shares = collections.defaultdict(list)
        for row in rows(folder, "share"):
            share = Share(row["id"], row["kind"], row["first"], min(row["last"], today),
                          parts["share_year"][row["id"]], parts["share_school"][row["id"]],
                          parts["share_grade"][row["id"]], parts["share_program"][row["id"]],
                          elements[row["id"]])
            if share.low <= share.high:
                self.shares[row["vendor"]].append(share)


class Questions:
    """Statements about one vendor. `postgres` chooses the dialect."""

    def __init__(self, vendors, vendor, postgres):
        self.today = vendors.today
        self.fields = vendors.fields
        self.vendor = vendor
        self.shares = vendors.shares[vendor]
        self.postgres = postgres
        self.least = "least" if postgres else "min"
        self.greatest = "greatest" if postgres else "max"
        self.elements = sorted({element for share in self.shares for element, _ in share.elements})
        self.one = "1::bigint" if postgres else "1"

    # --- Parts with constants --------------------------------------------------------------------

    @staticmethod
    def _in(column, values):
        return f" AND {column} IN ({', '.join(map(str, sorted(set(values))))})" if values else ""

    def _spell(self, share):
        """That a row of enrollment e matches a share."""
        text = f"e.first <= {share.high} AND e.last >= {share.low}"
        text += self._in("e.year", share.years) + self._in("e.school", share.schools)
        text += self._in("e.grade", share.grades)
        if share.programs:
            text += (" AND EXISTS (SELECT 1 FROM program_spell f WHERE f.person = e.person"
                     f"{self._in('f.program', share.programs)}"
                     f" AND f.first <= {self.least}(e.last, {share.high})"
                     f" AND f.last >= {self.greatest}(e.first, {share.low}))")
        return text

    def _any_spell(self, person):
        return " OR ".join(f"({person}.kind = {share.kind} AND {self._spell(share)})"
                           for share in self.shares)

    def _conditions(self):
        """Programs with the period in which each must hold, in a fixed order."""
        return sorted({(condition, share.low, share.high) for share in self.shares
                       for _, condition in share.elements if condition})

    def _tests(self):
        """For each element, ascending, a test that it is exposed."""
        conditions = self._conditions()
        tests = []
        for element in self.elements:
            ways = []
            for number, share in enumerate(self.shares):
                for other, condition in share.elements:
                    if other != element:
                        continue
                    way = f"m{number} = 1 AND p.kind = {share.kind}"
                    if condition:
                        way += f" AND c{conditions.index((condition, share.low, share.high))} = 1"
                    ways.append(f"({way})")
            test = f"({' OR '.join(ways)})"
            if self.fields[element]:
                test += f" AND (p.empty & {1 << self.fields[element]}) = 0"
            tests.append(test)
        return tests

    def _mask(self):
        terms = " + ".join(f"CASE WHEN {test} THEN {1 << rank} ELSE 0 END"
                           for rank, test in enumerate(self._tests()))
        return f"CAST({terms} AS {'bigint' if self.postgres else 'INTEGER'})"

    def _any(self):
        # The simplest tests first.
        tests = " OR ".join(f"({test})" for test in sorted(set(self._tests()), key=len))
        return f"CASE WHEN {tests} THEN 1 ELSE 0 END"

    def _affected(self, mask=None):
        """People with their mask, 0 included: one pass over spells, one over programs."""
        matched = ", ".join(f"max(CASE WHEN {self._spell(share)} THEN 1 ELSE 0 END) AS m{number}"
                            for number, share in enumerate(self.shares))
        where = " OR ".join(f"({self._spell(share)})" for share in self.shares)
        conditions = self._conditions()
        join = ""
        if conditions:
            flags = ", ".join(
                f"max(CASE WHEN f.program = {program} AND f.first <= {high} AND f.last >= {low} "
                f"THEN 1 ELSE 0 END) AS c{number}"
                for number, (program, low, high) in enumerate(conditions))
            programs = self._in("f.program", [program for program, _, _ in conditions])[5:]
            source = "program_spell f"
            if any(share.schools for share in self.shares):
                # A small vendor: look up its people instead of reading all spells.
                source += " JOIN m ON m.person = f.person"
            join = (f"LEFT JOIN (SELECT f.person, {flags} FROM {source} WHERE {programs} "
                    "GROUP BY f.person) c ON c.person = p.id")
        return (f"WITH m AS (SELECT e.person, {matched} FROM enrollment e WHERE {where} "
                "GROUP BY e.person), affected AS (SELECT p.id AS person, p.kind, "
                "p.current, p.language, p.populated, p.latest_school, p.latest_grade, "
                f"{mask or self._mask()} AS mask "
                f"FROM m JOIN person p ON p.id = m.person {join})")

    # --- Parts with the vendor as a parameter ----------------------------------------------------

    def _general(self, arrays):
        """`cell`: person, element; `matched`: share, person, year."""
        def filtered(name):
            if arrays:
                return f"(cardinality(s.{name}s) = 0 OR e.{name} = ANY (s.{name}s))"
            return f"""(NOT EXISTS (SELECT 1 FROM share_{name} x WHERE x.share = s.id) OR
                EXISTS (SELECT 1 FROM share_{name} x
                        WHERE x.share = s.id AND x.{name} = e.{name}))"""

        overlap = (f"f.first <= {self.least}(e.last, s.high) AND "
                   f"f.last >= {self.greatest}(e.first, s.low)")
        if arrays:
            program = f"""(cardinality(s.programs) = 0 OR
                EXISTS (SELECT 1 FROM program_spell f WHERE f.person = e.person
                        AND f.program = ANY (s.programs) AND {overlap}))"""
        else:
            program = f"""(NOT EXISTS (SELECT 1 FROM share_program x WHERE x.share = s.id) OR
                EXISTS (SELECT 1 FROM share_program x
                        JOIN program_spell f ON f.program = x.program
                        WHERE x.share = s.id AND f.person = e.person AND {overlap}))"""
        return f"""WITH s AS (
              SELECT t.*, t.first AS low, {self.least}(t.last, {self.today}) AS high
              FROM {"share_arrays" if arrays else "share"} t
              WHERE t.vendor = {self.vendor} AND t.first <= {self.today}),
            matched AS (
              SELECT DISTINCT s.id AS share, s.low, s.high, e.person, e.year
              FROM s
              JOIN enrollment e ON e.first <= s.high AND e.last >= s.low
              JOIN person p ON p.id = e.person AND p.kind = s.kind
              WHERE {filtered("year")} AND {filtered("school")} AND {filtered("grade")}
                AND {program}),
            cell AS (
              SELECT DISTINCT m.person, x.element
              FROM (SELECT DISTINCT share, low, high, person FROM matched) m
              JOIN share_element x ON x.share = m.share
              JOIN element l ON l.id = x.element
              JOIN person p ON p.id = m.person
              WHERE (x.condition = 0 OR
                     EXISTS (SELECT 1 FROM program_spell f
                             WHERE f.person = m.person AND f.program = x.condition
                               AND f.first <= m.high AND f.last >= m.low))
                AND (l.field = 0 OR (p.empty & (1 << l.field)) = 0))"""

    def _ranks(self):
        return f""", bit AS (
              SELECT element,
                {self.one} << CAST(row_number() OVER (ORDER BY element) - 1 AS INTEGER) AS bit
              FROM (SELECT DISTINCT x.element FROM share_element x
                    JOIN share t ON t.id = x.share WHERE t.vendor = {self.vendor}) d)"""

    # --- The questions ---------------------------------------------------------------------------

    def _general_shapes(self, tail):
        shapes = {"general": self._general(False) + tail}
        if self.postgres:
            shapes["arrays"] = self._general(True) + tail
        return shapes

    def _sure(self):
        """For each share, a test on person p that some element of it is exposed, or None if
        conditions decide."""
        tests = []
        for share in self.shares:
            plain = [self.fields[element] for element, condition in share.elements
                     if not condition]
            if not plain:
                return None
            if 0 in plain:
                tests.append("")
            else:
                fields = sum(1 << field for field in set(plain))
                if any(condition for _, condition in share.elements):
                    return None
                tests.append(f" AND (p.empty & {fields}) <> {fields}")
        return tests

    def count(self):
        shapes = self._general_shapes(" SELECT count(DISTINCT person) FROM cell")
        shapes["constants"] = (self._affected(self._any()) +
                               " SELECT count(*) FROM affected WHERE mask <> 0")
        sure = self._sure()
        if sure is not None:
            parts = list(zip(self.shares, sure))
            shapes["exists"] = "SELECT count(*) FROM person p WHERE " + " OR ".join(
                f"(p.kind = {share.kind}{test} AND EXISTS (SELECT 1 FROM enrollment e WHERE "
                f"e.person = p.id AND {self._spell(share)}))" for share, test in parts)
            anything = " OR ".join(f"(p.kind = {share.kind}{test} AND {self._spell(share)})"
                                   for share, test in parts)
            shapes["distinct"] = (
                "SELECT count(*) FROM (SELECT DISTINCT e.person FROM enrollment e "
                f"JOIN person p ON p.id = e.person WHERE {anything}) d")
            shapes["union"] = "SELECT count(*) FROM (" + " UNION ".join(
                "SELECT DISTINCT e.person FROM enrollment e JOIN person p ON p.id = e.person WHERE "
                f"p.kind = {share.kind}{test} AND {self._spell(share)}" for share, test in parts
            ) + ") d"
        return shapes

    def list(self):
        shapes = self._general_shapes(
            self._ranks() + " SELECT c.person, CAST(sum(b.bit) AS bigint) AS mask FROM cell c "
            "JOIN bit b ON b.element = c.element GROUP BY c.person")
        shapes["constants"] = (self._affected() +
                               " SELECT person, mask FROM affected WHERE mask <> 0")
        return shapes

    def summary(self):
        elements = ", ".join(
            f"({element}, {1 << rank}, {1 << self.fields[element] if self.fields[element] else 0})"
            for rank, element in enumerate(self.elements))
        cte = (f", a AS {'MATERIALIZED ' if self.postgres else ''}(SELECT * FROM affected WHERE "
               f"mask <> 0), el(element, bit, field) AS (VALUES {elements})")
        year = ("SELECT 'year', CAST(e.year AS INTEGER), 0, count(DISTINCT e.person) "
                "FROM enrollment e JOIN a ON a.person = e.person "
                f"WHERE {self._any_spell('a')} GROUP BY e.year")
        program = ("SELECT 'program', CAST(f.program AS INTEGER), 0, count(DISTINCT f.person) FROM "
                   "program_spell f JOIN a ON a.person = f.person WHERE "
                   f"f.first <= {self.today} GROUP BY f.program")
        single = " UNION ALL ".join(
            f"SELECT '{name}', CAST({column} AS INTEGER), {other}, count(*) FROM a GROUP BY 2, 3"
            for name, column, other in (("school", "latest_school", "0"),
                                        ("grade", "latest_grade", "0"),
                                        ("language", "language", "0"),
                                        ("kind", "kind", "CAST(current AS INTEGER)")))
        from_groups = (
            " UNION ALL SELECT 'school-element', CAST(g.latest_school AS INTEGER), el.element, "
            "sum(g.n) FROM g JOIN el ON (g.mask & el.bit) <> 0 GROUP BY 2, 3"
            " UNION ALL SELECT 'element', el.element, 0, sum(h.n) FROM h JOIN el ON "
            "(h.mask & el.bit) <> 0 GROUP BY 2"
            " UNION ALL SELECT 'populated', el.element, 0, sum(h.n) FROM h JOIN el ON "
            "(h.mask & el.bit) <> 0 AND (h.populated & el.field) <> 0 GROUP BY 2")
        groups = (", g AS (SELECT latest_school, mask, count(*) AS n FROM a GROUP BY 1, 2), "
                  "h AS (SELECT mask, populated, count(*) AS n FROM a GROUP BY 1, 2) ")
        head = self._affected() + cte
        shapes = {"constants": f"{head}{groups}{single} UNION ALL {year} UNION ALL {program}"
                               f"{from_groups}"}
        cells = (" UNION ALL SELECT 'school-element', CAST(latest_school AS INTEGER), el.element, "
                 "count(*) FROM a JOIN el ON (a.mask & el.bit) <> 0 GROUP BY 2, 3"
                 " UNION ALL SELECT 'element', el.element, 0, count(*) FROM a JOIN el ON "
                 "(a.mask & el.bit) <> 0 GROUP BY 2"
                 " UNION ALL SELECT 'populated', el.element, 0, count(*) FROM a JOIN el ON "
                 "(a.mask & el.bit) <> 0 AND (a.populated & el.field) <> 0 GROUP BY 2")
        shapes["cells"] = f"{head} {single} UNION ALL {year} UNION ALL {program}{cells}"
        # The vendor as a parameter: masks from cells.
        for name, text in self._general_shapes("").items():
            shapes[name] = f"""{text}{self._ranks()},
                masked AS (
                  SELECT c.person, CAST(sum(b.bit) AS bigint) AS mask
                  FROM cell c JOIN bit b ON b.element = c.element GROUP BY c.person),
                affected AS (
                  SELECT p.id AS person, p.kind, p.current, p.language, p.populated,
                    p.latest_school, p.latest_grade, masked.mask
                  FROM masked JOIN person p ON p.id = masked.person){cte}{groups}{single}
                UNION ALL
                SELECT 'year', CAST(m.year AS INTEGER), 0, count(DISTINCT m.person)
                FROM matched m JOIN a ON a.person = m.person GROUP BY m.year
                UNION ALL {program}{from_groups}"""
        if self.postgres:
            sets = ("SELECT CASE grouping(kind, latest_school, latest_grade, language) "
                    "WHEN 7 THEN 'kind' WHEN 11 THEN 'school' WHEN 13 THEN 'grade' ELSE 'language' "
                    "END, coalesce(kind, latest_school, latest_grade, language)::int, "
                    "coalesce(current, 0)::int, count(*) FROM a GROUP BY GROUPING SETS "
                    "((kind, current), (latest_school), (latest_grade), (language))")
            shapes["sets"] = (f"{head}{groups}{sets} UNION ALL {year} UNION ALL {program}"
                              f"{from_groups}")
        return shapes
