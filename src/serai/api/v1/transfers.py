"""Transfers as they are told: before they are made, and as the journal has them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct, convert

from serai.api.v1.fields import in_utc
from serai.ledger import Account, JournalRow, Opening, Pending, Post, Step, Transfer, Void


class AccountAnswer(Struct, frozen=True, kw_only=True):
    """An account: the legal entity whose book it stands in, who holds it and in which role, and
    the slot where its unit has one (local minutes since 1970)."""

    book: int
    unit: str
    holder: int
    role: str
    slot: int


class TransferAnswer(Struct, frozen=True, kw_only=True):
    """`amount` of the accounts' unit from `debit` to `credit`. `pending` until something else
    answers; `void` gives back what the pending transfer `pending_id` had set aside; `post` makes
    it final."""

    kind: Literal["transfer", "pending", "post", "void"]
    debit: AccountAnswer
    credit: AccountAnswer
    amount: int
    reason: str
    line_id: int
    pending_id: int | None = None


class JournalAnswer(Struct, frozen=True, kw_only=True):
    """A transfer as the journal has it. `pending` ones end once (`ended`: posted, voided or
    expired); `post` and `void` are the rows that end the pending transfer `pending_id`. It counts
    for `business_date`, took effect at `effective` and was recorded at `recorded`."""

    id: int
    kind: Literal["posted", "pending", "post", "void"]
    debit: AccountAnswer
    credit: AccountAnswer
    amount: int
    reason: str
    booking_id: int | None
    line_id: int | None
    pending_id: int | None
    ended: str | None
    business_date: date
    effective: datetime
    recorded: datetime


def transfer_answers(
    chain: Sequence[Step], pendings: Mapping[int, Pending]
) -> tuple[TransferAnswer, ...]:
    """A chain as it is told; `pendings` are those that it may end."""
    return tuple(_answer(step, pendings) for step in chain)


def _answer(step: Step, pendings: Mapping[int, Pending]) -> TransferAnswer:
    match step:
        case Transfer():
            return TransferAnswer(
                kind="pending" if step.pending else "transfer",
                debit=_account(step.debit),
                credit=_account(step.credit),
                amount=step.amount,
                reason=step.reason,
                line_id=step.of.line,
            )
        case Opening():
            return TransferAnswer(
                kind="transfer",
                debit=_account(step.source),
                credit=_account(step.account),
                amount=step.amount,
                reason="open",
                line_id=step.of.line,
            )
        case Post() | Void():
            pending = pendings[step.pending]
            partly = step.amount if isinstance(step, Post) else None
            return TransferAnswer(
                kind="post" if isinstance(step, Post) else "void",
                debit=_account(pending.debit),
                credit=_account(pending.credit),
                amount=pending.amount if partly is None else partly,
                reason=step.reason,
                line_id=pending.of.line,
                pending_id=pending.id,
            )


def journal_answer(row: JournalRow) -> JournalAnswer:
    """A row of the journal as it is told."""
    return JournalAnswer(
        id=row.id,
        kind=convert(row.kind, Literal["posted", "pending", "post", "void"]),
        debit=AccountAnswer(
            book=row.book,
            unit=row.unit,
            holder=row.debit_holder,
            role=row.debit_role,
            slot=row.debit_slot,
        ),
        credit=AccountAnswer(
            book=row.book,
            unit=row.unit,
            holder=row.credit_holder,
            role=row.credit_role,
            slot=row.credit_slot,
        ),
        amount=row.amount,
        reason=row.reason,
        booking_id=row.booking_id or None,
        line_id=row.line_id or None,
        pending_id=row.pending_id or None,
        ended=row.ended,
        business_date=row.business_date,
        effective=in_utc(row.effective),
        recorded=in_utc(row.recorded),
    )


def _account(account: Account) -> AccountAnswer:
    return AccountAnswer(
        book=account.book,
        unit=account.unit,
        holder=account.holder,
        role=account.role,
        slot=account.slot,
    )
