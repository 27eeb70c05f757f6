"""What the demo's restaurants, sights, tours and shops sell."""

from serai.cli.demo.counter import STEADY, WEEKEND_DAYS, Counter, Season
from serai.cli.demo.group import GOODS, SERVICES
from serai.cli.demo.hotels import fill_hotel
from serai.cli.demo.sources import ShelfSource, shelf_sources
from serai.logistics import CapacityRule
from serai.merchants import Cancellation, Use

LUNCH = tuple(range(11 * 60, 13 * 60 + 1, 15))
DINNER = tuple(range(17 * 60, 20 * 60 + 1, 15))
BANQUETS = (11 * 60 + 30, 12 * 60, 17 * 60 + 30, 18 * 60)
OPEN_MINUTE, CLOSE_MINUTE = 10 * 60, 23 * 60

TABLE_QUARTERS, BANQUET_QUARTERS = 6, 9
TABLES, PRIVATE_ROOMS, VOUCHERS_A_DAY = (3, 8), (1, 3), (30, 120)

DAY_ENTRIES = (9 * 60, 10 * 60, 11 * 60, 13 * 60, 14 * 60, 15 * 60)
EVENING_ENTRIES = (18 * 60, 19 * 60, 20 * 60)
SHOW_ENTRIES = (19 * 60 + 30, 21 * 60)
CHILD_PERCENT = 50

DEPARTURES = {
    "evening": 18 * 60 + 30, "sunrise": 4 * 60 + 30, "light": 5 * 60, "camel": 17 * 60,
    "bites": 10 * 60,
}  # fmt: skip
MORNING_DEPARTURE = 8 * 60 + 30
SMALL_GROUPS = ("small", "morning", "evening", "light", "sunrise", "dive")

BUSY_WEEKENDS = Season(WEEKEND_DAYS, 110, 125)
FESTIVE = Season(holiday_percent=115)

Shelved = tuple[list[Use], int, int, tuple[int, ...]]
"""What a product uses up, its plan, the most of it on one line, and when it can begin."""


def fill(counter: Counter) -> None:
    """Everything that a store sells."""
    brand = counter.plot.brand
    shelf = [
        one for one in shelf_sources() if (one.segment, one.kind) == (brand.segment, brand.kind)
    ]
    match brand.segment:
        case "hotel":
            fill_hotel(counter)
        case "dining":
            _fill_restaurant(counter, shelf)
        case "ticket":
            _fill_sight(counter, shelf)
        case "tour":
            _fill_tour(counter, shelf)
        case "retail":
            _fill_shop(counter, shelf)


def _fill_restaurant(counter: Counter, shelf: list[ShelfSource]) -> None:
    for one in shelf:
        match one.form:
            case "voucher":
                uses, plan, most, starts = _vouchers(counter, one)
            case "private":
                uses, plan, most, starts = _private_rooms(counter, one)
            case _:
                uses, plan, most, starts = _tables(counter, one)
        product = counter.product(
            one.code, (one.name_en, one.name_zh), uses, tax_class=SERVICES, most=most,
            starts=starts,
        )  # fmt: skip
        season = FESTIVE if one.form == "private" else STEADY
        counter.offer(product, plan, counter.price(one.price_yuan), season)


def _vouchers(counter: Counter, one: ShelfSource) -> Shelved:
    quota = counter.resource(
        "quota", one.code, (one.name_en, one.name_zh),
        CapacityRule(quantity=counter.luck.randint(*VOUCHERS_A_DAY)),
    )  # fmt: skip
    plan = counter.plan(
        f"voucher-{one.code}", ("Voucher", "代金券"), "prepaid",
        Cancellation(free_hours=0, fee_bp=10_000, no_show_bp=0),
    )  # fmt: skip
    return [Use(resource_id=quota, pattern="day")], plan, 8, ()


def _private_rooms(counter: Counter, one: ShelfSource) -> Shelved:
    rooms = counter.resource(
        "table", one.code, ("Private room", "包间"), _open_hours(counter, PRIVATE_ROOMS)
    )
    plan = counter.plan(
        f"private-{one.code}", ("Held by card", "信用卡担保"), "card",
        Cancellation(free_hours=24, fee_bp=3_000, no_show_bp=5_000),
    )  # fmt: skip
    use = Use(resource_id=rooms, pattern="span", each=False, span=BANQUET_QUARTERS)
    return [use], plan, 14, BANQUETS


def _tables(counter: Counter, one: ShelfSource) -> Shelved:
    tables = counter.resource(
        "table", one.code, ("Table for four", "四人桌"), _open_hours(counter, TABLES)
    )
    plan = counter.plan(
        f"table-{one.code}", ("Table reservation", "订座"), "none",
        Cancellation(free_hours=0, fee_bp=0, no_show_bp=0),
    )  # fmt: skip
    use = Use(resource_id=tables, pattern="span", each=False, span=TABLE_QUARTERS)
    return [use], plan, 4, (*LUNCH, *DINNER)


def _open_hours(counter: Counter, between: tuple[int, int]) -> CapacityRule:
    quantity = counter.luck.randint(*between) * (3 if counter.plot.flagship else 1)
    return CapacityRule(quantity=quantity, from_minute=OPEN_MINUTE, until_minute=CLOSE_MINUTE)


def _fill_sight(counter: Counter, shelf: list[ShelfSource]) -> None:
    entries = _entries(shelf)
    windows = counter.luck.randint(20, 60) * (4 if counter.plot.flagship else 1)
    day = counter.resource(
        "quota", "day", ("Admissions a day", "每日限流"),
        CapacityRule(quantity=windows * len(entries) * 4 // 5),
        CapacityRule(quantity=windows * len(entries), weekdays=WEEKEND_DAYS),
    )  # fmt: skip
    window = counter.resource(
        "quota", "window", ("Entry window", "分时入园"), CapacityRule(quantity=windows)
    )
    plan = counter.plan(
        "ticket", ("Admission by date and time", "分时预约票"), "prepaid",
        Cancellation(free_hours=24, fee_bp=3_000, no_show_bp=10_000),
    )  # fmt: skip
    uses = [Use(resource_id=day, pattern="day"), Use(resource_id=window, pattern="entry")]
    season = BUSY_WEEKENDS if counter.plot.brand.tier >= 3 else STEADY
    for one in shelf:
        product = counter.product(
            one.code, (one.name_en, one.name_zh), uses, tax_class=SERVICES, most=20, starts=entries
        )
        counter.offer(product, plan, counter.price(one.price_yuan), season)
    child = counter.product(
        "child", ("Child or senior", "儿童及长者票"), uses, tax_class=SERVICES, most=20,
        starts=entries,
    )  # fmt: skip
    counter.offer(child, plan, counter.price(shelf[0].price_yuan) * CHILD_PERCENT // 100, season)


def _entries(shelf: list[ShelfSource]) -> tuple[int, ...]:
    if shelf[0].kind == "show":
        return SHOW_ENTRIES
    evenings = any(one.code in ("night", "dinner") for one in shelf)
    return (*DAY_ENTRIES, *EVENING_ENTRIES) if evenings else DAY_ENTRIES


def _fill_tour(counter: Counter, shelf: list[ShelfSource]) -> None:
    plan = counter.plan(
        "tour", ("Paid on booking", "预付成团"), "prepaid",
        Cancellation(free_hours=48, fee_bp=5_000, no_show_bp=10_000),
    )  # fmt: skip
    for one in shelf:
        names = (one.name_en, one.name_zh)
        seats = counter.luck.randint(6, 10) if one.code in SMALL_GROUPS else 30
        resource = counter.resource("seat", one.code, names, CapacityRule(quantity=seats))
        product = counter.product(
            one.code, names, [Use(resource_id=resource, pattern="entry")], tax_class=SERVICES,
            most=min(seats, 12), starts=(DEPARTURES.get(one.code, MORNING_DEPARTURE),),
        )  # fmt: skip
        counter.offer(product, plan, counter.price(one.price_yuan), BUSY_WEEKENDS)


def _fill_shop(counter: Counter, shelf: list[ShelfSource]) -> None:
    paid = counter.plan(
        "shop", ("Paid and collected", "付款自提"), "prepaid",
        Cancellation(free_hours=0, fee_bp=0, no_show_bp=0),
    )  # fmt: skip
    kept = counter.plan(
        "kept", ("Kept for you, paid in the shop", "预留到店付"), "none",
        Cancellation(free_hours=0, fee_bp=0, no_show_bp=0),
    )  # fmt: skip
    for place, one in enumerate(shelf):
        names = (one.name_en, one.name_zh)
        stock = counter.resource(
            "stock", one.code, names, CapacityRule(quantity=counter.luck.randint(80, 600))
        )
        product = counter.product(
            one.code, names, [Use(resource_id=stock, pattern="stock")], tax_class=GOODS, most=20,
            cost_yuan=one.cost_yuan or 0,
        )  # fmt: skip
        counter.offer(product, paid, counter.price(one.price_yuan), FESTIVE)
        if place == 0:
            counter.offer(product, kept, counter.price(one.price_yuan), FESTIVE)
