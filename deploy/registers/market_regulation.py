"""The register of market regulation: enterprises by unified social credit code."""

TABLES = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE enterprises (credit_code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  legal_representative TEXT NOT NULL, legal_representative_id TEXT NOT NULL, address TEXT NOT NULL,
  division TEXT NOT NULL, status TEXT NOT NULL, registered_capital TEXT NOT NULL, established_on TEXT NOT NULL,
  ended_on TEXT, industry_code TEXT NOT NULL, industry TEXT NOT NULL, phone TEXT, updated_at TEXT NOT NULL);
"""
INDICES = """
CREATE UNIQUE INDEX enterprises_by_credit_code ON enterprises (credit_code);
CREATE INDEX enterprises_by_name ON enterprises (name);
CREATE INDEX enterprises_by_legal_representative ON enterprises (legal_representative_id);
"""


def draw(block):
    """(table, row) for each enterprise of the block, led by its residents; fills `block.employers`, `block.gone` and
    `block.public_bodies`, which another office registers."""
    adults = block.adults()
    for _ in range(block.enterprises_wanted):
        enterprise, row = block.enterprises.draw(adults, lambda since: block.updated(500, since))
        (block.employers if enterprise.alive else block.gone).append(enterprise)
        yield "enterprises", row
    block.public_bodies = [block.enterprises.draw_public_body() for _ in range(block.public_bodies_wanted)]
