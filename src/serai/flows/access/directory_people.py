"""People as a directory tells of them: they come in, change, are switched off, and go."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from serai.cloud import (
    Actor,
    Node,
    Person,
    directories,
    open_sessions,
    person_named,
    person_of,
    person_outside,
    stores_below,
)
from serai.core import Refusal
from serai.flows.access.addresses import changed_emails, first_emails
from serai.flows.access.directory_roles import Rows, end_everything, leave_groups
from serai.flows.access.managing import check_manages, unknown_person
from serai.flows.access.sign_in import ended
from serai.flows.customer_details import veiled
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

Say = Callable[[directories.PersonSaid], directories.PersonSaid | Refusal]
"""What is to be said of somebody, from what was said before."""
Seen = frozenset[str] | None
"""The versions of a thing that whoever asks has seen, one of which it must have; None for any."""
LANGUAGES = {"en": "en", "zh": "zh-CN"}

NAME_TAKEN = Refusal(
    name="name_taken",
    says="Somebody signs in with this name already.",
    advice="Choose another name, or change the one who has it.",
    field="userName",
)
VERSION_GONE = Refusal(
    name="version_gone",
    says="This was changed since you have read it.",
    advice="Read it again, then decide again.",
)


class PersonTold(Struct, frozen=True):
    """Whom a directory has told of."""

    person_id: int


async def directory_of(house: House, actor: Actor) -> directories.Directory:
    """The directory that a program speaks for: that of the node which its key is for."""
    organisation = await house.organisation()
    group = Node("group", organisation.group.id)
    node = actor.holdings[0].node if actor.holdings else group
    if node.level == "group":
        return directories.Directory(group, None)
    stores = stores_below(organisation, node, house.clock().date())
    below = tuple(Node("store", store_id) for store_id in stores if node.level != "store")
    return directories.Directory(node, (node, *below))


async def provision_person(
    house: House, by: By, directory: directories.Directory, said: directories.PersonSaid
) -> PersonTold | Refusal:
    """Let somebody in, without a role and without a password: both come from elsewhere."""
    by = veiled(house, by, said)

    async def draft() -> Draft | Refusal:
        refused = directories.check_said(said)
        if refused is not None:
            return refused
        if await person_named(house.database, said.name) is not None:
            return NAME_TAKEN
        moment = house.clock()
        id = next(await house.ids.take(1))
        person = Person(
            id=id,
            name=said.name,
            display_name=said.shown,
            language=_language(said),
            active=said.active is not False,
            external_id=await _subject(house, directory, said),
            created_at=moment,
        )
        kept = directories.DirectoryPerson(
            id=id, level=directory.node.level, node_id=directory.node.id, said=said.kept,
            changed_at=moment,
        )  # fmt: skip
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=PersonTold(id),
            inserts=(
                Insert("people", (person,)),
                Insert("directory_people", (kept,)),
                *first_emails(house, id, said.emails),
            ),
            events=(Event(type="person.provisioned"),),
        )

    return await take(house, by, "provision_person", PersonTold, draft, keep_refusals=False)


async def tell_of_person(
    house: House,
    by: By,
    directory: directories.Directory,
    person_id: int,
    say: Say,
    seen: Seen = None,
) -> PersonTold | Refusal:
    """Change what a directory says of somebody, and the person with it; whoever is switched off
    is signed out at once. What changes nothing is not written."""
    user = await _manageable(house, by, directory, person_id, seen)
    if isinstance(user, Refusal):
        return user
    if say(user.told) == user.told:
        return PersonTold(person_id)

    async def draft() -> Draft | Refusal:
        user = await _manageable(house, by, directory, person_id, seen)
        if isinstance(user, Refusal):
            return user
        wanted = say(user.told)
        if isinstance(wanted, Refusal):
            return wanted
        refused = directories.check_said(wanted)
        if refused is not None:
            return refused
        if wanted.name != user.name and await person_named(house.database, wanted.name):
            return NAME_TAKEN
        return await _told(house, directory, user, wanted)

    return await take(house, by, "tell_of_person", PersonTold, draft, keep_refusals=False)


async def forget_person(
    house: House, by: By, directory: directories.Directory, person_id: int, seen: Seen = None
) -> PersonTold | Refusal:
    """Somebody is gone: switched off for ever, out of every group, without a role, and their
    sign-in name is free. Their rows stay."""

    async def draft() -> Draft | Refusal:
        user = await _manageable(house, by, directory, person_id, seen)
        if isinstance(user, Refusal):
            return user
        moment = house.clock()
        held = await end_everything(house, user.id)
        left = await leave_groups(house, user.id, moment)
        kept = _kept(directory, user, user.said, moment, gone=True)
        leaving: dict[str, object] = {
            "name": directories.gone_name(user.name, user.id), "active": False, "external_id": "",
        }  # fmt: skip
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=PersonTold(user.id),
            inserts=kept.inserts,
            changes=(
                Change("people", user.id, user.person_version, leaving),
                *ended(await open_sessions(house.database, user.id), moment, "disabled"),
                *held.changes,
                *left.changes,
                *kept.changes,
            ),
            events=(Event(type="person.gone"),),
        )

    return await take(house, by, "forget_person", PersonTold, draft, keep_refusals=False)


async def _manageable(
    house: House, by: By, directory: directories.Directory, person_id: int, seen: Seen
) -> directories.DirectoryUser | Refusal:
    """Somebody whom this directory has told of, or whom its program could have granted all that
    they hold."""
    user = await directories.user_of(house.database, house.ring, directory, person_id)
    if user is None:
        return unknown_person()
    if not directory.has(user.level, user.node_id):
        person = await person_of(house.database, person_id)
        refused = await check_manages(house, by.actor, person) if person else unknown_person()
        if refused is not None:
            return refused
    if seen is not None:
        groups = await directories.groups_of_people(house.database, directory, [person_id])
        if directories.version_of(user, groups) not in seen:
            return VERSION_GONE
    return user


async def _told(
    house: House,
    directory: directories.Directory,
    user: directories.DirectoryUser,
    wanted: directories.PersonSaid,
) -> Draft:
    moment = house.clock()
    active = wanted.active is True
    values: dict[str, object] = {}
    if wanted.name != user.name:
        values["name"] = wanted.name
    if wanted.shown != user.shown:
        values["display_name"] = wanted.shown
    if user.in_the_clear:
        values["email"] = ""
    if wanted.language != user.said.language:
        values["language"] = _language(wanted)
    if active != user.active:
        values["active"] = active
    if wanted.external_id != user.said.external_id and directory.nodes is None:
        values["external_id"] = await _subject(house, directory, wanted, user.id)
    leaves = user.active and not active
    switched = user.active != active  # whoever comes back signs in anew
    sessions = await open_sessions(house.database, user.id) if switched else []
    kept = _kept(directory, user, wanted, moment)
    emails = changed_emails(house, user, wanted.emails)
    person = (Change("people", user.id, user.person_version, values),) if values else ()
    return Draft(
        effective=moment,
        business_date=moment.date(),
        answer=PersonTold(user.id),
        inserts=(*kept.inserts, *emails.inserts),
        changes=(*person, *ended(sessions, moment, "disabled"), *kept.changes, *emails.changes),
        events=(Event(type="person.disabled" if leaves else "person.told"),),
    )


def _kept(
    directory: directories.Directory,
    user: directories.DirectoryUser,
    said: directories.PersonSaid,
    moment: datetime,
    *,
    gone: bool = False,
) -> Rows:
    """What is kept of what a directory says; the first that tells of somebody has them."""
    gone_at = moment if gone else None
    if user.version == 0:
        row = directories.DirectoryPerson(
            id=user.id, level=directory.node.level, node_id=directory.node.id, said=said.kept,
            changed_at=moment, gone_at=gone_at,
        )  # fmt: skip
        return Rows(inserts=(Insert("directory_people", (row,)),))
    values: dict[str, object] = {"said": said.kept, "changed_at": moment, "gone_at": gone_at}
    return Rows(changes=(Change("directory_people", user.id, user.version, values),))


async def _subject(
    house: House, directory: directories.Directory, said: directories.PersonSaid, own: int = 0
) -> str:
    """Whom single sign-on knows somebody as: the group's directory is that of its provider, and
    tells the subject as the externalId. Nobody is given a subject that is somebody else's."""
    if directory.nodes is not None or not said.external_id:
        return ""
    taken = await person_outside(house.database, said.external_id)
    return said.external_id if taken is None or taken.id == own else ""


def _language(said: directories.PersonSaid) -> str:
    """The language of somebody's pages, where there are pages in it."""
    return LANGUAGES.get(said.language.partition("-")[0].partition("_")[0].lower(), "")
