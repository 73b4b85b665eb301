"""Chinese names and numbers that look real and belong to nobody."""

import random
from typing import Final

# The commonest surnames with their rough share in per mille, so that a list reads like a real one. 单, 曾 and 仇 stand
# among them on purpose: as surnames they are read otherwise than usual, which a search by pinyin must know.
_SURNAMES: Final = {
    "王": 72, "李": 70, "张": 66, "刘": 53, "陈": 45, "杨": 31, "黄": 22, "赵": 20, "周": 19, "吴": 19,
    "徐": 14, "孙": 14, "马": 13, "朱": 12, "胡": 12, "郭": 11, "何": 11, "林": 11, "罗": 10, "高": 10,
    "郑": 9, "梁": 8, "谢": 7, "宋": 7, "唐": 7, "许": 6, "韩": 6, "冯": 6, "邓": 6, "曹": 6,
    "彭": 5, "曾": 5, "肖": 5, "田": 5, "董": 5, "袁": 5, "潘": 4, "于": 4, "蒋": 4, "蔡": 4,
    "余": 4, "杜": 4, "叶": 4, "程": 4, "苏": 4, "魏": 4, "吕": 4, "丁": 4, "任": 3, "沈": 3,
    "姚": 3, "卢": 3, "姜": 3, "崔": 3, "钟": 3, "谭": 3, "陆": 3, "汪": 3, "范": 3, "金": 3,
    "石": 2, "廖": 2, "贾": 2, "夏": 2, "韦": 2, "付": 2, "方": 2, "白": 2, "邹": 2, "孟": 2,
    "单": 1, "仇": 1, "区": 1, "解": 1, "欧阳": 1, "上官": 1, "诸葛": 1,
}  # fmt: skip

_FIRST: Final = "建国志海晓明文丽秀桂玉春雪梦子浩宇俊嘉欣思雨佳美红卫永德金福家振立少伟新兴景素淑翠兰凤彩云月"
_SECOND: Final = "华强军平芳敏静杰涛超磊洋艳勇娟霞鹏辉婷玲龙飞雷宁波斌刚燕梅英琴珍莲涵轩怡博瑶琪萍荣生林成山根"
_SINGLE: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂鑫波宁晨雪琳晶欢洁红帆薇健亮倩璐瑞颖"

# 154 has not been given to any operator: 154xxxxxxxx has the right length and shape (1, then 3 to 9, then nine digits)
# and rings nowhere.
_MOBILE_PREFIX: Final = "154"

# 036x is a gap in the area codes between Hebei (031x) and Henan (037x); 云州市 does not exist either.
AREA_CODE: Final = "0360"

# No province has the code 88, so such a card cannot have been issued although its check digit is right.
_ID_CARD_AREA: Final = "8806"
_ID_CARD_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_SURNAME_LIST: Final = tuple(_SURNAMES)
_SURNAME_WEIGHTS: Final = tuple(_SURNAMES.values())


def person_name(dice: random.Random) -> str:
    """Answer a name of two to four characters."""
    surname = dice.choices(_SURNAME_LIST, _SURNAME_WEIGHTS)[0]
    if dice.random() < 0.22:
        return surname + dice.choice(_SINGLE)
    return surname + dice.choice(_FIRST) + dice.choice(_SECOND)


def mobile_number(serial: int) -> str:
    """Answer the mobile number of a serial number below a hundred million; neighbours look unrelated."""
    # 61,803,399 has no factor in common with 10^8: the step visits every number once before it repeats.
    return f"{_MOBILE_PREFIX}{(serial + 26_180_339) * 61_803_399 % 100_000_000:08d}"


def fixed_number(serial: int) -> str:
    """Answer the fixed-line number of a serial number below eighty million."""
    return f"{AREA_CODE}{20_000_000 + serial * 38_196_601 % 60_000_000:08d}"


def id_card(dice: random.Random, *, year: int, month: int, day: int) -> str:
    """Answer an identity card number with a right check digit."""
    body = f"{_ID_CARD_AREA}{dice.randint(1, 8):02d}{year:04d}{month:02d}{day:02d}{dice.randint(1, 999):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_CARD_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
