"""Somebody whom a provider of single sign-on vouches for: who they are here, and as what."""

import secrets
from collections.abc import Iterable

import structlog
from msgspec import Struct

from serai.cloud import (
    ROLES,
    Actor,
    Grant,
    Organisation,
    Person,
    check_person,
    fold_name,
    grants_of,
    node_with_code,
    only_email,
    person_named,
    person_outside,
)
from serai.core import ClaimRule, Refusal
from serai.flows.access.addresses import first_emails
from serai.flows.access.attempts import Visit, begin_attempt
from serai.flows.access.inviting import RoleOn
from serai.flows.access.sign_in import Opened, open_session
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

PROVIDER = Actor("provider")
"""What a provider's claims say is done in its own name."""
UNKNOWN = Refusal(
    name="sso_unknown",
    says="The provider knows you, and this house does not.",
    advice="Ask whoever manages access here to link your account.",
)

_log = structlog.get_logger()


class Outsider(Struct, frozen=True, kw_only=True):
    """Whom the provider vouches for; `values` are those of the claim that roles follow."""

    subject: str
    name: str
    display_name: str
    email: str = ""
    values: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Outsider(name={self.name!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("name", self.name)]


class Admitted(Struct, frozen=True):
    """Who has come in."""

    person_id: int


class Regranted(Struct, frozen=True):
    """How many grants the claims have made and ended."""

    granted: int
    ended: int


async def sign_in_outsider(
    house: House, visit: Visit, outsider: Outsider, rules: Iterable[ClaimRule]
) -> Opened | Refusal:
    """Open a session for somebody whom the provider vouches for, with the roles that its claims
    give; whoever is new comes in, unless their name is somebody's here already."""
    person = await person_outside(house.database, outsider.subject)
    if person is None:
        admitted = await _admit(house, visit, outsider)
        person = await person_outside(house.database, outsider.subject)
        if person is None and isinstance(admitted, Refusal):
            return admitted  # otherwise they came in through another window meanwhile
    if person is None or not person.active:
        _log.warning("sso_failed", address=visit.origin.address, request=visit.origin.request_id)
        return UNKNOWN
    regranted = await _regrant(house, visit, person, outsider, list(rules))
    if isinstance(regranted, Refusal):
        return regranted
    attempt = await begin_attempt(house, visit, person.name, person.id)
    if isinstance(attempt, Refusal):
        return attempt
    return await open_session(house, visit, person, attempt, method="sso")


async def _admit(house: House, visit: Visit, outsider: Outsider) -> Admitted | Refusal:
    name = fold_name(outsider.name)
    display_name = " ".join(outsider.display_name.split()) or name
    if check_person(name, display_name, outsider.email) is not None:
        return UNKNOWN

    async def draft() -> Draft | Refusal:
        # A name that is somebody's is not given to whoever the provider lets call themselves so.
        if await person_named(house.database, name) is not None:
            return UNKNOWN
        moment = house.clock()
        person = Person(
            id=next(await house.ids.take(1)), name=name, display_name=display_name,
            external_id=outsider.subject, created_at=moment,
        )  # fmt: skip
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Admitted(person.id),
            inserts=(
                Insert("people", (person,)),
                *first_emails(house, person.id, only_email(outsider.email)),
            ),
            events=(Event(type="person.invited"),),
        )

    return await take(house, _by(visit), "admit_outsider", Admitted, draft, keep_refusals=False)


async def _regrant(
    house: House, visit: Visit, person: Person, outsider: Outsider, rules: list[ClaimRule]
) -> Regranted | Refusal:
    """Make what the rules speak of be as the claims say; other roles are nobody's business."""
    organisation = await house.organisation()
    ruled = {role for rule in rules if (role := _role_on(organisation, rule))}
    wanted = {
        role
        for rule in rules
        if rule.value in outsider.values and (role := _role_on(organisation, rule))
    }

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        held = await grants_of(house.database, [person.id])
        over = [one for one in held if RoleOn(one.role, one.node) in ruled - wanted]
        missing = wanted - {RoleOn(one.role, one.node) for one in held}
        ids = await house.ids.take(len(missing))
        grants = tuple(
            Grant(
                id=id, holder_id=person.id, role=one.role, level=one.node.level,
                node_id=one.node.id, granted_at=moment,
            )
            for id, one in zip(ids, sorted(missing, key=repr), strict=True)
        )  # fmt: skip
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Regranted(len(grants), len(over)),
            inserts=(Insert("grants", grants),) if grants else (),
            changes=tuple(
                Change("grants", one.id, one.version, {"ended_at": moment}) for one in over
            ),
        )

    held = {RoleOn(one.role, one.node) for one in await grants_of(house.database, [person.id])}
    if held & ruled == wanted:
        return Regranted(0, 0)
    return await take(house, _by(visit), "regrant", Regranted, draft, keep_refusals=False)


def _role_on(organisation: Organisation, rule: ClaimRule) -> RoleOn | None:
    """The role of a rule on its node; None while there is no such node."""
    if rule.role not in ROLES:
        return None
    node = node_with_code(organisation, ROLES[rule.role].level, rule.code)
    return RoleOn(rule.role, node) if node else None


def _by(visit: Visit) -> By:
    return By(PROVIDER, secrets.token_hex(16), origin=visit.origin)
