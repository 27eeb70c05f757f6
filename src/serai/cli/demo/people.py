"""The demo's customers: people, companies with an account, and agents."""

from collections.abc import Iterator, Sequence
from random import Random

from msgspec import Struct

from serai.cli.demo.scale import Scale, chance
from serai.core import Database, Refusal
from serai.customers import Customer, Details, find_customers, read_email, read_phone


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Names in English and Chinese."""
    return tuple((en, zh) for en, _, zh in (pair.partition("=") for pair in text.split("; ")))


SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏"
    "蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖"
)
GIVEN = _words(
    "伟 芳 娜 敏 静 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 丽 鹏 欣怡 子涵 浩然 雨桐 宇轩 "
    "诗涵 思远 梓萱 俊杰 佳怡 博文 雅婷 嘉豪 晓东 建国 志强 秀英 桂兰 海燕 文博 雪梅 春华 国栋 "
    "晨曦 若溪 书瑶 景行 清扬 知夏 予安 望舒 云舟 沐阳 一诺 可欣 天佑 立新 红梅 玉兰"
)
WESTERN_FIRST = _words(
    "Emma Liam Olivia Noah Sophie Lucas Anna Paul Julia Thomas Marie Jan Elena Marco Laura David "
    "Nina Erik Clara Martin Hana Kenji Yuki Min-jun Ji-woo Arjun Priya Omar Leila Carlos Ana"
)
WESTERN_LAST = _words(
    "Fischer Novak Bianchi Moreau Jensen Kowalski Silva Murphy Andersson Weber Rossi Lambert "
    "Tanaka Sato Kim Park Sharma Haddad Nguyen Costa Dubois Larsen Schmidt Walker Bennett"
)
COUNTRIES = ("DE", "FR", "JP", "KR", "US", "GB", "SG", "MY", "TH", "IT", "AU", "NL")
FOREIGN_ONE_IN = 14
FIRST_CUSTOMER = "P000001"

# Nobody has any of these: the French regulator keeps 06 39 98 for films and series (the numbering
# plan of Arcep, 10,000 numbers), and no mail ever goes to example.com (RFC 2606).
PHONE = "+33 6 39 98 {number:04}"
PHONES = 10_000
EMAIL = "{code}@example.com"

COMPANY_STEMS = _pairs(
    "Hengli=恒砾; Baiyuan=柏源; Chengxin=澄信; Dongke=东科; Enze=恩泽; Fuhua=孚桦; Guanlan=观澜; "
    "Haorun=昊润; Jiaying=嘉萤; Kaida=铠达; Lianxing=链行; Mingtai=茗泰; Nuoan=诺岸; "
    "Pengyu=鹏屿; Qianhe=千禾"
)
COMPANY_TRADES = _pairs(
    "Machinery=机械; Software=软件; Pharma=医药; Logistics=物流; New Energy=新能源; Media=传媒"
)
AGENT_STEMS = _pairs(
    "Lotus Path=莲径; Long March Holiday=远征假期; Kapok=木棉; Sea Breeze=海风; White Crane=白鹤; "
    "Silk Thread=丝线; Blue Whale=蓝鲸; Four Seasons Walk=四季行"
)
AGENT_TRADES = _pairs("Travel=旅行社; Holidays=假期; Meetings=会务; Online=在线旅游; Tours=国旅")


class Crowd(Struct, frozen=True):
    """Everybody who orders, pays or brings orders."""

    people: Sequence[Customer]
    companies: Sequence[Customer]
    agents: Sequence[Customer]


async def read_crowd(database: Database, scale: Scale) -> Crowd:
    """The demo's customers as they stand."""
    codes = customer_codes(scale)
    known = await find_customers(database, codes)
    crowd = [known[code] for code in codes if code in known]
    return Crowd(
        [one for one in crowd if one.kind == "person"],
        [one for one in crowd if one.kind == "company"],
        [one for one in crowd if one.kind == "agent"],
    )


def customer_codes(scale: Scale) -> list[str]:
    """The codes of everybody, in the order of `customers`."""
    return [
        *(f"P{n:06d}" for n in range(1, scale.people + 1)),
        *(f"K{n:04d}" for n in range(1, scale.companies + 1)),
        *(f"A{n:04d}" for n in range(1, scale.agents + 1)),
    ]


def customers(scale: Scale, ids: Iterator[int], seed: int) -> Iterator[Customer]:
    """Everybody who orders, pays or brings orders."""
    luck = chance(seed, "people")
    codes = iter(customer_codes(scale))
    for _ in range(scale.people):
        name, country = person(luck)
        yield Customer(id=next(ids), kind="person", code=next(codes), name=name, country=country)
    for n in range(scale.companies):
        name = _house_name(n, COMPANY_STEMS, COMPANY_TRADES)
        yield Customer(id=next(ids), kind="company", code=next(codes), name=name, country="CN")
    for n in range(scale.agents):
        name = _house_name(n, AGENT_STEMS, AGENT_TRADES)
        yield Customer(id=next(ids), kind="agent", code=next(codes), name=name, country="CN")


def details(place: int, customer: Customer) -> Details:
    """How the customer at a place in the list can be reached."""
    phone = read_phone(PHONE.format(number=place % PHONES))
    email = read_email(EMAIL.format(code=customer.code))
    if isinstance(phone, Refusal) or isinstance(email, Refusal):
        raise RuntimeError(f"{customer.code} cannot be reached")
    return Details(phone=phone, email=email)


def _house_name(
    n: int, stems: tuple[tuple[str, str], ...], trades: tuple[tuple[str, str], ...]
) -> str:
    en, zh = stems[n % len(stems)]
    trade_en, trade_zh = trades[n // len(stems) % len(trades)]
    return f"{en} {trade_en} {zh}{trade_zh}"


def person(luck: Random) -> tuple[str, str]:
    """A name and where its bearer comes from."""
    if luck.randrange(FOREIGN_ONE_IN) == 0:
        return f"{luck.choice(WESTERN_FIRST)} {luck.choice(WESTERN_LAST)}", luck.choice(COUNTRIES)
    return luck.choice(SURNAMES) + luck.choice(GIVEN), "CN"
