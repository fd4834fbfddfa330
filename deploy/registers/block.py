"""One part of the city: whatever is drawn at once, so that memory does not grow with the city.

The persons and the firms of a block know each other: who lives with whom, who works where, who leads what. Blocks share
nothing, and each has a generator of its own, so that the same arguments give the same rows.
"""

import datetime
import random

import rates
from enterprises import Enterprises
from households import Households
from people import People

RESIDENTS = 100_000  # of a block, about
ENTERPRISES = 100_000  # at most
BLOCKS_MAX = 100  # each needs some of the numbers that a day's births can be given (people.py)
PUBLIC_BODIES_PER_ENTERPRISE = 0.005


def count_of(residents, enterprises):
    """How many blocks a city has."""
    wanted = max(-(-residents // RESIDENTS), -(-enterprises // ENTERPRISES), 1)
    return min(wanted, BLOCKS_MAX, residents)


class Block:
    def __init__(self, city, number):
        self.city = city
        self.number = number
        self.random = random.Random(f"{city.seed}/{number}")
        self.today = city.loaded_at.date()
        self.people = People(self.random, city.divisions, number, city.blocks)
        self.households = Households(self.random, self.people, city.home, self.today)
        self.residents_wanted = _share(city.residents, number, city.blocks)
        self.enterprises_wanted = _share(city.enterprises, number, city.blocks)
        bodies = 1 + int(self.enterprises_wanted * PUBLIC_BODIES_PER_ENTERPRISE)
        self.public_bodies_wanted = bodies
        first = number * (-(-city.enterprises // city.blocks) + bodies + 1)
        self.enterprises = Enterprises(self.random, self.people, city.divisions, city.home, self.today, first)
        self.residents, self.deceased = [], []  # of Person; of (Person, day of death, day that it was registered)
        self.employers, self.gone, self.public_bodies = [], [], []  # of Employer; `gone` were struck off

    def updated(self, days_max, since):
        """When a row was last changed: most of them lately, some not for years; none before the date `since`."""
        r = self.random.random
        days = r() * days_max if r() >= rates.STALE else 1500 + r() * 2000
        first = datetime.datetime(since.year, since.month, since.day, 8)
        changed = max(first, self.city.loaded_at - datetime.timedelta(seconds=int(days * 86400)))
        return min(changed, self.city.loaded_at).strftime("%Y-%m-%dT%H:%M:%SZ")

    def adults(self):
        return [p for p in self.residents if p.age(self.today) >= 18]


def _share(total, number, parts):
    return total * (number + 1) // parts - total * number // parts


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"
