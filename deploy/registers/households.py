"""Households of one to six persons whose ages and relations could be true."""

import datetime

# Share of households by size; how many persons live alone, in pairs and so on in a city.
SIZES = ((1, 0.22), (2, 0.27), (3, 0.26), (4, 0.14), (5, 0.08), (6, 0.03))
MARRIAGE_AGE = {"男": 22, "女": 20}
OTHER = {"男": "女", "女": "男"}
CHILD_ROLE = {"男": "子", "女": "女"}
PARENT_ROLE = {"男": "父亲", "女": "母亲"}
DEATHS_OF_YEARS = 3
DECEASED_PER_MEMBER = 0.02
DECEASED_AT_WORKING_AGE = 0.25


def years_later(day, years):
    """The same calendar day `years` on; 1 March for a 29 February that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)


def age_at(day, birth):
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Person:
    """`household`, `division` and `address` are set once the household has a place; `wage` (fen a month) and `employer`
    (an Employer) by who insures the person."""

    __slots__ = ("identity_number", "name", "sex", "birth", "role", "marital", "household", "division", "address", "phone",
                 "wage", "employer")

    def __init__(self, identity_number, name, sex, birth, role, marital):
        self.identity_number = identity_number
        self.name = name
        self.sex = sex
        self.birth = birth
        self.role = role
        self.marital = marital
        self.household = self.division = self.address = self.phone = self.wage = self.employer = None

    def age(self, today):
        return age_at(today, self.birth)


class Households:
    """Draws households; `home` are the division codes of the city whose register this is, `today` its load date."""

    def __init__(self, random, people, home, today):
        self._random = random
        self._people = people
        self._home = home
        self._today = today
        self._sizes = [size for size, _ in SIZES]
        self._shares = [share for _, share in SIZES]

    def draw(self, room):
        """(members, marriages) of one household with at most `room` members; the head comes first."""
        size = min(room, self._random.choices(self._sizes, self._shares)[0])
        r = self._random.random
        if size == 1:
            return [self._alone()], []
        if size == 2 and r() < 0.25:
            return self._single_parent(), []
        return self._family(size)

    def draw_deceased(self, members):
        """(person, day of death) of somebody who belonged to this household until lately; mostly nobody."""
        r = self._random.random
        if r() >= DECEASED_PER_MEMBER * len(members):
            return None
        head = members[0]
        if head.marital == "丧偶" and len(members) == 1:
            sex, role = OTHER[head.sex], "配偶"
            birth = head.birth + datetime.timedelta(days=int(self._random.gauss(0, 900)))
        elif r() < DECEASED_AT_WORKING_AGE:
            sex, role = ("男" if r() < 0.6 else "女"), "兄弟姐妹"
            birth = self._birth(25, 58)
        else:
            sex = "男" if r() < 0.55 else "女"
            role = PARENT_ROLE[sex]
            birth = self._birth(66, 95)
        died = self._people.day_between(years_later(self._today, -DEATHS_OF_YEARS), self._today)
        return self._person(sex, min(birth, years_later(died, -20)), role, None), died

    def _birth(self, youngest, oldest):
        """A birthday of somebody who is between `youngest` and `oldest` years old."""
        return self._people.day_between(years_later(self._today, -oldest - 1) + datetime.timedelta(days=1),
                                        years_later(self._today, -youngest))

    def _person(self, sex, birth, role, marital, surname=None):
        # Seven of ten were registered at birth in this city, the others came from anywhere.
        here = self._random.random() < 0.7
        code = self._home[int(self._random.random() * len(self._home))] if here else self._people.any_division()
        return Person(self._people.identity_number(code, birth, sex), self._people.name(sex, surname), sex, birth, role,
                      marital)

    def _alone(self):
        r = self._random.random
        sex = "男" if r() < 0.5 else "女"
        birth = self._birth(18, 92) if r() < 0.5 else self._birth(20, 38)
        age = age_at(self._today, birth)
        draw = r()
        if age < 30:
            marital = "未婚"
        elif age < 60:
            marital = "未婚" if draw < 0.5 else "离异" if draw < 0.95 else "丧偶"
        else:
            marital = "丧偶" if draw < 0.75 else "离异" if draw < 0.9 else "未婚"
        return self._person(sex, birth, "户主", marital)

    def _single_parent(self):
        sex = "女" if self._random.random() < 0.65 else "男"
        head = self._person(sex, self._birth(28, 55), "户主", "离异" if self._random.random() < 0.8 else "丧偶")
        return [head, self._child(head, None)]

    def _child(self, father, mother):
        """A child born when the younger parent was at least 21; children who live at home have not married."""
        parents = [p for p in (father, mother) if p]
        youngest = max(p.birth for p in parents)
        oldest = min(p.birth for p in parents)
        first = years_later(youngest, 21)
        last = min(self._today - datetime.timedelta(days=3), years_later(oldest, 44))
        sex = "男" if self._random.random() < 0.52 else "女"
        surname = self._surname_of(father) if self._random.random() < 0.96 else None
        return self._person(sex, self._people.day_between(first, last), CHILD_ROLE[sex], "未婚", surname)

    @staticmethod
    def _surname_of(person):
        return person.name[:2] if person.name[:2] in ("欧阳", "司徒", "上官", "诸葛", "端木") else person.name[:1]

    def _family(self, size):
        """A couple; then children, then parents of the head until the household is full."""
        r = self._random.random
        head_sex = "男" if r() < 0.74 else "女"
        parents = 0 if size < 4 else (0 if r() < 0.55 else 1) if size == 4 else size - 4 + (1 if r() < 0.4 else 0)
        parents = min(parents, 2)
        children = size - 2 - parents
        oldest = 88 if size == 2 else 64 if parents == 0 else 55
        head_birth = self._birth(24 if children < 2 else 29, oldest)
        gap = int(self._random.gauss(1.5, 2.5) * 365)  # a husband is a little older on the average
        spouse_birth = head_birth + datetime.timedelta(days=max(-2200, min(2200, gap if head_sex == "男" else -gap)))
        spouse_birth = min(spouse_birth, years_later(self._today, -23))
        head = self._person(head_sex, head_birth, "户主", "已婚")
        spouse = self._person(OTHER[head_sex], spouse_birth, "配偶", "已婚")
        father, mother = (head, spouse) if head_sex == "男" else (spouse, head)
        offspring = sorted((self._child(father, mother) for _ in range(children)), key=lambda c: c.birth)
        members = [head, spouse] + offspring + self._parents(head, parents)
        legal = max(years_later(p.birth, MARRIAGE_AGE[p.sex]) for p in (head, spouse))
        until = min([self._today] + [c.birth for c in offspring])
        married = self._people.day_between(legal, min(until, years_later(legal, 12)))
        return members, [(father, mother, married)]

    def _parents(self, head, count):
        sexes = ["男", "女"] if count == 2 else ["女" if self._random.random() < 0.65 else "男"] if count else []
        return [
            self._person(sex, self._people.day_between(years_later(head.birth, -36), years_later(head.birth, -23)),
                         PARENT_ROLE[sex], "已婚" if count == 2 else "丧偶",
                         self._surname_of(head) if sex == "男" else None) for sex in sexes
        ]
