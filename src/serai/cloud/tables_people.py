"""The SQL of people, their grants, sessions and approvals."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from serai.cloud.approvals import Approval, AskedRefund
from serai.cloud.emails import TABLE as EMAILS_TABLE
from serai.cloud.emails import KeptEmails
from serai.cloud.grants import Grant, Node
from serai.cloud.one_time_codes import OneTimeCodes
from serai.cloud.people import SIGN_IN_NAME, Person
from serai.cloud.sessions import KeptSession, Session, SignIn
from serai.cloud.tables_emails import RowsOfKey
from serai.core import Database
from serai.ledger import Table


class Credential(Struct, frozen=True, kw_only=True):
    """A person's password, hashed; `id` is the person's."""

    id: int
    password_hash: str
    must_change: bool = False
    changed_at: datetime
    version: int = 1


PEOPLE_TABLES = (
    Table("people", Person),
    Table(EMAILS_TABLE, KeptEmails),
    Table("grants", Grant),
    Table("credentials", Credential),
    Table("one_time_codes", OneTimeCodes),
    Table("sessions", KeptSession),
    Table("sign_ins", SignIn),
    Table("approvals", Approval),
)

_PERSON = """
id, name, display_name, email AS clear_email, language, active, external_id, created_at, version
"""
PERSON = f"SELECT {_PERSON} FROM people WHERE id = %(id)s"  # noqa: S608 - columns of ours
PERSON_NAMED = f"SELECT {_PERSON} FROM people WHERE name = %(name)s"  # noqa: S608 - as above
PERSON_OUTSIDE = f"""
SELECT {_PERSON} FROM people WHERE external_id = %(external_id)s AND external_id <> ''
"""  # noqa: S608 - as above
PEOPLE = f"""
SELECT {_PERSON} FROM people WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id
"""  # noqa: S608 - as above
# A brand's people are those who hold something on a node of it; without nodes, everybody.
FOUND_PEOPLE = f"""
SELECT {_PERSON} FROM people AS p
WHERE p.id > %(after)s
    AND (%(everybody)s OR EXISTS (
        SELECT FROM grants AS g
        JOIN unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id)
            ON g.level = n.level AND g.node_id = n.id
        WHERE g.holder_id = p.id AND g.ended_at IS NULL))
    AND (%(text)s = '' OR strpos(p.name, lower(%(text)s)) > 0
        OR strpos(lower(p.display_name), lower(%(text)s)) > 0)
ORDER BY p.id LIMIT %(limit)s
"""  # noqa: S608 - as above
_GRANT = "id, holder_id, role, level, node_id, granted_at, ended_at, version"
GRANTS_OF = f"""
SELECT {_GRANT} FROM grants WHERE holder_id = ANY(%(holders)s::bigint[]) AND ended_at IS NULL
ORDER BY id
"""  # noqa: S608 - as above
GRANT = f"SELECT {_GRANT} FROM grants WHERE id = %(id)s"  # noqa: S608 - as above
GRANTS_ON = f"""
SELECT {_GRANT} FROM grants AS g
WHERE ended_at IS NULL AND (level, node_id) IN (
    SELECT n.level, n.id FROM unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id))
ORDER BY id
"""  # noqa: S608 - as above
PASSWORD = "SELECT password_hash, must_change, version FROM password_of(%(person)s)"  # noqa: S105 - where it is read, not what it is
ONE_TIME_CODES = """
SELECT id, secret AS clear_secret, sealed, key_id, last_step, recovery, enrolled_at, version
FROM one_time_codes_of(%(person)s)
"""
# No key is named where a secret may stand in the clear.
ONE_TIME_CODES_SEALED_BY = """
SELECT c.id, c.secret AS clear_secret, c.sealed, c.key_id, c.last_step, c.recovery, c.enrolled_at,
    c.version
FROM (SELECT id FROM one_time_codes
    WHERE key_id IS NOT DISTINCT FROM %(key)s AND id > %(after)s ORDER BY id LIMIT %(most)s) AS o
CROSS JOIN LATERAL one_time_codes_of(o.id) AS c ORDER BY c.id
"""
ONE_TIME_CODES_BY_KEY = """
SELECT key_id, count(*) AS rows FROM one_time_codes WHERE key_id IS NOT NULL
GROUP BY key_id ORDER BY key_id
"""
HAS_ONE_TIME_CODES = "SELECT has_one_time_codes(%(person)s)"
SESSION = "SELECT session, person, grants, must_change FROM session_of(%(hash)s)"
OPEN_SESSIONS = """
SELECT id, person_id, passed, method, created_at, last_seen_at, ended_at, ended_why, address,
    version
FROM sessions WHERE person_id = %(person)s AND ended_at IS NULL ORDER BY last_seen_at DESC, id
"""
KNOWS_DEVICE = "SELECT knows_device(%(hash)s, %(person)s, %(since)s)"
# What was tried from a place since it last succeeded there with the name, or since long ago.
TRIES = """
SELECT count(*) FILTER (WHERE name_bits = %(bits)s AND at > coalesce(
        (SELECT max(s.at) FROM sign_ins AS s WHERE s.place = %(place)s
            AND s.name_bits = %(bits)s AND s.passed AND s.at > %(since)s), '-infinity')) AS of_name,
    max(at) FILTER (WHERE name_bits = %(bits)s) AS of_name_at,
    count(*) AS of_place, max(at) AS of_place_at
FROM sign_ins WHERE place = %(place)s AND at > %(since)s AND NOT passed AND id <> %(own)s
"""
_APPROVAL = "id, asked, state, asked_by, asked_at, decided_by, decided_at, version"
APPROVAL = f"SELECT {_APPROVAL} FROM approvals WHERE id = %(id)s"  # noqa: S608 - as above
WAITING_APPROVALS = f"""
SELECT {_APPROVAL} FROM approvals
WHERE state = 'waiting' AND asked ->> 'type' = 'grant' ORDER BY id
"""  # noqa: S608 - as above
REFUND_APPROVALS = f"""
SELECT {_APPROVAL} FROM approvals
WHERE asked ->> 'type' = 'refund' AND (asked ->> 'payment_id')::bigint = ANY(%(refunds)s::bigint[])
"""  # noqa: S608 - as above
ANY_PERSON = "SELECT EXISTS (SELECT FROM people)"


class KeptPassword(Struct, frozen=True):
    """A person's hashed password, and the version of its row."""

    password_hash: str
    must_change: bool
    version: int


class SignedIn(Struct, frozen=True):
    """An open session with whose it is and what they hold; `must_change` their password."""

    session: Session
    person: Person
    grants: tuple[Grant, ...]
    must_change: bool


class Tries(Struct, frozen=True):
    """How often it was tried to sign in from a place in vain: with a name, and with any."""

    of_name: int
    of_name_at: datetime | None
    of_place: int
    of_place_at: datetime | None


async def person_of(database: Database, id: int) -> Person | None:
    """The person with this id."""
    return await database.one(Person, PERSON, id=id)


async def person_named(database: Database, name: str) -> Person | None:
    """The person with this folded sign-in name."""
    kept = name if SIGN_IN_NAME.fullmatch(name) else ""  # not every text is one for the database
    return await database.one(Person, PERSON_NAMED, name=kept)


async def person_outside(database: Database, external_id: str) -> Person | None:
    """The person whom the provider of single sign-on knows by this id."""
    return await database.one(Person, PERSON_OUTSIDE, external_id=external_id)


async def people_of(database: Database, ids: Sequence[int]) -> dict[int, Person]:
    """People by id."""
    found = await database.all(Person, PEOPLE, ids=list(ids))
    return {person.id: person for person in found}


async def find_people(
    database: Database,
    nodes: Sequence[Node] | None,
    *,
    text: str = "",
    after: int = 0,
    limit: int = 100,
) -> list[Person]:
    """People who hold a role on one of these nodes, or everybody (None), by id; `text` is a part
    of either name."""
    return await database.planned_anew().all(
        Person, FOUND_PEOPLE, everybody=nodes is None, after=after, limit=limit, text=text,
        levels=[node.level for node in nodes or ()], nodes=[node.id for node in nodes or ()],
    )  # fmt: skip


async def grants_of(database: Database, holders: Sequence[int]) -> list[Grant]:
    """The grants of these holders that have not ended."""
    return await database.all(Grant, GRANTS_OF, holders=list(holders))


async def grant_of(database: Database, id: int) -> Grant | None:
    """The grant with this id."""
    return await database.one(Grant, GRANT, id=id)


async def grants_on(database: Database, nodes: Sequence[Node]) -> list[Grant]:
    """The grants on these very nodes that have not ended."""
    return await database.all(
        Grant, GRANTS_ON, levels=[node.level for node in nodes], nodes=[node.id for node in nodes]
    )


async def password_of(database: Database, person_id: int) -> KeptPassword | None:
    """The hashed password of a person who has one."""
    return await database.one(KeptPassword, PASSWORD, person=person_id)


async def one_time_codes_of(database: Database, person_id: int) -> OneTimeCodes | None:
    """What a person's authenticator shares with us."""
    return await database.one(OneTimeCodes, ONE_TIME_CODES, person=person_id)


async def one_time_codes_sealed_by(
    database: Database, key_id: str | None, after: int, most: int
) -> list[OneTimeCodes]:
    """What authenticators share with us by a key, or (None) from before any was sealed, of people
    beyond `after`, in their order."""
    return await database.all(
        OneTimeCodes, ONE_TIME_CODES_SEALED_BY, key=key_id, after=after, most=most
    )


async def one_time_codes_by_key(database: Database) -> list[RowsOfKey]:
    """How many authenticators' secrets each key seals."""
    return await database.all(RowsOfKey, ONE_TIME_CODES_BY_KEY)


async def has_one_time_codes(database: Database, person_id: int) -> bool:
    """Whether a person signs in with one-time codes."""
    return bool(await database.value(HAS_ONE_TIME_CODES, person=person_id))


async def session_of(database: Database, token_hash: bytes) -> SignedIn | None:
    """The session with this token, if nobody has ended it and its person is active."""
    return await database.one(SignedIn, SESSION, hash=token_hash)


async def open_sessions(database: Database, person_id: int) -> list[Session]:
    """The sessions of a person that nobody has ended, the last used first."""
    return await database.all(Session, OPEN_SESSIONS, person=person_id)


async def knows_device(
    database: Database, device_hash: bytes, person_id: int, since: datetime
) -> bool:
    """Whether the person has signed in in this browser."""
    return bool(await database.value(KNOWS_DEVICE, hash=device_hash, person=person_id, since=since))


async def tries_at(
    database: Database, place: str, bits: int, since: datetime, own: int = 0
) -> Tries:
    """What was tried from a place in vain, leaving out one's `own` try."""
    found = await database.one(Tries, TRIES, place=place, bits=bits, since=since, own=own)
    assert found is not None
    return found


async def approval_of(database: Database, id: int) -> Approval | None:
    """The approval with this id."""
    return await database.one(Approval, APPROVAL, id=id)


async def waiting_approvals(database: Database) -> list[Approval]:
    """The roles that wait for a second person, the oldest first."""
    return await database.all(Approval, WAITING_APPROVALS)


async def refund_approvals(database: Database, refund_ids: Sequence[int]) -> dict[int, Approval]:
    """What was asked about refunds, by the refund's id; those that need nobody have none."""
    if not refund_ids:
        return {}
    found = await database.all(Approval, REFUND_APPROVALS, refunds=list(refund_ids))
    return {one.asked.payment_id: one for one in found if isinstance(one.asked, AskedRefund)}


async def is_anybody_known(database: Database) -> bool:
    """Whether there is any person at all."""
    return bool(await database.value(ANY_PERSON))
