"""People come in, are sent away, and come back."""

from msgspec import Struct

from serai.cloud import (
    AskedGrant,
    Credential,
    Node,
    Person,
    check_password,
    check_person,
    fold_name,
    new_password,
    only_email,
    open_sessions,
    person_named,
    person_of,
)
from serai.core import Refusal
from serai.flows.access.addresses import first_emails
from serai.flows.access.granting import granted_or_asked
from serai.flows.access.managing import as_now, check_grant, check_manages
from serai.flows.access.sign_in import ended, hashed
from serai.flows.customer_details import veiled
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert


class RoleOn(Struct, frozen=True):
    """A role on a node."""

    role: str
    node: Node


class NewPerson(Struct, frozen=True, kw_only=True):
    """Somebody who is to come in, and as what."""

    name: str
    display_name: str
    email: str = ""
    language: str = ""
    roles: tuple[RoleOn, ...] = ()

    def __repr__(self) -> str:
        return f"NewPerson(name={self.name!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("name", self.name)]


class Invited(Struct, frozen=True):
    """Who has come in; how many roles they hold, and how many wait for a second person."""

    person_id: int
    granted: int
    waiting: int


class Invitation(Struct, frozen=True):
    """Who has come in, and the password to tell them, empty when this was answered before."""

    invited: Invited
    password: str


class Switched(Struct, frozen=True):
    """Whether somebody may sign in, and how many sessions have ended."""

    person_id: int
    active: bool
    sessions: int


async def invite(
    house: House, by: By, wanted: NewPerson, password: str | None = None, *,
    must_change: bool = True,
) -> Invitation | Refusal:  # fmt: skip
    """Let somebody in with roles that the inviter may grant, and with a password that they must
    change; one that nobody chose, by default."""
    name = fold_name(wanted.name)
    refused = check_person(name, wanted.display_name, wanted.email)
    if refused is None and password is not None:
        refused = check_password(password, name)
    if refused is not None:
        return refused
    given = password or new_password()
    password_hash = await hashed(given)
    made: list[int] = []

    async def draft() -> Draft | Refusal:
        refused = await _check(house, by, name, wanted.roles)
        if refused is not None:
            return refused
        moment = house.clock()
        ids = await house.ids.take(1 + len(wanted.roles))
        person = Person(
            id=next(ids), name=name, display_name=wanted.display_name.strip(),
            language=wanted.language, created_at=moment,
        )  # fmt: skip
        credential = Credential(
            id=person.id, password_hash=password_hash, must_change=must_change, changed_at=moment
        )
        rows = [
            granted_or_asked(house, by.actor, _asked(person.id, one), id)
            for one, id in zip(wanted.roles, ids, strict=True)
        ]
        made[:] = [person.id]
        granted = sum(1 for _, answer in rows if answer.grant_id)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Invited(person.id, granted, len(rows) - granted),
            inserts=(
                Insert("people", (person,)),
                Insert("credentials", (credential,)),
                *first_emails(house, person.id, only_email(wanted.email)),
                *(insert for insert, _ in rows),
            ),
            events=(Event(type="person.invited"),),
        )

    by = veiled(house, by, wanted)
    invited = await take(house, by, "invite", Invited, draft)
    if isinstance(invited, Refusal):
        return invited
    return Invitation(invited, given if made == [invited.person_id] else "")


async def switch_person(
    house: House, by: By, person_id: int, *, active: bool
) -> Switched | Refusal:
    """Send somebody away, which ends their sessions at once, or let them in again. Then they sign
    in anew: a session that began while they were sent away opens nothing either."""

    async def draft() -> Draft | Refusal:
        person = await person_of(house.database, person_id)
        if person is None:
            return unknown("person", "person_id")
        asker = await as_now(house, by.actor)
        refused = await check_manages(house, asker.actor, person)
        if refused is not None:
            return refused
        if by.actor.id == person.id:
            return Refusal(
                name="own_account",
                says="Nobody sends themselves away.",
                advice="Ask a colleague.",
                field="person_id",
            )
        moment = house.clock()
        stays = active and person.active
        sessions = [] if stays else await open_sessions(house.database, person.id)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Switched(person.id, active, len(sessions)),
            changes=asker.beside(
                Change("people", person.id, person.version, {"active": active}),
                *ended(sessions, moment, "disabled"),
            ),
            events=(Event(type="person.enabled" if active else "person.disabled"),),
        )

    return await take(house, by, "switch_person", Switched, draft, of=(person_id, active))


async def _check(house: House, by: By, name: str, roles: tuple[RoleOn, ...]) -> Refusal | None:
    if by.actor.holdings is not None and not roles:
        return Refusal(
            name="role_needed",
            says="Whoever comes in holds a role.",
            advice="Choose the first one; others can be granted later.",
            field="role",
        )
    for one in roles:
        refused = await check_grant(house, by.actor, one.role, one.node)
        if refused is not None:
            return refused
    if await person_named(house.database, name) is not None:
        return Refusal(
            name="name_taken",
            says="Somebody signs in with this name already.",
            advice="Choose another name.",
            field="name",
        )
    return None


def _asked(person_id: int, one: RoleOn) -> AskedGrant:
    return AskedGrant(holder_id=person_id, role=one.role, level=one.node.level, node_id=one.node.id)


class LanguageKept(Struct, frozen=True):
    """Whose language was kept."""

    person_id: int


async def set_language(
    house: House, by: By, person_id: int, language: str
) -> LanguageKept | Refusal:
    """Keep the language of somebody's pages; empty for the browser's choice."""

    async def draft() -> Draft | Refusal:
        person = await person_of(house.database, person_id)
        if person is None:
            return unknown("person", "person_id")
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=LanguageKept(person.id),
            changes=(Change("people", person.id, person.version, {"language": language}),),
        )

    return await take(house, by, "set_language", LanguageKept, draft, of=(person_id, language))
