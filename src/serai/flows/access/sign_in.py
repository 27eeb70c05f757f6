"""Sign in and out: a password, then a one-time code where the person has enrolled one."""

import asyncio
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import structlog
from msgspec import Struct

from serai.cloud import (
    NOBODYS_HASH,
    PLATFORM,
    SEEN_EVERY,
    Actor,
    KeptPassword,
    KeptSession,
    OneTimeCodes,
    Origin,
    Person,
    Session,
    SignedIn,
    actor_of_person,
    fold_name,
    has_one_time_codes,
    hash_password,
    is_outdated,
    matches,
    new_token,
    one_time_codes_of,
    open_secret,
    open_sessions,
    password_of,
    person_named,
    recovery_hash,
    session_of,
    step_of,
    token_hash,
)
from serai.core import DatabaseAway, KeyRing, Refusal
from serai.flows.access.attempts import Attempt, Visit, begin_attempt
from serai.flows.deeds import NOTHING, Thing, note_attempt
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Fenced, Insert, Key, Proposal

HASHES_AT_ONCE = 2
"""Each takes 64 MiB and a core for a tenth of a second; the rest of the house goes on."""

WRONG = Refusal(
    name="sign_in_wrong",
    says="The name or the password is wrong.",
    advice="Try again, or ask whoever manages access for a new password.",
)
CODE_WRONG = Refusal(
    name="code_wrong",
    says="This code is not right, or it was used before.",
    advice="Wait for the next code of your authenticator, or use a recovery code.",
    field="code",
)
OVER = Refusal(
    name="session_over", says="This sign-in has run out.", advice="Begin again with your password."
)

NOBODY = Actor("nobody", holdings=())

_hashing = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="hashing")
_log = structlog.get_logger()


class Opened(Struct, frozen=True):
    """A session that was opened, with the tokens for the browser; they are kept nowhere else."""

    token: str
    device: str
    person: Person
    needs_code: bool = False


class Proof(Struct, frozen=True):
    """A password that somebody has shown, and the hash that it was right for."""

    password: str
    password_hash: str

    def __repr__(self) -> str:
        return "Proof(***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []

    async def holds_for(self, kept: KeptPassword | None) -> bool:
        """Whether it is the password that is kept by now: another one may have been given, or the
        same been hashed anew, while the first hash was compared."""
        if kept is None:
            return False
        same = kept.password_hash == self.password_hash
        return same or await is_right(kept.password_hash, self.password)


class SessionMade(Struct, frozen=True):
    """Which session was made for whom."""

    session_id: int
    person_id: int


class Closed(Struct, frozen=True):
    """How many sessions have ended."""

    sessions: int


async def hashed(password: str) -> str:
    """The password's hash, made beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_hashing, hash_password, password)


async def is_right(kept_hash: str, password: str) -> bool:
    """Whether the password is the hashed one, compared beside the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_hashing, matches, kept_hash, password)


async def sign_in(house: House, visit: Visit, name: str, password: str) -> Opened | Refusal:
    """Open a session for whoever knows the password; half a one while a code is still needed.

    A name that nobody has, one that is not active, and a wrong password are refused alike, and
    after the same work.
    """
    folded = fold_name(name)
    person = await person_named(house.database, folded)
    person_id = person.id if person else 0
    attempt = await begin_attempt(house, visit, folded, person_id)
    if isinstance(attempt, Refusal):
        return attempt
    kept = await password_of(house.database, person_id)
    right = await is_right(kept.password_hash if kept else NOBODYS_HASH, password)
    if person is None or kept is None or not right or not person.active:
        await _note(house, visit, "sign_in", person, WRONG)
        return WRONG
    if is_outdated(kept.password_hash):
        await _hash_anew(house, person, kept, password)
    needs_code = await has_one_time_codes(house.database, person.id)
    proof = Proof(password, kept.password_hash)
    opened = await open_session(house, visit, person, attempt, needs_code=needs_code, proof=proof)
    if isinstance(opened, Refusal):
        await _note(house, visit, "sign_in", person, opened)
    return opened


async def open_session(
    house: House,
    visit: Visit,
    person: Person,
    attempt: Attempt,
    *,
    method: str = "password",
    needs_code: bool = False,
    proof: Proof | None = None,
) -> Opened | Refusal:
    """Open a session for somebody who has shown who they are; with the `proof` of a password while
    that is still theirs, for who gives them another one ends the sessions that there are."""
    made = _made(visit, person, needs_code)

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        rests_on: tuple[Change, ...] = ()
        if proof is not None:
            kept = await password_of(house.database, person.id)
            if kept is None or not await proof.holds_for(kept):
                return WRONG
            rests_on = (Change("credentials", person.id, kept.version, {}),)
        session_id, note_id = await house.ids.take(2)
        session = _session(session_id, made, visit, method, moment)
        notes = () if needs_code else (Insert("sign_ins", (attempt.passed(note_id, moment),)),)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=SessionMade(session_id, person.id),
            inserts=(Insert("sessions", (session,)), *notes),
            changes=rests_on,
        )

    taken = await take(
        house, _by(person, visit.origin), "sign_in", SessionMade, draft, of=person.id
    )
    if isinstance(taken, Refusal):
        return taken
    _log.info("signed_in" if not needs_code else "password_right", person=person.id, method=method,
              address=visit.origin.address, request=visit.origin.request_id)  # fmt: skip
    return made


async def enter_code(house: House, visit: Visit, token: str, code: str) -> Opened | Refusal:
    """Pass the second step: the half session of `token` ends, and a whole one begins.

    A code is accepted once: of two requests with the same one, the second is refused.
    """
    half = await _half_session(house, token)
    if half is None:
        return OVER
    person = half.person
    attempt = await begin_attempt(house, visit, person.name, person.id)
    if isinstance(attempt, Refusal):
        return attempt
    made = _made(visit, person, needs_code=False)

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        codes = await one_time_codes_of(house.database, person.id)
        signed_in = await _half_session(house, token)
        if signed_in is None or codes is None or codes.enrolled_at is None:
            return OVER  # or the authenticator was taken off meanwhile
        used = use_code(house.ring, codes, code, moment)
        if isinstance(used, Refusal):
            return used
        session_id, note_id = await house.ids.take(2)
        session = _session(session_id, made, visit, signed_in.session.method, moment)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=SessionMade(session_id, person.id),
            inserts=(
                Insert("sessions", (session,)),
                Insert("sign_ins", (attempt.passed(note_id, moment),)),
            ),
            changes=(used, *ended([signed_in.session], moment, "code_shown")),
        )

    taken = await take(
        house,
        _by(person, visit.origin),
        "enter_code",
        SessionMade,
        draft,
        of=person.id,
        keep_refusals=False,
    )
    if isinstance(taken, Refusal):
        await _note(house, visit, "enter_code", person, taken)
        return taken
    _log.info("signed_in", person=person.id, method="code", address=visit.origin.address,
              request=visit.origin.request_id)  # fmt: skip
    return made


def use_code(ring: KeyRing, codes: OneTimeCodes, code: str, now: datetime) -> Change | Refusal:
    """The change that uses up a code of the authenticator, or a recovery code."""
    step = step_of(open_secret(ring, codes), code, now, codes.last_step)
    if step is not None:
        return Change("one_time_codes", codes.id, codes.version, {"last_step": step})
    hashed_code = recovery_hash(code)
    if hashed_code not in codes.recovery:
        return CODE_WRONG
    left = tuple(one for one in codes.recovery if one != hashed_code)
    return Change("one_time_codes", codes.id, codes.version, {"recovery": left})


async def who_is(house: House, token: str) -> SignedIn | None:
    """The open session of a token, passed or half-way; None of any other. That it is in use is
    written down now and then."""
    now = house.clock()
    signed_in = await session_of(house.database, token_hash(token))
    if signed_in is None or not signed_in.session.is_open(now):
        return None
    if signed_in.session.passed and now - signed_in.session.last_seen_at >= SEEN_EVERY:
        await _see(house, signed_in.session, now)
    return signed_in


async def sign_out(house: House, signed_in: SignedIn, origin: Origin) -> Closed | Refusal:
    """End the session; its token opens nothing from now on."""
    return await end_sessions(
        house, _by(signed_in.person, origin), signed_in.person.id, "signed_out",
        only=signed_in.session.id,
    )  # fmt: skip


async def end_sessions(
    house: House, by: By, person_id: int, why: str, *, only: int | None = None
) -> Closed | Refusal:
    """End the sessions of a person, or one of them."""

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        found = await open_sessions(house.database, person_id)
        chosen = [session for session in found if only in (None, session.id)]
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Closed(len(chosen)),
            changes=ended(chosen, moment, why),
        )

    return await take(house, by, "end_sessions", Closed, draft, of=(person_id, only))


def ended(sessions: Iterable[Session], moment: datetime, why: str) -> tuple[Change, ...]:
    """The changes that end sessions."""
    return tuple(
        Change("sessions", one.id, one.version, {"ended_at": moment, "ended_why": why})
        for one in sessions
    )


async def _half_session(house: House, token: str) -> SignedIn | None:
    found = await who_is(house, token)
    return found if found is not None and not found.session.passed else None


async def _see(house: House, session: Session, now: datetime) -> None:
    """Note that a session is in use; that is no deed of anybody, and may fail."""
    key = Key(PLATFORM.name, "see_session", f"{session.id}:{session.version}")
    change = Change("sessions", session.id, session.version, {"last_seen_at": now})
    await _propose_quietly(house, key, change, now)


async def _hash_anew(house: House, person: Person, kept: KeptPassword, password: str) -> None:
    """Keep the same password with today's effort; that is no deed of anybody, and may fail."""
    now = house.clock()
    key = Key(PLATFORM.name, "hash_anew", f"{person.id}:{kept.version}")
    values: dict[str, object] = {"password_hash": await hashed(password)}
    change = Change("credentials", person.id, kept.version, values)
    await _propose_quietly(house, key, change, now)


async def _propose_quietly(house: House, key: Key, change: Change, now: datetime) -> None:
    with suppress(DatabaseAway, Fenced):
        await house.books.propose(
            Proposal(
                key=key,
                effective=now,
                business_date=now.date(),
                changes=(change,),
                keep_refusal=False,
            )
        )


def _made(visit: Visit, person: Person, needs_code: bool) -> Opened:
    return Opened(new_token(), visit.device or new_token(), person, needs_code)


def _session(id: int, made: Opened, visit: Visit, method: str, moment: datetime) -> KeptSession:
    return KeptSession(
        id=id,
        person_id=made.person.id,
        passed=not made.needs_code,
        method=method,
        created_at=moment,
        last_seen_at=moment,
        address=visit.origin.address,
        token_hash=token_hash(made.token),
        device_hash=token_hash(made.device),
    )


def _by(person: Person, origin: Origin) -> By:
    """Signing in is asked once: a new try is another request."""
    actor: Actor = actor_of_person(person, ())
    return By(actor, secrets.token_hex(16), origin=origin)


async def _note(
    house: House, visit: Visit, operation: str, person: Person | None, refusal: Refusal
) -> None:
    """Say in the log and in the audit trail that somebody was not let in; who it was is not known,
    only as whom they came."""
    thing = Thing("person", person.id) if person else NOTHING
    _log.warning(
        f"{operation}_failed",
        person=thing.id,
        address=visit.origin.address,
        request=visit.origin.request_id,
    )
    await note_attempt(house, NOBODY, visit.origin, operation, refusal, thing)
