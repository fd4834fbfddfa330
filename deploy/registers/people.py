"""Invented persons: names, identity numbers by GB 11643, addresses and telephone numbers.

Nobody here exists. Surnames and the characters of given names follow their usual frequency; everything else is drawn
from the generator that is handed in. Telephone numbers start with 140, a block that is given to machines and to no
subscriber, so that a demo never shows anybody's number.
"""

import csv
import datetime
import itertools
import os

HERE = os.path.dirname(os.path.abspath(__file__))

# Surname and its share in ten thousand, rounded.
SURNAMES = """王 719 李 717 张 674 刘 512 陈 461 杨 313 黄 228 赵 210 吴 206 周 202 徐 163 孙 146 马 133 朱 131 胡 129
郭 123 何 121 林 118 高 110 罗 106 郑 97 梁 94 谢 79 宋 79 唐 76 许 73 邓 68 韩 67 冯 66 曹 64 彭 63 曾 61 肖 61 田 60
董 58 潘 57 袁 55 蔡 52 蒋 50 余 48 于 48 杜 47 叶 46 程 45 魏 44 苏 43 吕 43 丁 42 任 41 卢 41 姚 40 沈 40 钟 39 姜 38
崔 38 谭 37 陆 36 范 36 汪 35 廖 34 石 33 金 33 韦 32 贾 31 夏 31 付 30 方 29 邹 29 熊 28 白 27 孟 27 秦 26 邱 26 侯 25
江 25 尹 24 薛 24 闫 23 段 22 雷 22 龙 21 黎 21 史 20 陶 20 贺 19 毛 19 郝 18 顾 18 龚 17 邵 17 万 16 覃 15 武 15 钱 14
戴 14 严 13 莫 13 孔 12 向 12 常 11 汤 10 欧阳 8 司徒 2 上官 2 诸葛 1 端木 1""".split()

GIVEN = {
    "男": "伟强磊军勇杰涛明超刚平辉鹏华飞健斌波宇浩凯峰俊博文志建国海林东晨阳泽轩睿子豪翔龙成栋梁毅诚安康宏远德松柏铭哲",
    "女": "芳娜敏静丽艳娟霞秀英燕玲桂兰萍红梅琳雪洁莹倩婷慧颖佳欣怡悦雨涵梓萱诗琪思雅月晓云凤珍淑惠珊蓉瑶薇岚青宁安可心",
}

STREETS = "人民 解放 中山 建设 和平 新华 文化 胜利 团结 长江 黄河 学院 环城 滨河 迎宾 青年 友谊 光明 府前 振兴 朝阳 南湖".split()

WEIGHTS = [2 ** (17 - i) % 11 for i in range(17)]


def check_character(first17):
    """The 18th character of an identity number: ISO 7064 MOD 11-2, as GB 11643 uses it."""
    return "10X98765432"[sum(int(c) * w for c, w in zip(first17, WEIGHTS)) % 11]


def load_divisions():
    """Rows {code, province, city, county} of the table beside this file, by code (GB/T 2260)."""
    with open(os.path.join(HERE, "divisions.csv"), encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def _cumulative(weights):
    return list(itertools.accumulate(weights))


# Characters that one office writes in place of another.
VARIANTS = dict(zip("伟强磊军勇杰涛明超刚平辉鹏华飞健斌波宇浩芳娜敏静丽艳娟霞秀英燕玲", "玮彊垒君永傑滔铭朝钢萍晖朋桦菲建彬博雨皓"
                    "方那闽靖莉燕涓遐绣瑛艳灵"))
SEQUENCES = 500  # of one day, division and sex


class People:
    """Draws the particulars of the persons of one block of `blocks`; never gives one identity number twice, nor one that
    another block may give: blocks share out the sequences of a day, so that none has to remember another's numbers."""

    def __init__(self, random, divisions, block=0, blocks=1):
        self._random = random
        self._sequences = range(block, SEQUENCES, blocks)
        self._codes = sorted(divisions)
        self._surnames = SURNAMES[0::2]
        self._surname_weights = _cumulative(int(n) for n in SURNAMES[1::2])
        # Earlier characters are commoner, as in any list of names.
        self._given = {
            sex: ([c for c in chars], _cumulative(1.0 / (i + 8) for i in range(len(chars))))
            for sex, chars in GIVEN.items()
        }
        self._identity_numbers = set()

    def any_division(self):
        return self._codes[int(self._random.random() * len(self._codes))]

    def surname(self):
        return self._random.choices(self._surnames, cum_weights=self._surname_weights)[0]

    def name(self, sex, surname=None):
        surname = surname or self.surname()
        chars, weights = self._given[sex]
        count = 1 if len(surname) == 1 and self._random.random() < 0.14 else 2
        given = self._random.choices(chars, cum_weights=weights, k=count)
        if count == 2 and given[0] == given[1] and self._random.random() < 0.8:
            given = given[:1]
        return surname + "".join(given)

    def variant(self, name):
        """The name with one character written otherwise; none of those that we know in it: with one left out or doubled."""
        for at in range(len(name) - 1, 0, -1):
            if name[at] in VARIANTS:
                return name[:at] + VARIANTS[name[at]] + name[at + 1:]
        return name[:-1] if len(name) > 2 else name + name[-1]

    def identity_number(self, division, birth, sex):
        """A fresh number; the 17th digit is odd for men and even for women. Where a day's numbers seem to be used up the
        person was registered elsewhere."""
        for tries in range(1000):
            sequence = self._sequences[int(self._random.random() * len(self._sequences))] * 2 + (1 if sex == "男" else 0)
            first17 = f"{division}{birth.year:04d}{birth.month:02d}{birth.day:02d}{sequence:03d}"
            if first17 not in self._identity_numbers:
                self._identity_numbers.add(first17)
                return first17 + check_character(first17)
            if tries >= 20:
                division = self.any_division()
        raise ValueError("more persons than there are identity numbers")

    def phone(self):
        return f"140{int(self._random.random() * 100_000_000):08d}"

    def address(self, division):
        """`division` is a row of load_divisions()."""
        r = self._random.random
        city = "" if division["city"] == division["province"] else division["city"]
        street = STREETS[int(r() * len(STREETS))] + ("路", "街", "大道")[int(r() * r() * 3)]
        place = f"{int(r() * 680) + 1}号"
        if r() < 0.85:
            floor = int(r() * 18) + 1
            place += f"{int(r() * 24) + 1}幢{int(r() * 4) + 1}单元{floor}0{int(r() * 4) + 1}室"
        return f"{division['province']}{city}{division['county']}{street}{place}"

    def day_between(self, first, last):
        """A date of [first, last]; `first` where the range is empty."""
        days = (last - first).days
        return first + datetime.timedelta(days=int(self._random.random() * (days + 1))) if days > 0 else first
