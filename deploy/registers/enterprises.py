"""Invented enterprises with unified social credit codes by GB 32100-2015.

A code has 18 characters: who registered it (9 market regulation, 1 the bodies' own office), its kind (1 enterprise, 2
public institution), the division of that office (6), the organization code by GB 11714 (8 and a check character) and a
check character over the other 17. Nobody here exists: the organization codes start with MA, as new ones do, and go on by a
fixed step through all that six characters can say.
"""

import datetime

import rates

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z: they look like 1, 0, 5, U, 2
BY_CHARACTER = {character: value for value, character in enumerate(ALPHABET)}
WEIGHTS = [3 ** i % 31 for i in range(17)]
ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
BODIES = 31 ** 6
STEP = 479_001_599  # a prime other than 31, so that no serial below BODIES gives a body twice

# What a firm does, as its name says, and the division of GB/T 4754-2017 that it belongs to.
TRADES = (("机械", "C35"), ("电子", "C39"), ("纺织", "C17"), ("食品", "C14"), ("建筑", "E47"), ("物流", "G59"), ("软件", "I65"),
          ("医药", "C27"), ("贸易", "F51"), ("能源", "D44"), ("环保", "N77"), ("教育", "P83"), ("餐饮", "H62"), ("装饰", "E50"),
          ("传媒", "R87"))
INDUSTRIES = {"C14": "食品制造业", "C17": "纺织业", "C27": "医药制造业", "C35": "专用设备制造业",
              "C39": "计算机、通信和其他电子设备制造业", "D44": "电力、热力生产和供应业", "E47": "房屋建筑业",
              "E50": "建筑装饰、装修和其他建筑业", "F51": "批发业", "G59": "装卸搬运和仓储业", "H62": "餐饮业",
              "I65": "软件和信息技术服务业", "N77": "生态保护和环境治理业", "P83": "教育",
              "R87": "广播、电视、电影和录音制作业"}
BRANDS = "恒信瑞达宏图华盛永安金桥远航新纪天成东方兴业万通嘉和明德广源泰丰泽润康裕鼎博宇辰星科联创捷顺昌荣祥福利隆"
KINDS = (("有限责任公司(自然人投资或控股)", 0.72), ("有限责任公司(自然人独资)", 0.2), ("股份有限公司(非上市、自然人投资或控股)", 0.08))
PUBLIC_BODIES = "人民医院 中心小学 实验中学 图书馆 疾病预防控制中心 环境监测站 文化馆 市政管理处 水利站 城市规划设计院".split()


def organization_check_character(body):
    """The ninth character of an organization code (GB 11714)."""
    values = (int(c) if c.isdigit() else ord(c) - ord("A") + 10 for c in body)
    rest = 11 - sum(value * weight for value, weight in zip(values, ORGANIZATION_WEIGHTS)) % 11
    return "X" if rest == 10 else "0" if rest == 11 else str(rest)


def check_character(first17):
    """The 18th character of a unified social credit code."""
    return ALPHABET[-sum(BY_CHARACTER[c] * weight for c, weight in zip(first17, WEIGHTS)) % 31]


def credit_code(registrar, division, serial):
    """The code of one body; `registrar` are its first two characters, `serial` is given to one body alone."""
    number, body = serial * STEP % BODIES, ""
    for _ in range(6):
        number, digit = divmod(number, 31)
        body = ALPHABET[digit] + body
    first17 = f"{registrar}{division}MA{body}"
    first17 += organization_check_character("MA" + body)
    return first17 + check_character(first17)


class Employer:
    """An enterprise, or a public body, of which only code and name are known here."""

    __slots__ = ("code", "name", "short_name", "alive")

    def __init__(self, code, name, short_name, alive):
        self.code = code
        self.name = name
        self.short_name = short_name
        self.alive = alive


class Enterprises:
    """Draws the enterprises and the public bodies of one block; `first_serial` is the first that is its own."""

    def __init__(self, random, people, divisions, home, today, first_serial):
        self._random = random
        self._people = people
        self._divisions = divisions
        self._home = home
        self._today = today
        self._serial = first_serial
        self._names = set()

    def _next_serial(self):
        self._serial += 1
        return self._serial

    def _name(self, county):
        r = self._random.random
        for _ in range(20):  # no two of a name while there are names left
            place = (county["city"] if r() < 0.7 else county["county"]).rstrip("市区县")
            brand = BRANDS[int(r() * len(BRANDS))] + BRANDS[int(r() * len(BRANDS))]
            trade, industry = TRADES[int(r() * len(TRADES))]
            name = f"{place}{brand}{trade}有限公司"
            if name not in self._names:
                break
        self._names.add(name)
        return name, brand + trade, industry

    def draw(self, adults, updated):
        """(Employer, row) of one enterprise, led by one of `adults`; `updated` draws when its row was last changed."""
        r = self._random.random
        division = self._home[int(r() * len(self._home))]
        county = self._divisions[division]
        name, short_name, industry = self._name(county)
        code = credit_code("91", division, self._next_serial())
        leader = adults[int(r() * len(adults))]
        established = self._people.day_between(datetime.date(1996, 1, 1), self._today - datetime.timedelta(days=30))
        draw = r()
        status, ended = "存续", None
        if draw < rates.ENTERPRISE_CANCELLED + rates.ENTERPRISE_REVOKED:
            status = "注销" if draw < rates.ENTERPRISE_CANCELLED else "吊销"
            ended = self._people.day_between(established, self._today).isoformat()
        kind = self._random.choices([k for k, _ in KINDS], [share for _, share in KINDS])[0]
        if kind.startswith("股份"):
            name = name.replace("有限公司", "股份有限公司")
        capital = f"{(1, 5, 10, 20, 50, 100, 200, 500)[int(r() * 8)] * (10 if r() < 0.15 else 1) * 100_000}.00"
        phone = self._people.phone() if r() >= rates.ENTERPRISE_PHONE_MISSING else None
        row = (code, name, kind, leader.name, leader.identity_number, self._people.address(county), division, status,
               capital, established.isoformat(), ended, industry, INDUSTRIES[industry], phone, updated(established))
        return Employer(code, name, short_name, status == "存续"), row

    def draw_public_body(self):
        division = self._home[int(self._random.random() * len(self._home))]
        kind = PUBLIC_BODIES[int(self._random.random() * len(PUBLIC_BODIES))]
        name = self._divisions[division]["county"] + kind
        return Employer(credit_code("12", division, self._next_serial()), name, kind, True)
