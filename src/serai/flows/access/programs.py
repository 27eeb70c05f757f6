"""Programs: let in, given another key, sent away."""

from datetime import datetime, timedelta

from msgspec import Struct

from serai.cloud import (
    LONGEST_LIFE,
    MOST_KEYS,
    MOST_REQUESTS_A_MINUTE,
    PROGRAM_LEVELS,
    PROGRAM_NAME,
    USUAL_LIFE,
    USUAL_REQUESTS_A_MINUTE,
    Actor,
    Level,
    Node,
    Organisation,
    Program,
    ProgramKey,
    Right,
    WrittenKey,
    find_program,
    keys_of,
    new_key,
    node_at,
)
from serai.core import Refusal
from serai.flows.access.managing import may_give, may_read
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

OVERLAP = timedelta(days=7)
"""How long the older keys of a program stay good beside a new one, unless somebody says."""


class NewProgram(Struct, frozen=True, kw_only=True):
    """A program that is to be let in; `node_id` is 0 for the group."""

    name: str
    scopes: tuple[Right, ...]
    level: Level = "group"
    node_id: int = 0
    life: timedelta = USUAL_LIFE
    requests_a_minute: int = USUAL_REQUESTS_A_MINUTE


class KeyMade(Struct, frozen=True):
    """What is kept of the making of a key: everything but the key."""

    key_id: int
    program_id: int
    name: str
    expires_at: datetime


class IssuedKey(Struct, frozen=True):
    """A key, and what was made; it can be shown now and never again."""

    written: WrittenKey
    made: KeyMade


class Ended(Struct, frozen=True):
    """How many keys have ended."""

    keys: int


SCOPE_ABOVE_OWN = Refusal(
    name="scope_above_own",
    says="This program has or would have scopes that you do not hold there yourself.",
    advice="Ask somebody who holds them.",
    field="scopes",
)


async def check_keeps(
    house: House, actor: Actor, node: Node, scopes: tuple[Right, ...]
) -> Refusal | None:
    """Refuse to keep a program with more rights on its node than the actor holds there; where the
    actor sees nobody's rights, the node is not there."""
    if actor.holdings is None:
        return None
    if not await sees_programs(house, actor, node):
        return unknown("node", "node_id")
    organisation = await house.organisation()
    given = may_give(actor, organisation, scopes, _home(organisation, node), house)
    return None if given else SCOPE_ABOVE_OWN


async def sees_programs(house: House, actor: Actor, node: Node) -> bool:
    """Whether the actor sees which programs are at home on a node, and what they may do."""
    if actor.holdings is None:
        return True
    organisation = await house.organisation()
    home = _home(organisation, node)
    there = node_at(organisation, home) is not None
    return there and may_read(actor, organisation, home, house)


def _home(organisation: Organisation, node: Node) -> Node:
    """A program of the group may be older than the group, and names none."""
    return Node("group", organisation.group.id) if node.level == "group" else node


async def admit_program(house: House, by: By, wanted: NewProgram) -> IssuedKey | Refusal:
    """Let a program in, and give it its first key."""
    issued: list[WrittenKey] = []

    async def draft() -> Draft | Refusal:
        node = Node(wanted.level, wanted.node_id)
        refused = _check(wanted) or await check_keeps(house, by.actor, node, wanted.scopes)
        if refused is not None:
            return refused
        if await find_program(house.database, wanted.name) is not None:
            return Refusal(
                name="program_name_taken",
                says=f"There is a program {wanted.name} already.",
                advice="Choose another name, or rotate the key of that one.",
                field="name",
            )
        moment = house.clock()
        program_id, key_id = await house.ids.take(2)
        program = Program(
            id=program_id,
            name=wanted.name,
            scopes=wanted.scopes,
            level=wanted.level,
            node_id=wanted.node_id,
            requests_a_minute=wanted.requests_a_minute,
            made_at=moment,
            made_by=by.actor.name,
        )
        issued[:] = [new_key(key_id)]
        key = _key_of(program, issued[0], moment, wanted.life)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=KeyMade(key.id, program.id, program.name, key.expires_at),
            inserts=(Insert("programs", (program,)), Insert("program_keys", (key,))),
            events=(Event(type="program.admitted"),),
        )

    made = await take(house, by, "admit_program", KeyMade, draft, of=wanted)
    return _shown(issued, made)


async def rotate_key(
    house: House, by: By, name: str, *, overlap: timedelta = OVERLAP, life: timedelta = USUAL_LIFE
) -> IssuedKey | Refusal:
    """Give a program another key; those it has go on for the `overlap`, so that nothing stops."""
    issued: list[WrittenKey] = []

    async def draft() -> Draft | Refusal:
        refused = _check_life(life) or _check_overlap(overlap)
        if refused is not None:
            return refused
        program = await _kept(house, by.actor, name)
        if isinstance(program, Refusal):
            return program
        moment = house.clock()
        good = [one for one in await keys_of(house.database, [program.id]) if one.is_good(moment)]
        if len(good) >= MOST_KEYS:
            return Refusal(
                name="too_many_keys",
                says=f"{name} has {len(good)} good keys already.",
                advice="End one of them first.",
                field="name",
            )
        issued[:] = [new_key(next(await house.ids.take(1)))]
        key = _key_of(program, issued[0], moment, life)
        end = moment + overlap
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=KeyMade(key.id, program.id, program.name, key.expires_at),
            inserts=(Insert("program_keys", (key,)),),
            changes=(
                Change("programs", program.id, program.version, {}),  # one key after the other
                *(
                    Change("program_keys", one.id, one.version, {"ended_at": end})
                    for one in good
                    if one.ended_at is None or one.ended_at > end
                ),
            ),
            events=(Event(type="program.key_rotated"),),
        )

    made = await take(house, by, "rotate_key", KeyMade, draft, of=(name, overlap, life))
    return _shown(issued, made)


async def end_program(house: House, by: By, name: str) -> Ended | Refusal:
    """Send a program away: none of its keys opens anything from now on."""

    async def draft() -> Draft | Refusal:
        program = await _kept(house, by.actor, name)
        if isinstance(program, Refusal):
            return program
        moment = house.clock()
        keys = await keys_of(house.database, [program.id])
        open_keys = [one for one in keys if one.is_good(moment)]
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Ended(len(open_keys)),
            changes=(
                Change("programs", program.id, program.version, {"ended_at": moment}),
                *(
                    Change("program_keys", one.id, one.version, {"ended_at": moment})
                    for one in open_keys
                ),
            ),
            events=(Event(type="program.ended"),),
        )

    return await take(house, by, "end_program", Ended, draft, of=name)


async def _kept(house: House, actor: Actor, name: str) -> Program | Refusal:
    """The program of that name, which the actor may keep."""
    program = await find_program(house.database, name)
    if program is None or program.ended_at is not None:
        return _no_program(name)
    refused = await check_keeps(house, actor, program.node, program.scopes)
    if refused is None:
        return program
    return refused if refused is SCOPE_ABOVE_OWN else _no_program(name)


def _key_of(program: Program, written: WrittenKey, moment: datetime, life: timedelta) -> ProgramKey:
    return ProgramKey(
        id=written.id,
        program_id=program.id,
        secret_hash=written.secret_hash,
        made_at=moment,
        expires_at=moment + life,
    )


def _shown(issued: list[WrittenKey], made: KeyMade | Refusal) -> IssuedKey | Refusal:
    """The key that was made; whoever asks again under the same idempotency key is not told it."""
    if isinstance(made, Refusal):
        return made
    if not issued or issued[0].id != made.key_id:
        return Refusal(
            name="key_shown_already",
            says=f"This request has made a key for {made.name} before; it was shown then.",
            advice="Rotate the key if it is lost.",
        )
    return IssuedKey(issued[0], made)


def _check(wanted: NewProgram) -> Refusal | None:
    if not PROGRAM_NAME.fullmatch(wanted.name) or wanted.name != wanted.name.strip():
        return Refusal(
            name="program_name_invalid",
            says="A program's name has 1 to 63 letters, digits, spaces and the signs . _ and -.",
            advice="Choose such a name: booking-site, for example.",
            field="name",
        )
    if wanted.level not in PROGRAM_LEVELS or not wanted.scopes:
        return Refusal(
            name="scope_unknown",
            says="A program needs a scope, and a node of the organisation.",
            advice="Name both.",
            field="scopes",
        )
    if not 1 <= wanted.requests_a_minute <= MOST_REQUESTS_A_MINUTE:
        return Refusal(
            name="quota_out_of_range",
            says=f"A program may ask 1 to {MOST_REQUESTS_A_MINUTE} times a minute.",
            advice="Choose a number in between.",
            field="requests_a_minute",
        )
    return _check_life(wanted.life)


def _check_life(life: timedelta) -> Refusal | None:
    if timedelta() < life <= LONGEST_LIFE:
        return None
    return Refusal(
        name="life_out_of_range",
        says=f"A key lives for at most {LONGEST_LIFE.days} days, and not for none.",
        advice="Choose a number of days in between.",
        field="life",
    )


def _check_overlap(overlap: timedelta) -> Refusal | None:
    if timedelta() <= overlap <= LONGEST_LIFE:
        return None
    return Refusal(
        name="overlap_out_of_range",
        says="Keys go on beside a new one for a time that is not negative, and not for ever.",
        advice="Choose a number of days or hours.",
        field="overlap",
    )


def _no_program(name: str) -> Refusal:
    return Refusal(
        name="program_not_found",
        says=f"There is no program {name[:80]}, or it was sent away.",
        advice="`serai key list` shows which there are.",
        field="name",
    )
