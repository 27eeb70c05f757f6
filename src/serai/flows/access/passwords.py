"""Passwords: changed by their owner, or given anew by whoever manages access."""

from msgspec import Struct

from serai.cloud import (
    Credential,
    Person,
    check_password,
    new_password,
    open_sessions,
    password_of,
    person_of,
)
from serai.core import Refusal
from serai.flows.access.attempts import Visit, begin_attempt
from serai.flows.access.managing import check_manages
from serai.flows.access.sign_in import Opened, Proof, ended, hashed, is_right, open_session
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

NOT_YOURS = Refusal(
    name="password_wrong",
    says="This is not your password.",
    advice="Type the one that you signed in with.",
    field="old",
)
OWN_PASSWORD = Refusal(
    name="own_password",
    says="Nobody gives themselves a password.",
    advice="Change it on the page of your account.",
    field="person_id",
)


class PasswordSet(Struct, frozen=True):
    """Whose password was set, and how many sessions it has ended."""

    person_id: int
    sessions: int


class NewPassword(Struct, frozen=True):
    """A password that was given anew; it is told once, and must be changed at the next sign-in.

    It is empty when the same request was answered before.
    """

    person: Person
    password: str


async def change_password(
    house: House, by: By, visit: Visit, person: Person, old: str, new: str
) -> Opened | Refusal:
    """Let somebody change their own password: every session of theirs ends, and one begins."""
    attempt = await begin_attempt(house, visit, person.name, person.id)
    if isinstance(attempt, Refusal):
        return attempt
    kept = await password_of(house.database, person.id)
    if kept is None or not await is_right(kept.password_hash, old):
        return NOT_YOURS
    if old == new:
        return Refusal(
            name="password_same",
            says="The new password is the old one.",
            advice="Choose another one.",
            field="password",
        )
    refused = check_password(new, person.name)
    if refused is not None:
        return refused
    new_hash = await hashed(new)
    old_proof, proof = Proof(old, kept.password_hash), Proof(new, new_hash)
    done = await _set(house, by, person, new_hash, must_change=False, old=old_proof)
    if isinstance(done, Refusal):
        return done
    return await open_session(house, visit, person, attempt, proof=proof)


async def give_password(
    house: House, by: By, person_id: int, password: str | None = None, *, must_change: bool = True
) -> NewPassword | Refusal:
    """Give somebody a password, a new one that nobody chose by default, and end their sessions.

    Whoever does it must manage everything that the person holds. Nobody does it for themselves:
    one's own is changed by who knows it, or a session left open would be enough to take it.
    """
    person = await person_of(house.database, person_id)
    if person is None:
        return unknown("person", "person_id")
    refused = await check_manages(house, by.actor, person)
    if refused is None and by.actor.id == person.id:
        refused = OWN_PASSWORD
    if refused is None and password is not None:
        refused = check_password(password, person.name)
    if refused is not None:
        return refused
    given = password or new_password()
    known = await password_of(house.database, person.id)
    done = await _set(house, by, person, await hashed(given), must_change=must_change)
    if isinstance(done, Refusal):
        return done
    now = await password_of(house.database, person.id)
    was_set = known is None or now is None or now.password_hash != known.password_hash
    return NewPassword(person, given if was_set else "")


async def _set(
    house: House, by: By, person: Person, password_hash: str, *, must_change: bool,
    old: Proof | None = None,
) -> PasswordSet | Refusal:  # fmt: skip
    async def draft() -> Draft | Refusal:
        moment = house.clock()
        kept = await password_of(house.database, person.id)
        if old is not None and not await old.holds_for(kept):
            return NOT_YOURS
        sessions = await open_sessions(house.database, person.id)
        inserts, changes = [], [*ended(sessions, moment, "password_changed")]
        if kept is None:
            row = Credential(
                id=person.id,
                password_hash=password_hash,
                must_change=must_change,
                changed_at=moment,
            )
            inserts.append(Insert("credentials", (row,)))
        else:
            values = {
                "password_hash": password_hash,
                "must_change": must_change,
                "changed_at": moment,
            }
            changes.append(Change("credentials", person.id, kept.version, values))
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=PasswordSet(person.id, len(sessions)),
            inserts=tuple(inserts),
            changes=tuple(changes),
            events=(Event(type="person.password_set"),),
        )

    return await take(house, by, "set_password", PasswordSet, draft, of=person.id)
