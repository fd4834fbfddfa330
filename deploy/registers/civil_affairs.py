"""The register of civil affairs: residents by household, marriages, deaths, adoptions."""

import datetime

import rates

TABLES = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE divisions (code TEXT NOT NULL PRIMARY KEY, province TEXT NOT NULL, city TEXT NOT NULL,
  county TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE households (household_id TEXT NOT NULL PRIMARY KEY, division TEXT NOT NULL, address TEXT NOT NULL,
  household_size INTEGER NOT NULL, registered_on TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE residents (id_number TEXT NOT NULL, name TEXT NOT NULL, sex TEXT NOT NULL, birth_date TEXT NOT NULL,
  household_id TEXT NOT NULL, household_role TEXT NOT NULL, phone TEXT, marital_status TEXT,
  updated_at TEXT NOT NULL);
CREATE TABLE marriages (certificate TEXT NOT NULL PRIMARY KEY, husband TEXT NOT NULL, wife TEXT NOT NULL,
  division TEXT NOT NULL, registered_on TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE deaths (id_number TEXT NOT NULL, name TEXT NOT NULL, sex TEXT NOT NULL, birth_date TEXT NOT NULL,
  household_id TEXT NOT NULL, died_on TEXT NOT NULL, registered_on TEXT NOT NULL, certificate TEXT NOT NULL);
CREATE TABLE adoptions (id_number TEXT NOT NULL, adopter TEXT NOT NULL, certificate TEXT NOT NULL,
  division TEXT NOT NULL, registered_on TEXT NOT NULL);
"""
INDICES = """
CREATE UNIQUE INDEX residents_by_id_number ON residents (id_number);
CREATE INDEX residents_by_household ON residents (household_id);
CREATE INDEX marriages_by_husband ON marriages (husband);
CREATE INDEX marriages_by_wife ON marriages (wife);
CREATE UNIQUE INDEX deaths_by_id_number ON deaths (id_number);
CREATE UNIQUE INDEX adoptions_by_id_number ON adoptions (id_number);
CREATE VIEW household AS
  SELECT r.id_number AS id_number, r.name AS name, r.sex AS sex, r.birth_date AS birth_date,
    r.household_id AS household_id, r.household_role AS household_role, h.household_size AS household_size,
    h.division AS division, h.address AS address, r.phone AS phone, r.marital_status AS marital_status,
    r.updated_at AS updated_at
  FROM residents AS r JOIN households AS h ON h.household_id = r.household_id;
"""
ADOPTED_PER_CHILD = 0.004
CHILDREN = ("子", "女")


def draw(block, serials):
    """(table, row) for each row of the block, household by household; fills `block.residents` and `block.deceased`.
    `serials` count households, marriages, deaths and adoptions over all blocks."""
    r, city, today = block.random.random, block.city, block.today
    while len(block.residents) < block.residents_wanted:
        members, marriages = block.households.draw(block.residents_wanted - len(block.residents))
        division = city.home[int(r() * len(city.home))]
        household = f"{division}{next(serials['households']):07d}"
        address = block.people.address(city.divisions[division])
        registered = block.people.day_between(max(members[0].birth, datetime.date(1985, 1, 1)), today)
        yield "households", (household, division, address, len(members), registered.isoformat())
        for person in members:
            person.household, person.division, person.address = household, division, address
            yield "residents", _resident(block, person)
            if person.role in CHILDREN and r() < ADOPTED_PER_CHILD:
                yield "adoptions", _adoption(block, person, members[0], serials)
        block.residents += members
        for husband, wife, day in marriages:
            certificate = f"J{division}-{day.year}-{next(serials['marriages']):06d}"
            yield "marriages", (certificate, husband.identity_number, wife.identity_number, division, day.isoformat())
        deceased = block.households.draw_deceased(members)
        if deceased:
            yield "deaths", _death(block, *deceased, members[0], serials)


def _resident(block, person):
    r = block.random.random
    if person.age(block.today) > 13 and r() >= rates.PHONE_MISSING:
        person.phone = block.people.phone()
    marital = person.marital if r() >= rates.MARITAL_STATUS_MISSING else None
    return (person.identity_number, person.name, person.sex, person.birth.isoformat(), person.household, person.role,
            person.phone, marital, block.updated(700, person.birth))


def _adoption(block, child, adopter, serials):
    registered = block.people.day_between(child.birth, block.today)
    return (child.identity_number, adopter.identity_number, f"S{child.division}-{next(serials['adoptions']):05d}",
            child.division, registered.isoformat())


def _death(block, person, died, head, serials):
    person.household, person.division, person.address = head.household, head.division, head.address
    registered = min(block.today, died + datetime.timedelta(days=int(block.random.random() ** 2 * 40)))
    block.deceased.append((person, died, registered))
    return (person.identity_number, person.name, person.sex, person.birth.isoformat(), person.household,
            died.isoformat(), registered.isoformat(), f"D{person.division}-{next(serials['deaths']):06d}")
