"""Accounts as a reader knows them: by role, by whose they are, in whose book, for which time."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.cloud import Organisation
from serai.core import MINUTES_A_DAY, Database, day_of
from serai.customers import Customer, read_customers
from serai.ledger import Account, JournalRow
from serai.logistics import Resource, read_resources
from serai.merchants import clock_text
from serai.web.group.directory import name_of
from serai.web.languages import Language
from serai.web.look import AccountName, Amount, Flow, TransferLine

GOODS_KINDS = ("room", "table", "seat", "quota", "stock")
"""Kinds of units that are delivered."""

_OF_ENTITIES = frozenset({"due_from", "due_to"})
_OF_CUSTOMERS = frozenset({"company_receivable"})
_OF_RESOURCES = frozenset({"goods_received"})


def debit_of(row: JournalRow) -> Account:
    """The account that a transfer debits."""
    return Account(row.book, row.unit, row.debit_holder, row.debit_role, row.debit_slot)


def credit_of(row: JournalRow) -> Account:
    """The account that a transfer credits."""
    return Account(row.book, row.unit, row.credit_holder, row.credit_role, row.credit_slot)


def accounts_of(rows: Iterable[JournalRow]) -> list[Account]:
    """Every account that the transfers touch."""
    return [account for row in rows for account in (debit_of(row), credit_of(row))]


def is_goods(unit: str) -> bool:
    """Whether a unit is one that is delivered."""
    return unit.partition(":")[0] in GOODS_KINDS


def flow_of(unit: str) -> Flow:
    """The flow in whose colour a unit is drawn: agreed value is what merchants have sold."""
    if is_goods(unit):
        return "goods"
    return "merchants" if unit.startswith(VALUE_PREFIX) else "money"


class AccountNames(Struct, frozen=True):
    """Names for the accounts of one page, in its reader's language."""

    organisation: Organisation
    language: Language
    resources: Mapping[int, Resource]
    people: Mapping[int, Customer]

    def of(self, account: Account, *, href: str = "", book: bool = True) -> AccountName:
        """The account's name; without its book where the page says in which book one is."""
        return AccountName(
            account.role,
            self.holder(account),
            self.book(account.book) if book else "",
            slot_text(account.slot),
            href,
        )

    def book(self, id: int) -> str:
        """The legal entity whose book it is."""
        entity = self.organisation.entities.get(id)
        return name_of(entity, self.language) if entity else str(id)

    def store(self, id: int) -> str:
        """A store."""
        store = self.organisation.stores.get(id)
        return name_of(store, self.language) if store else ""

    def resource(self, id: int) -> str:
        """What is delivered, and by which store."""
        resource = self.resources.get(id)
        if resource is None:
            return ""
        names = (name_of(resource, self.language), self.store(resource.store_id))
        return " · ".join(name for name in names if name)

    def holder(self, account: Account) -> str:
        """For whom or what the account is kept; nothing when it is for the whole book."""
        if account.holder == account.book:
            return ""
        if is_goods(account.unit) or account.role in _OF_RESOURCES:
            return self.resource(account.holder)
        if account.role in _OF_ENTITIES:
            return self.book(account.holder)
        if account.role in _OF_CUSTOMERS:
            customer = self.people.get(account.holder)
            return customer.name if customer else ""
        return self.store(account.holder)

    def line(self, row: JournalRow, *, book: bool = True) -> TransferLine:
        """A transfer of the journal, as it is listed."""
        return TransferLine(
            debit=self.of(debit_of(row), href=account_href(row.debit_account), book=False),
            credit=self.of(credit_of(row), href=account_href(row.credit_account), book=book),
            amount=Amount(row.amount, row.unit),
            state=state_of_row(row),
            reason=row.reason,
            on=row.business_date,
            flow=flow_of(row.unit),
            number=str(row.id),
            until=row.deadline if row.kind == "pending" and row.ended is None else None,
        )


async def read_names(
    database: Database, organisation: Organisation, language: Language, accounts: Iterable[Account]
) -> AccountNames:
    """Names for these accounts, with what has to be read for them."""
    known = set(accounts)
    resources = {one.holder for one in known if is_goods(one.unit) or one.role in _OF_RESOURCES}
    people = {one.holder for one in known if one.role in _OF_CUSTOMERS}
    return AccountNames(
        organisation,
        language,
        await read_resources(database, sorted(resources)) if resources else {},
        await read_customers(database, sorted(people)) if people else {},
    )


def account_href(account_id: int) -> str:
    """Where an account has its page."""
    return f"/group/books/accounts/{account_id}"


def state_of_row(row: JournalRow) -> str:
    """Whether a transfer holds: pending, or how it ended; what ends another one has done so."""
    if row.kind == "pending":
        return row.ended or "pending"
    return "voided" if row.kind == "void" else "posted"


def slot_text(slot: int) -> str:
    """A piece of time as it is read: the day, and the hour where it is not the whole day."""
    if not slot:
        return ""
    minute = slot % MINUTES_A_DAY
    day = day_of(slot).isoformat()
    return f"{day} {clock_text(minute)}" if minute else day
