"""A refund that was refused or declined is asked for again, by the rules of any other."""

import asyncio

import pytest

from serai.capital import payments_asked
from serai.cloud import deed_numbered, refund_approvals
from serai.core import Refusal
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    AskedAgain,
    By,
    ask_refund_again,
    audit,
    read_refund_files,
    set_refund_bound,
    trace,
)
from tests.flows.clock import SetClock
from tests.flows.desk import Desk, done, refused, want
from tests.flows.statement import money, pending_money, told
from tests.flows.test_refunds import (
    THREE_NIGHTS,
    actor,
    asked_by,
    clerk,
    decide,
    last_deed,
    order_of,
    status,
)
from tests.worlds import DUCK_BRAND, LANTERN_INN, ROOM_PREPAID, WANG
from tests.worlds import PLATFORM_ENTITY as P

NIGHT = 45_000


async def declined(desk: Desk, count: int = 1) -> list[int]:
    """Refunds of a night each, of orders of their own, which their provider has declined."""
    found = []
    for _ in range(count):
        order = await desk.confirmed(want(ROOM_PREPAID))
        await desk.cancel(order)
        found.append((await desk.payments(order))[-1].id)
        assert await desk.answer(found[-1], "declined") == "declined"
    return found


async def refused_by_another(desk: Desk) -> int:
    """The refund of three nights that a clerk has asked for and a colleague has refused."""
    refund = await asked_by(desk, await clerk(desk.house))
    colleague = await actor(desk.house, "colleague", "group_finance")
    done(await decide(desk, colleague, refund, approved=False))
    return refund


async def again(desk: Desk, refund: int) -> AskedAgain:
    return done(await ask_refund_again(desk.house, desk.by(), refund))


async def test_what_the_provider_declined_goes_back_after_all(
    desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    house, database = desk.house, desk.house.database
    (refund,) = await declined(desk)
    order = await order_of(desk, refund)
    clock.forward(days=3)
    who = desk.actor = await actor(house, "finance", "entity_finance", P)
    asked = await again(desk, refund)
    assert (asked.again_of, asked.wait) == (refund, None)
    assert await status(desk, order) == ["declined", "asked"]
    assert await payments_asked(database) == [asked.refund_id]
    first, second = (await desk.payments(order))[1:]
    assert (second.again_of, second.refund_of, second.lines) == (
        refund, first.refund_of, first.lines,
    )  # fmt: skip
    assert (second.amount_minor, second.asked_at, second.let_out_by) == (NIGHT, clock(), (who.id,))
    assert await pending_money(database) == {
        (P, "customer_money"): NIGHT,
        (P, "payment_clearing"): -NIGHT,
    }
    assert not [finding for finding in await audit(urls.platform) if finding.failed]
    assert await desk.answer(asked.refund_id) == "succeeded"
    assert await money(database) == {}
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_what_a_second_person_refused_waits_for_one_whatever_it_comes_to(
    desk: Desk, urls: DatabaseUrls
) -> None:
    house = desk.house
    refund = await refused_by_another(desk)
    order = await order_of(desk, refund)
    who = desk.actor = await actor(house, "other", "group_finance")
    asked = await again(desk, refund)
    assert asked.wait is not None
    assert (asked.wait.reason, asked.wait.entity_id) == ("refused", P)
    assert await status(desk, order) == ["refused", "waiting"]
    approval = (await refund_approvals(house.database, [asked.refund_id]))[asked.refund_id]
    assert (approval.state, approval.asked_by) == ("waiting", who.id)
    assert refused(await decide(desk, who, asked.refund_id)) == "second_person_needed"
    third = await actor(house, "third", "group_finance")
    done(await decide(desk, third, asked.refund_id))
    assert await desk.answer(asked.refund_id) == "succeeded"
    assert await money(house.database) == {}
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_refused_once_more_it_is_asked_for_once_more(desk: Desk, urls: DatabaseUrls) -> None:
    house = desk.house
    refund = await refused_by_another(desk)
    people = [await actor(house, f"finance-{n}", "group_finance") for n in range(2)]
    desk.actor = people[0]
    second = (await again(desk, refund)).refund_id
    done(await decide(desk, people[1], second, approved=False))
    third = (await again(desk, second)).refund_id
    assert await status(desk, await order_of(desk, refund)) == ["refused", "refused", "waiting"]
    assert refused(await ask_refund_again(house, desk.by(), refund)) == "refund_not_given_up"
    files = await read_refund_files(house, await desk.payments(await order_of(desk, refund)))
    assert [one.asked_again_as for one in files[1:]] == [second, third, 0]
    assert [one.may_be_asked_again for one in files[1:]] == [False, False, False]
    assert await money(house.database) == {
        (P, "payment_clearing"): THREE_NIGHTS,
        (P, "customer_money"): -THREE_NIGHTS,
    }
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_above_what_one_may_pay_back_alone_it_waits(desk: Desk) -> None:
    (refund,) = await declined(desk)
    done(await set_refund_bound(desk.house, desk.by(), P, NIGHT - 1))
    desk.actor = await actor(desk.house, "finance", "group_finance")
    asked = await again(desk, refund)
    assert asked.wait is not None
    assert (asked.wait.reason, asked.wait.bound_minor) == ("order", NIGHT - 1)


async def test_it_counts_for_the_day(desk: Desk) -> None:
    refunds = await declined(desk, 3)
    done(await set_refund_bound(desk.house, desk.by(), P, 100_000, 100_000))
    desk.actor = await actor(desk.house, "finance", "group_finance")
    waits = [(await again(desk, refund)).wait for refund in refunds]
    assert [one and (one.reason, one.before_minor) for one in waits] == [
        None, None, ("day", 2 * NIGHT),
    ]  # fmt: skip


async def test_nobody_who_does_not_see_it_asks(desk: Desk) -> None:
    (refund,) = await declined(desk)
    for n, (role, node) in enumerate(
        (("brand_manager", DUCK_BRAND), ("store_clerk", LANTERN_INN), ("traveller", WANG))
    ):
        desk.actor = await actor(desk.house, f"other-{n}", role, node)
        answer = await ask_refund_again(desk.house, desk.by(), refund)
        assert refused(answer) == "refund_not_found"


async def test_what_has_come_to_something_is_not_asked_for_again(desk: Desk) -> None:
    house = desk.house
    order = await desk.confirmed(want(ROOM_PREPAID))
    await desk.cancel(order)
    payment, refund = [one.id for one in await desk.payments(order)]
    waiting = await asked_by(desk, await clerk(house))
    desk.actor = await actor(house, "finance", "group_finance")
    assert refused(await ask_refund_again(house, desk.by(), payment)) == "refund_not_found"
    assert refused(await ask_refund_again(house, desk.by(), 4711)) == "refund_not_found"
    for one in (refund, waiting):
        assert refused(await ask_refund_again(house, desk.by(), one)) == "refund_not_given_up"
    assert await desk.answer(refund) == "succeeded"
    assert refused(await ask_refund_again(house, desk.by(), refund)) == "refund_not_given_up"


@pytest.mark.parametrize("how", ["declined", "refused"])
async def test_of_many_at_once_one_asks(desk: Desk, urls: DatabaseUrls, how: str) -> None:
    house = desk.house
    refund = (await declined(desk))[0] if how == "declined" else await refused_by_another(desk)
    people = [await actor(house, f"finance-{n}", "group_finance") for n in range(5)]
    answers = await asyncio.gather(
        *(ask_refund_again(house, By(one, f"once-{n}"), refund) for n, one in enumerate(people))
    )
    asked = [one for one in answers if isinstance(one, AskedAgain)]
    others = {refused(one) for one in answers if isinstance(one, Refusal)}
    assert (len(asked), others) == (1, {"refund_not_given_up"})
    assert len(await status(desk, await order_of(desk, refund))) == 2
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_the_same_request_again_hears_the_same(desk: Desk) -> None:
    (refund,) = await declined(desk)
    by = By(await actor(desk.house, "finance", "group_finance"), "the-key")
    answers = await asyncio.gather(*(ask_refund_again(desk.house, by, refund) for _ in range(4)))
    assert len({str(one) for one in answers}) == 1
    assert len(await status(desk, await order_of(desk, refund))) == 2


async def test_it_is_told(desk: Desk) -> None:
    house = desk.house
    (refund,) = await declined(desk)
    order = await order_of(desk, refund)
    desk.actor = await actor(house, "finance", "group_finance")
    asked = await again(desk, refund)
    assert (await told(house.database, order))[-1] == "refund.asked_again"
    steps = done(await trace(house, order)).steps
    assert [one.what for one in steps[-1].of("customers")] == ["refund.asked"]
    deed = await deed_numbered(house.database, await last_deed(house.database))
    assert deed is not None
    assert (deed.operation, deed.thing, deed.thing_id) == ("ask_refund_again", "order", order)
    assert deed.after["payments"][str(asked.refund_id)]["again_of"] == refund
