"""An authenticator for one-time codes: shown, confirmed by a first code, and taken off again."""

from msgspec import Struct

from serai.cloud import (
    OneTimeCodes,
    Person,
    enrolment_address,
    new_recovery_codes,
    new_secret,
    one_time_codes_of,
    open_secret,
    person_of,
    recovery_hash,
    seal_secret,
    step_of,
)
from serai.core import Refusal
from serai.flows.access.attempts import Visit, begin_attempt
from serai.flows.access.managing import check_manages
from serai.flows.access.sign_in import CODE_WRONG, use_code
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert


class Enrolment(Struct, frozen=True):
    """What an authenticator is told, as the address in a QR code and as text to type."""

    address: str
    secret: str

    def __repr__(self) -> str:
        return "Enrolment(***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class Enrolled(Struct, frozen=True):
    """Whose authenticator it is from now on."""

    person_id: int


class RecoveryCodes(Struct, frozen=True):
    """The codes for a day without the authenticator; told once."""

    codes: tuple[str, ...]


ENROLLED_ALREADY = Refusal(
    name="codes_enrolled",
    says="An authenticator is enrolled already.",
    advice="Take it off first.",
)


async def begin_enrolment(house: House, by: By, person: Person) -> Enrolment | Refusal:
    """Make a secret for an authenticator, or tell again the one that waits for its first code."""
    known = await one_time_codes_of(house.database, person.id)
    if known is not None and known.has_secret:
        return _enrolment(house, known, person)

    async def draft() -> Draft | Refusal:
        known = await one_time_codes_of(house.database, person.id)
        if known is not None and known.enrolled_at is not None:
            return ENROLLED_ALREADY
        moment = house.clock()
        fresh = seal_secret(house.ring, person.id, new_secret())
        inserts: tuple[Insert, ...] = ()
        changes: tuple[Change, ...] = ()
        if known is None:
            inserts = (Insert("one_time_codes", (fresh,)),)
        elif not known.has_secret:
            values = {**fresh.values(), "last_step": 0}
            changes = (Change("one_time_codes", person.id, known.version, values),)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Enrolled(person.id),
            inserts=inserts,
            changes=changes,
        )

    taken = await take(house, by, "begin_enrolment", Enrolled, draft, keep_refusals=False)
    if isinstance(taken, Refusal):
        return taken
    waiting = await one_time_codes_of(house.database, person.id)
    return _enrolment(house, waiting, person) if waiting is not None else ENROLLED_ALREADY


def _enrolment(house: House, codes: OneTimeCodes, person: Person) -> Enrolment | Refusal:
    if codes.enrolled_at is not None or not codes.has_secret:
        return ENROLLED_ALREADY
    secret = open_secret(house.ring, codes)
    return Enrolment(enrolment_address(secret, person.name), secret)


async def confirm_enrolment(
    house: House, by: By, person: Person, code: str
) -> RecoveryCodes | Refusal:
    """Take the authenticator into use once it has shown a right code."""
    recovery = new_recovery_codes()

    async def draft() -> Draft | Refusal:
        waiting = await one_time_codes_of(house.database, person.id)
        if waiting is None or not waiting.has_secret:
            return unknown("enrolment", "code")
        if waiting.enrolled_at is not None:
            return ENROLLED_ALREADY
        moment = house.clock()
        step = step_of(open_secret(house.ring, waiting), code, moment, waiting.last_step)
        if step is None:
            return CODE_WRONG
        values: dict[str, object] = {
            "last_step": step,
            "enrolled_at": moment,
            "recovery": tuple(recovery_hash(one) for one in recovery),
        }
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Enrolled(person.id),
            changes=(Change("one_time_codes", person.id, waiting.version, values),),
            events=(Event(type="person.codes_enrolled"),),
        )

    taken = await take(house, by, "confirm_enrolment", Enrolled, draft, keep_refusals=False)
    return taken if isinstance(taken, Refusal) else RecoveryCodes(recovery)


async def remove_authenticator(
    house: House, by: By, visit: Visit, person_id: int, code: str = ""
) -> Enrolled | Refusal:
    """Go on without one-time codes: its owner shows a last code, or whoever manages them does it
    for somebody who has lost everything."""
    if by.actor.id == person_id:
        attempt = await begin_attempt(house, visit, by.actor.name, person_id)
        if isinstance(attempt, Refusal):
            return attempt

    async def draft() -> Draft | Refusal:
        person = await person_of(house.database, person_id)
        known = await one_time_codes_of(house.database, person_id)
        if person is None or known is None or known.enrolled_at is None:
            return unknown("enrolment", "person_id")
        moment = house.clock()
        if by.actor.id == person_id:
            used = use_code(house.ring, known, code, moment)
            if isinstance(used, Refusal):
                return used
        else:
            refused = await check_manages(house, by.actor, person)
            if refused is not None:
                return refused
        none = seal_secret(house.ring, person_id, "")
        values = {**none.values(), "enrolled_at": None, "recovery": ()}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Enrolled(person_id),
            changes=(Change("one_time_codes", person_id, known.version, values),),
            events=(Event(type="person.codes_removed"),),
        )

    return await take(house, by, "remove_authenticator", Enrolled, draft, keep_refusals=False)
