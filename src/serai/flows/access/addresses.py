"""Addresses of people, sealed: written first, changed, and shown."""

from collections.abc import Iterable, Sequence

from serai.cloud import (
    Actor,
    Emails,
    Grant,
    directories,
    emails_of,
    first_email,
    seal_emails,
)
from serai.flows.access.directory_roles import Rows
from serai.flows.access.managing import manages_whom
from serai.flows.house import House
from serai.ledger import Change, Insert

TABLE = "person_emails"


def first_emails(house: House, person_id: int, emails: Emails) -> tuple[Insert, ...]:
    """The row of the addresses of somebody new, if there are any."""
    if not emails:
        return ()
    return (Insert(TABLE, (seal_emails(house.ring, person_id, emails),)),)


def changed_emails(house: House, user: directories.DirectoryUser, emails: Emails) -> Rows:
    """What is to become of the addresses of somebody whom a directory tells of."""
    if emails == user.said.emails and not user.in_the_clear:
        return Rows()
    if user.emails_version == 0:
        return Rows(inserts=first_emails(house, user.id, emails))
    sealed = seal_emails(house.ring, user.id, emails)
    return Rows(changes=(Change(TABLE, user.id, user.emails_version, sealed.values()),))


async def shown_emails(
    house: House, actor: Actor, people: Sequence[int], grants: Iterable[Grant]
) -> dict[int, str]:
    """The address of each of these people who has one: in full of whom the actor manages, and of
    themselves; masked of others. `grants` are all that these people hold."""
    known = await emails_of(house.database, house.ring, people)
    managed = await manages_whom(house, actor, people, grants)
    return {
        id: first.value if id in managed or id == actor.id else first.masked
        for id, emails in known.items()
        if (first := first_email(emails)) is not None
    }
