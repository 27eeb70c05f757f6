"""Money goes back by two people above a company's bound; below it, and by the house itself, by one.

All stores here but the Tea House have their money collected by the platform's entity, whose bound
is the usual one: 1,000.00 an order.
"""

import asyncio

import pytest
from msgspec import structs

from serai.capital import Verdict, payments_asked
from serai.cloud import (
    MOST_ALONE_MINOR,
    PLATFORM,
    Actor,
    Person,
    Program,
    actor_of_person,
    deed_numbered,
    find_program,
    grants_of,
    person_of,
    read_scopes,
    refund_approvals,
    waiting_approvals,
)
from serai.core import Database, Refusal
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    BoundSet,
    By,
    House,
    NewPerson,
    NewProgram,
    RefundDecided,
    admit_program,
    answer_payment,
    audit,
    cancel,
    count_refunds_waiting,
    decide_approval,
    decide_refund,
    enter,
    invite,
    no_show,
    preview_cancellation,
    rotate_key,
    set_refund_bound,
    trace,
)
from serai.merchants import read_offers, read_plans
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, Desk, done, refused, want
from tests.flows.statement import left, money, pending_money, told
from tests.people import let_in, role_on
from tests.worlds import (
    ADMISSION,
    DUCK,
    DUCK_BRAND,
    LAKESIDE_BRAND,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON_ROOM,
    PLATFORM_ENTITY,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    ROOMS,
    TEA_CEREMONY,
    TEA_COMPANY,
    WANG,
)

P = PLATFORM_ENTITY
THREE_NIGHTS = 135_000


async def actor(house: House, name: str, role: str, node_id: int | None = None) -> Actor:
    """Somebody new who holds a role."""
    return await acting(house, await let_in(house, name, role_on(role, node_id)))


async def acting(house: House, person: Person) -> Actor:
    return actor_of_person(person, await grants_of(house.database, [person.id]))


async def clerk(house: House) -> Actor:
    return await actor(house, "clerk", "store_clerk", LANTERN_INN)


async def asked_by(desk: Desk, who: Actor, nights: int = 3) -> int:
    """The refund of some nights that were paid for in advance, cancelled by somebody."""
    order = await desk.confirmed(want(ROOM_PREPAID, nights=nights))
    desk.actor = who
    await desk.cancel(order)
    return (await desk.payments(order))[-1].id


async def decide(desk: Desk, who: Actor, refund: int, *, approved: bool = True) -> object:
    desk.actor = who
    return await decide_refund(desk.house, desk.by(), refund, approved=approved)


async def status(desk: Desk, order: int) -> list[str]:
    """Of the order's refunds, oldest first."""
    return [one.status for one in await desk.payments(order) if one.kind == "refund"]


async def set_bound(desk: Desk, entity: int, alone_minor: int) -> None:
    bound = await set_refund_bound(desk.house, desk.by(), entity, alone_minor)
    assert bound == BoundSet(entity, alone_minor)


# What waits, and what becomes of it


async def test_the_room_is_free_at_once_and_the_money_waits(desk: Desk) -> None:
    house, database = desk.house, desk.house.database
    who = await clerk(house)
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    desk.actor = who
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, THREE_NIGHTS)
    assert cancelled.refund_waits_minor == THREE_NIGHTS
    assert await left(database, ROOMS, STAY) == 5
    assert await status(desk, order) == ["waiting"]
    assert await payments_asked(database) == [], "no provider is asked"
    assert await pending_money(database) == {
        (P, "customer_money"): THREE_NIGHTS,
        (P, "payment_clearing"): -THREE_NIGHTS,
    }
    (refund,) = [one for one in await desk.payments(order) if one.kind == "refund"]
    (approval,) = (await refund_approvals(database, [refund.id])).values()
    assert (approval.state, approval.asked_by) == ("waiting", who.id)
    assert (await told(database, order))[-2:] == ["booking.cancelled", "refund.waiting"]


async def test_once_another_has_agreed_the_provider_is_asked(
    desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    house, database = desk.house, desk.house.database
    refund = await asked_by(desk, await clerk(house))
    clock.forward(hours=30)
    other = await actor(house, "other", "entity_finance", P)
    assert await count_refunds_waiting(house, other) == 1
    assert await decide(desk, other, refund) == RefundDecided(refund, approved=True)
    assert await count_refunds_waiting(house, other) == 0
    assert await payments_asked(database) == [refund]
    order = await order_of(desk, refund)
    sent = next(one for one in await desk.payments(order) if one.id == refund)
    assert sent.asked_at == clock(), "it has not waited for its provider until now"
    assert await desk.answer(refund) == "succeeded"
    assert await money(database) == {}
    assert await pending_money(database) == {}
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_what_is_refused_stays_the_customers_money(desk: Desk, urls: DatabaseUrls) -> None:
    house, database = desk.house, desk.house.database
    refund = await asked_by(desk, await clerk(house))
    order = await order_of(desk, refund)
    other = await actor(house, "other", "group_finance")
    assert await decide(desk, other, refund, approved=False) == RefundDecided(refund, False)
    assert await status(desk, order) == ["refused"]
    assert await money(database) == {
        (P, "payment_clearing"): THREE_NIGHTS,
        (P, "customer_money"): -THREE_NIGHTS,
    }
    assert await pending_money(database) == {}
    assert (await told(database, order))[-1] == "refund.refused"
    outcomes: tuple[Verdict, ...] = ("succeeded", "declined")
    for outcome in outcomes:
        answered = await answer_payment(house, desk.by(), refund, outcome, "r")
        assert refused(answered) == "refund_not_asked"
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_a_provider_that_answers_what_it_was_not_asked_changes_nothing(desk: Desk) -> None:
    refund = await asked_by(desk, await clerk(desk.house))
    answered = await answer_payment(desk.house, desk.by(), refund, "succeeded", "forged")
    assert refused(answered) == "refund_not_asked"
    assert await status(desk, await order_of(desk, refund)) == ["waiting"]


async def test_the_fee_is_of_the_moment_of_the_cancellation(desk: Desk, clock: SetClock) -> None:
    """A day before, a third is kept; what waits is the rest, and it does not change by waiting."""
    house = desk.house
    order = await desk.confirmed(want(ROOM_HALF_SURE, nights=4))
    clock.set(at(19, 20))
    desk.actor = await clerk(house)
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_waits_minor) == (59_994, 120_006)
    clock.forward(hours=40)
    other = await actor(house, "other", "brand_manager")
    (refund,) = [one for one in await desk.payments(order) if one.kind == "refund"]
    done(await decide(desk, other, refund.id))
    assert (await desk.payments(order))[-1].amount_minor == 120_006


async def test_a_no_show_waits_alike(desk: Desk, clock: SetClock) -> None:
    house = desk.house
    order = await desk.confirmed(want(DUCK, quantity=9))
    clock.forward(days=30)
    desk.actor = await actor(house, "seller", "store_clerk")
    missed = done(await no_show(house, desk.by(), order))
    assert (missed.refund_minor, missed.refund_waits_minor) == (115_200, 115_200)
    assert await status(desk, order) == ["waiting"]


async def test_a_preview_says_what_would_wait_for_whoever_asks(desk: Desk) -> None:
    house, who = desk.house, await clerk(desk.house)
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    before = await house.database.value("SELECT count(*) FROM payments")
    shown = done(await preview_cancellation(house, order, actor=who))
    assert shown.cancelled.refund_waits_minor == THREE_NIGHTS
    assert done(await preview_cancellation(house, order)).cancelled.refund_waits_minor == 0
    assert await house.database.value("SELECT count(*) FROM payments") == before


async def test_a_trace_tells_of_both_people(desk: Desk) -> None:
    house = desk.house
    refund = await asked_by(desk, await clerk(house))
    done(await decide(desk, await actor(house, "other", "group_finance"), refund))
    steps = done(await trace(house, await order_of(desk, refund))).steps
    types = [one.what for step in steps for one in step.of("information")]
    assert types[-3:] == ["booking.cancelled", "refund.waiting", "refund.approved"]
    heard = [one.what for step in steps for one in step.of("customers")]
    assert heard[-2:] == ["refund.waiting", "refund.approved"]
    deed = await deed_numbered(house.database, await last_deed(house.database))
    assert deed is not None
    assert (deed.operation, deed.thing, deed.thing_id) == (
        "decide_refund", "order", await order_of(desk, refund),
    )  # fmt: skip
    assert deed.after["payments"][str(refund)] == {"status": "asked"}


# The bound


@pytest.mark.parametrize(
    ("alone_minor", "expected"),
    [(90_000, "asked"), (89_999, "waiting"), (0, "waiting"), (MOST_ALONE_MINOR, "asked")],
)
async def test_the_bound_is_what_one_person_may_just_pay_back(
    desk: Desk, alone_minor: int, expected: str
) -> None:
    await set_bound(desk, P, alone_minor)
    refund = await asked_by(desk, await clerk(desk.house), nights=2)
    assert await status(desk, await order_of(desk, refund)) == [expected]


async def test_line_by_line_is_no_way_around_it(desk: Desk) -> None:
    order = await desk.confirmed(*[want(ROOM_PREPAID)] * 4)
    desk.actor = await clerk(desk.house)
    for line in [line.id for line in await desk.lines(order)]:
        await desk.cancel(order, [line])
    assert await status(desk, order) == ["asked", "asked", "waiting", "waiting"]


async def test_nor_is_paying_for_the_lines_one_by_one(desk: Desk) -> None:
    booked = await desk.book(*[want(ROOM_PREPAID)] * 3)
    lines = [line.id for line in await desk.lines(booked.order_id)]
    for line in lines:
        await desk.pay(booked.order_id, [line])
    desk.actor = await clerk(desk.house)
    cancelled = await desk.cancel(booked.order_id)
    assert cancelled.refund_waits_minor == THREE_NIGHTS
    assert await status(desk, booked.order_id) == ["waiting"] * 3


async def test_nor_are_cancellations_at_once(desk: Desk) -> None:
    order = await desk.confirmed(*[want(ROOM_PREPAID)] * 5)
    desk.actor = await clerk(desk.house)
    lines = [line.id for line in await desk.lines(order)]
    await asyncio.gather(*(desk.cancel(order, [line]) for line in lines))
    assert sorted(await status(desk, order)) == ["asked", "asked", *["waiting"] * 3]


async def test_nor_are_two_people_each_below_it(desk: Desk) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2), want(ROOM_PREPAID, nights=2))
    first, second = [line.id for line in await desk.lines(order)]
    desk.actor = await clerk(desk.house)
    await desk.cancel(order, [first])
    desk.actor = await actor(desk.house, "second", "store_clerk", LANTERN_INN)
    await desk.cancel(order, [second])
    assert await status(desk, order) == ["asked", "waiting"]


async def test_what_came_to_nothing_does_not_count(desk: Desk) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2), want(ROOM_PREPAID, nights=2))
    first, second = [line.id for line in await desk.lines(order)]
    desk.actor = await clerk(desk.house)
    await desk.cancel(order, [first])
    assert await desk.answer((await desk.payments(order))[-1].id, "declined") == "declined"
    await desk.cancel(order, [second])
    assert await status(desk, order) == ["declined", "asked"]


async def test_each_company_that_collects_has_its_own_bound(desk: Desk) -> None:
    """The Tea House collects for itself; what the platform collects is below its bound."""
    await set_bound(desk, TEA_COMPANY, 5_000)
    order = await desk.confirmed(want(ROOM_PREPAID), want(TEA_CEREMONY, minute=840))
    desk.actor = await actor(desk.house, "manager", "brand_manager")
    cancelled = await desk.cancel(order)
    assert (cancelled.refund_minor, cancelled.refund_waits_minor) == (54_999, 9_999)
    found = {
        one.collector_id: one.status for one in await desk.payments(order) if one.kind == "refund"
    }
    assert found == {P: "asked", TEA_COMPANY: "waiting"}


async def test_another_currency_than_the_companys_always_waits(desk: Desk) -> None:
    """What Lisbon has sold for a few euros, the platform has collected, whose books are in yuan."""
    house = desk.house
    plan = (await read_plans(house.database, [89]))[89]
    offer = (await read_offers(house.database, [LISBON_ROOM]))[LISBON_ROOM]
    prepaid = structs.replace(plan, id=990, code="paid", guarantee="prepaid")
    euros = structs.replace(offer, id=991, plan_id=990)
    done(await enter(house, By(PLATFORM, "euros"), (prepaid, euros)))
    order = await desk.confirmed(want(991))
    desk.actor = await actor(house, "manager", "brand_manager")
    cancelled = await desk.cancel(order)
    assert (cancelled.currency, cancelled.refund_waits_minor) == ("EUR", 13_086)


async def test_the_bound_is_the_organisations(desk: Desk) -> None:
    """Whoever may not write it finds no company; every change of it is told."""
    house = desk.house
    desk.actor = await actor(house, "finance", "entity_finance", P)
    assert refused(await set_refund_bound(house, desk.by(), P, 1)) == "entity_not_found"
    desk.actor = await actor(house, "it", "group_it")
    assert refused(await set_refund_bound(house, desk.by(), 4711, 1)) == "entity_not_found"
    for wrong in (-1, MOST_ALONE_MINOR + 1):
        assert refused(await set_refund_bound(house, desk.by(), P, wrong)) == "bound_out_of_range"
    await asyncio.gather(*(set_bound(desk, P, n) for n in range(4)))
    deed = await deed_numbered(house.database, await last_deed(house.database))
    assert deed is not None
    assert (deed.operation, deed.thing, deed.thing_id) == ("set_refund_bound", "entity", P)
    assert deed.after["entities"][str(P)].keys() == {"refunds_alone_minor"}


# Whom it binds


async def test_the_platform_and_customers_are_not_bound(desk: Desk) -> None:
    house = desk.house
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    assert (await desk.cancel(order)).refund_waits_minor == 0
    other = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    desk.actor = await actor(house, "wang", "traveller", WANG)
    assert (await desk.cancel(other)).refund_waits_minor == 0
    assert await status(desk, order) == await status(desk, other) == ["asked"]


async def test_staff_who_are_customers_too_are_staff(desk: Desk) -> None:
    house = desk.house
    person = await let_in(
        house, "wang", role_on("traveller", WANG), role_on("store_clerk", LANTERN_INN)
    )
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    desk.actor = await acting(house, person)
    assert (await desk.cancel(order)).refund_waits_minor == THREE_NIGHTS


async def test_money_that_came_too_late_goes_back_by_itself(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID, nights=3))
    asked = await desk.ask(booked.order_id)
    desk.actor = await clerk(desk.house)
    assert (await desk.cancel(booked.order_id)).refund_waits_minor == 0
    desk.actor = Actor("providers")
    assert await desk.answer(asked.payment_id) == "returned"
    assert await status(desk, booked.order_id) == ["asked"]


# Who may decide


async def test_nobody_agrees_with_themselves(desk: Desk) -> None:
    house = desk.house
    manager = await actor(house, "manager", "brand_manager")
    refund = await asked_by(desk, manager)
    for approved in (True, False):
        assert refused(await decide(desk, manager, refund, approved=approved)) == (
            "second_person_needed"
        )
    other = await actor(house, "other", "brand_manager")
    done(await decide(desk, other, refund))


DECIDERS = {
    "group_finance": ("group_finance", None, True),
    "group_controller": ("group_controller", None, True),
    "company that collected": ("entity_finance", P, True),
    "brand of all of it": ("brand_manager", LANTERN_BRAND, True),
    "company that sold": ("entity_finance", LANTERN_COMPANY, True),
    "another brand": ("brand_manager", DUCK_BRAND, False),
    "another company": ("entity_finance", TEA_COMPANY, False),
    "a store": ("store_manager", LANTERN_INN, False),
    "an analyst": ("group_analyst", None, False),
    "group's IT": ("group_it", None, False),
    "its customer": ("traveller", WANG, False),
}


@pytest.mark.parametrize("who", DECIDERS)
async def test_who_decides(desk: Desk, who: str) -> None:
    role, node, may = DECIDERS[who]
    refund = await asked_by(desk, await clerk(desk.house))
    decided = await decide(desk, await actor(desk.house, "other", role, node), refund)
    if may:
        done(decided)
    else:
        assert refused(decided) == "refund_not_found"
        assert await status(desk, await order_of(desk, refund)) == ["waiting"]


async def test_of_two_brands_neither_decides_about_both(desk: Desk) -> None:
    house = desk.house
    order = await desk.confirmed(
        want(ROOM_PREPAID, nights=3), want(ADMISSION, quantity=2, minute=600)
    )
    desk.actor = await actor(house, "controller", "group_controller")
    await desk.cancel(order)
    (refund,) = [one.id for one in await desk.payments(order) if one.kind == "refund"]
    for n, brand in enumerate((LANTERN_BRAND, LAKESIDE_BRAND)):
        one = await actor(house, f"brand-{n}", "brand_manager", brand)
        assert refused(await decide(desk, one, refund)) == "refund_not_found"
        assert await count_refunds_waiting(house, one) == 0
    person = await let_in(
        house, "both", role_on("brand_manager", LANTERN_BRAND),
        role_on("brand_manager", LAKESIDE_BRAND),
    )  # fmt: skip
    done(await decide(desk, await acting(house, person), refund))


async def test_what_is_no_refund_or_waits_for_nobody_is_not_decided(desk: Desk) -> None:
    house = desk.house
    order = await desk.confirmed(want(ROOM_PREPAID))
    await desk.cancel(order)
    payment, alone = [one.id for one in await desk.payments(order)]
    finance = await actor(house, "finance", "group_finance")
    assert refused(await decide(desk, finance, payment)) == "refund_not_found"
    assert refused(await decide(desk, finance, 4711)) == "refund_not_found"
    assert refused(await decide(desk, finance, alone)) == "refund_not_waiting"


async def test_a_refund_is_no_role(desk: Desk) -> None:
    """The approvals of roles know nothing of those of refunds."""
    house = desk.house
    refund = await asked_by(desk, await clerk(house))
    approval = (await refund_approvals(house.database, [refund]))[refund]
    assert await waiting_approvals(house.database) == []
    boss = await let_in(house, "boss", role_on("group_controller"), role_on("group_it"))
    desk.actor = await acting(house, boss)
    decided = await decide_approval(house, desk.by(), approval.id, approved=True)
    assert refused(decided) == "approval_not_found"


# Programs


async def program_of(house: House, by: By, name: str, *scopes: str) -> Actor:
    rights = read_scopes(scopes)
    assert not isinstance(rights, Refusal)
    wanted = NewProgram(name=name, scopes=rights, level="brand", node_id=LANTERN_BRAND)
    done(await admit_program(house, by, wanted))
    return (await _program(house, name)).actor()


async def test_who_has_made_a_program_agrees_neither_with_it_nor_through_it(desk: Desk) -> None:
    house = desk.house
    manager = await actor(house, "manager", "brand_manager")
    other = await actor(house, "other", "brand_manager")
    desk.actor = manager
    shop = await program_of(house, desk.by(), "shop", "orders", "refunds")
    refund = await asked_by(desk, shop)
    assert refused(await decide(desk, shop, refund)) == "second_person_needed"
    assert refused(await decide(desk, manager, refund)) == "second_person_needed"
    desk.actor = manager
    sibling = await program_of(house, desk.by(), "sibling", "refunds")
    assert refused(await decide(desk, sibling, refund)) == "second_person_needed"
    done(await decide(desk, other, refund))

    by_hand = await asked_by(desk, manager)
    assert refused(await decide(desk, sibling, by_hand)) == "second_person_needed"
    desk.actor = other
    foreign = await program_of(house, desk.by(), "foreign", "refunds")
    done(await decide(desk, foreign, by_hand))


async def test_who_has_had_a_key_of_it_made_is_behind_it_too(desk: Desk) -> None:
    house = desk.house
    desk.actor = await actor(house, "maker", "brand_manager")
    shop = await program_of(house, desk.by(), "shop", "orders")
    second = await actor(house, "second", "brand_manager")
    desk.actor = second
    done(await rotate_key(house, desk.by(), "shop"))
    refund = await asked_by(desk, shop)
    assert refused(await decide(desk, second, refund)) == "second_person_needed"
    done(await decide(desk, await actor(house, "third", "brand_manager"), refund))


async def test_who_has_let_somebody_in_is_behind_them_for_some_days(
    desk: Desk, clock: SetClock
) -> None:
    """They know the first password."""
    house = desk.house
    roles = (role_on("brand_manager"), role_on("store_manager", LANTERN_INN))
    manager = await acting(house, await let_in(house, "manager", *roles))
    desk.actor = manager
    wanted = NewPerson(
        name="puppet", display_name="Puppet", roles=(role_on("store_clerk", LANTERN_INN),)
    )
    invited = done(await invite(house, desk.by(), wanted, "four calm river stones"))
    puppet = await person_of(house.database, invited.invited.person_id)
    assert puppet is not None
    refund = await asked_by(desk, await acting(house, puppet))
    assert refused(await decide(desk, manager, refund)) == "second_person_needed"
    clock.forward(days=8)
    done(await decide(desk, manager, refund))


# At once, and again


async def test_of_two_who_decide_at_once_one_does(desk: Desk, urls: DatabaseUrls) -> None:
    house = desk.house
    refund = await asked_by(desk, await clerk(house))
    people = [await actor(house, f"finance-{n}", "group_finance") for n in range(6)]
    answers = await asyncio.gather(
        *(
            decide_refund(house, By(one, f"at-once-{n}"), refund, approved=n % 2 == 0)
            for n, one in enumerate(people)
        )
    )
    decided = [one for one in answers if isinstance(one, RefundDecided)]
    others = {refused(one) for one in answers if isinstance(one, Refusal)}
    assert (len(decided), others) == (1, {"refund_not_waiting"})
    expected = "asked" if decided[0].approved else "refused"
    assert await status(desk, await order_of(desk, refund)) == [expected]
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


@pytest.mark.parametrize("approved", [True, False])
async def test_the_same_decision_again_hears_the_same(desk: Desk, *, approved: bool) -> None:
    house = desk.house
    refund = await asked_by(desk, await clerk(house))
    by = By(await actor(house, "finance", "group_finance"), "the-key")
    first = done(await decide_refund(house, by, refund, approved=approved))
    position = house.books.position
    assert await decide_refund(house, by, refund, approved=approved) == first
    again = await decide_refund(house, by, refund, approved=not approved)
    assert refused(again) == "key_reused"
    other = By(by.actor, "another-key")
    late = await decide_refund(house, other, refund, approved=approved)
    assert refused(late) == "refund_not_waiting"
    assert house.books.position == position


async def test_a_cancellation_asked_for_again_waits_once(desk: Desk) -> None:
    house, who = desk.house, await clerk(desk.house)
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    by = By(who, "the-key")
    answers = await asyncio.gather(*(cancel(house, by, order) for _ in range(5)))
    assert len({str(one) for one in answers}) == 1
    assert done(answers[0]).refund_waits_minor == THREE_NIGHTS
    assert await status(desk, order) == ["waiting"]


async def order_of(desk: Desk, refund: int) -> int:
    sql = "SELECT order_id FROM payments WHERE id = %(id)s"
    order: int = await desk.house.database.value(sql, id=refund)
    return order


async def last_deed(database: Database) -> int:
    number: int = await database.value("SELECT max(number) FROM trail")
    return number


async def _program(house: House, name: str) -> Program:
    program = await find_program(house.database, name)
    assert program is not None
    return program
