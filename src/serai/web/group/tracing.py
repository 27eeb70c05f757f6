"""The steps of a trace in a reader's words: from what the flows found to what the page draws."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from serai.flows import FLOWS, Figure, Trace, TraceStep
from serai.flows import Happening as Happened
from serai.merchants import Line
from serai.web.group.account_names import AccountNames
from serai.web.group.directory import name_of
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Flow, Formats, Happening, Step, word

MOST_IN_A_CELL = 5
"""What one step did in one flow, in as many lines; the rest is behind one link."""

Say = Callable[[str], str]

_TITLES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"payment.succeeded", "confirmed"}), N_("Paid and confirmed")),
    (frozenset({"payment.returned"}), N_("Paid too late")),
    (frozenset({"payment.declined"}), N_("Payment declined")),
    (frozenset({"payment.asked"}), N_("Payment asked for")),
    (frozenset({"refund.approved"}), N_("Refund approved")),
    (frozenset({"refund.refused"}), N_("Refund refused")),
    (frozenset({"refund.succeeded"}), N_("Refund paid")),
    (frozenset({"refund.declined"}), N_("Refund declined")),
    (frozenset({"fulfilled"}), N_("Served")),
    (frozenset({"cancelled"}), N_("Cancelled")),
    (frozenset({"not_shown"}), N_("Nobody came")),
    (frozenset({"refund.asked"}), N_("Refund asked for again")),
    (frozenset({"refund.waiting"}), N_("Refund asked for again")),
    (frozenset({"expired"}), N_("Hold ran out")),
    (frozenset({"paid"}), N_("Paid at the desk")),
    (frozenset({"ordered", "confirmed"}), N_("Ordered and confirmed")),
    (frozenset({"confirmed"}), N_("Confirmed")),
    (frozenset({"placed"}), N_("Ordered and held")),
)
"""The first whose deeds all happened in a step names it."""

_OF_CUSTOMERS = {
    "ordered": N_("{customer} orders"),
    "payment.asked": N_("is asked to pay"),
    "payment.succeeded": N_("has paid"),
    "payment.declined": N_("could not pay"),
    "payment.returned": N_("has paid too late; it goes back"),
    "refund.asked": N_("is to be paid back"),
    "refund.waiting": N_("waits to be paid back until a second person agrees"),
    "refund.approved": N_("may be paid back: a second person has agreed"),
    "refund.refused": N_("is not paid back: a second person has refused"),
    "refund.succeeded": N_("has been paid back"),
    "refund.declined": N_("could not be paid back"),
}
_OF_MERCHANTS = {
    "placed": N_("holds"),
    "confirmed": N_("confirms"),
    "fulfilled": N_("has served"),
    "cancelled": N_("releases"),
    "not_shown": N_("waited in vain"),
    "expired": N_("lets go"),
    "paid": N_("was paid"),
}
_OF_THE_GUEST = {
    "fulfilled": N_("is served"),
    "cancelled": N_("cancels"),
    "not_shown": N_("did not come"),
    "expired": N_("did not go on with it"),
}
"""What a merchant's deed means on the customer's side, where nothing else is said of it."""

AT_THE_DESK = "desk"
RENEWED = "hold"
"""The reason of a void that ends a hold only to make it anew, with another deadline."""


def title_of(step: TraceStep, say: Say) -> str:
    """What a step is called."""
    deeds = {one.what for one in step.happenings}
    for wanted, title in _TITLES:
        if wanted <= deeds:
            return say(title)
    return say(N_("Moved"))


class Tracing:
    """One order's trace, told to readers of one language."""

    def __init__(self, found: Trace, names: AccountNames) -> None:
        self._trace = found
        self._names = names
        self._language: Language = names.language
        self._say = gettext_of(names.language)
        self._formats = Formats(names.language)
        self._address = f"/group/orders/{found.file.order.id}/transfers"
        self._renewals = {
            one.booking_id for step in found.steps for one in step.happenings if is_renewal(one)
        }

    def steps(self, now: datetime) -> tuple[Step, ...]:
        """What was done, and what is still to come."""
        return (
            *(self._step(place, step) for place, step in enumerate(self._trace.steps)),
            *self._ahead(now),
        )

    def _step(self, place: int, step: TraceStep) -> Step:
        said: list[Happening] = []
        for flow in FLOWS:
            own = [(n, one) for n, one in enumerate(step.happenings) if one.flow == flow]
            if flow == "information":
                said += self._events([one for _, one in own])
                continue
            if flow == "goods" and any(is_renewal(one) for _, one in own):
                said.append(self._renewed(place, step))
                continue
            if flow == "customers":
                said += self._of_guest(place, step, told=bool(own))
            if flow == "goods":
                said += self._expired(step)
            shown = own if len(own) <= MOST_IN_A_CELL else own[: MOST_IN_A_CELL - 1]
            said += [self._happening(place, n, one) for n, one in shown]
            if len(shown) < len(own):
                said.append(self._more(place, flow, len(own) - len(shown)))
        return Step(title_of(step, self._say), step.effective, tuple(said), self._dates(step))

    def _dates(self, step: TraceStep) -> str:
        """The business dates that a step's transfers stand under."""
        figures = [one.figure for one in step.happenings if one.figure]
        first = min((one.first_day for one in figures if one.first_day), default=None)
        last = max((one.last_day for one in figures if one.last_day), default=None)
        if first is None or last is None:
            return ""
        if first == last:
            return self._say(N_("business date {day}")).format(day=first)
        return self._say(N_("business dates {first} to {last}")).format(first=first, last=last)

    def _happening(self, place: int, number: int, one: Happened) -> Happening:
        href = f"{self._address}?step={place}&happening={number}"
        match one.flow:
            case "customers":
                return self._of_customer(one, f"{self._address}?step={place}")
            case "merchants":
                return self._of_merchant(one, href)
            case _:
                return self._moved(one, href)

    def _of_customer(self, one: Happened, href: str) -> Happening:
        order, customer = self._trace.file.order, self._names.people.get(one.subject)
        text = self._say(_OF_CUSTOMERS.get(one.what, one.what))
        note = ""
        if one.what == "ordered":
            guests = ", ".join(
                dict.fromkeys(
                    each.guest_name for each in self._trace.file.bookings if each.guest_name
                )
            )
            note = " · ".join(part for part in (word(order.channel, self._say), guests) if part)
        else:
            payment = next((each for each in self._trace.payments if each.id == one.subject), None)
            href = f"{self._address}?payment={one.subject}"
            note = payment.provider if payment else ""
        return Happening(
            "customers",
            text.format(customer=customer.name if customer else "–"),
            amount=_amount(one.figure),
            href=href,
            state="declined" if one.what.endswith(".declined") else "",
            note=note,
        )

    def _of_guest(self, place: int, step: TraceStep, *, told: bool) -> Iterator[Happening]:
        """What the guests did themselves: they came or did not, and paid at the desk."""
        deeds = {one.what for one in step.of("merchants")}
        for deed, text in _OF_THE_GUEST.items():
            if deed in deeds and not told:
                yield Happening("customers", self._say(text))
        paid = [
            one.figure
            for one in step.of("money")
            if one.what == AT_THE_DESK and one.figure is not None
        ]
        if paid:
            yield Happening(
                "customers",
                self._say(N_("has paid at the desk")),
                amount=Amount(sum(figure.amount for figure in paid), paid[0].unit),
                href=f"{self._address}?step={place}&flow=money&reason={AT_THE_DESK}",
            )

    def _expired(self, step: TraceStep) -> Iterator[Happening]:
        """Holds that ran out end without a transfer: what they had held is free again."""
        bookings = {one.booking_id for one in step.of("merchants") if one.what == "expired"}
        for place, earlier in enumerate(self._trace.steps):
            for number, one in enumerate(earlier.happenings):
                figure = one.figure
                if one.booking_id in bookings and figure is not None and figure.ended == "expired":
                    href = f"{self._address}?step={place}&happening={number}"
                    yield Happening(
                        "goods", self._roles(figure), amount=_amount(figure), href=href,
                        state="expired", note=self._names.resource(one.subject),
                    )  # fmt: skip

    def _of_merchant(self, one: Happened, href: str) -> Happening:
        verb = self._say(_OF_MERCHANTS.get(one.what, one.what))
        figure = one.figure
        moved = figure is not None and bool(figure.transfers)
        return Happening(
            "merchants",
            self._names.store(one.store_id) or "–",
            amount=_amount(figure),
            href=href if moved else "",
            note=" · ".join(part for part in (verb, self._lines(one)) if part),
        )

    def _lines(self, one: Happened) -> str:
        """What a booking is for, said once: when it is placed."""
        if one.what != "placed":
            return ""
        lines = [line for line in self._trace.file.lines if line.booking_id == one.booking_id]
        return ", ".join(f"{line.quantity} × {name_of(line, self._language)}" for line in lines)

    def _renewed(self, place: int, step: TraceStep) -> Happening:
        """Holds that were ended and made anew in one chain: all that has changed is a deadline."""
        asked = any(one.what == "payment.asked" for one in step.happenings)
        text = N_("holds go on without a deadline") if asked else N_("holds have a new deadline")
        return Happening(
            "goods",
            self._say(text),
            href=f"{self._address}?step={place}&flow=goods",
            state="pending",
        )

    def _moved(self, one: Happened, href: str) -> Happening:
        figure = one.figure
        if figure is None:
            return Happening(one.flow, word(one.what, self._say))
        return Happening(
            one.flow,
            self._roles(figure),
            amount=_amount(figure),
            href=href,
            state=self._state(one, figure),
            note=self._whose(one, figure),
        )

    def _state(self, one: Happened, figure: Figure) -> str:
        """How the transfers of a figure stand; of a hold, also what became of it."""
        if figure.movement != "pending":
            return "voided" if figure.movement == "void" else "posted"
        if figure.ended == "voided" and one.booking_id in self._renewals:
            return "then_renewed"
        return f"then_{figure.ended}" if figure.ended else "pending"

    def _roles(self, figure: Figure) -> str:
        if not figure.debit_role:
            return ""
        return self._way(figure.debit_role, figure.credit_role)

    def _whose(self, one: Happened, figure: Figure) -> str:
        if one.flow == "goods":
            return self._names.resource(one.subject)
        parts = [self._names.book(figure.book), self._names.store(one.store_id)]
        return " · ".join(part for part in parts if part)

    def _events(self, events: Sequence[Happened]) -> Iterator[Happening]:
        """Events of one type together, with the positions at which they stand."""
        for what, group in groupby(sorted(events, key=lambda one: (one.what, one.subject)),
                                   key=lambda one: one.what):  # fmt: skip
            positions = [one.subject for one in group]
            yield Happening("information", what, note=self._positions(positions))

    def _positions(self, positions: Sequence[int]) -> str:
        first, last = (self._formats.number(one) for one in (positions[0], positions[-1]))
        if len(positions) == 1:
            return self._say(N_("position {first}")).format(first=first)
        return self._say(N_("positions {first} to {last}")).format(first=first, last=last)

    def _more(self, place: int, flow: Flow, count: int) -> Happening:
        return Happening(
            flow,
            self._say(N_("and {count} more")).format(count=count),
            href=f"{self._address}?step={place}&flow={flow}",
        )

    # ------------------------------------------------------------ what is still to come

    def _ahead(self, now: datetime) -> Iterator[Step]:
        file = self._trace.file
        held = [line for line in file.lines if line.state == "held"]
        if held and file.order.held_until and file.order.held_until > now:
            yield Step(
                self._say(N_("The hold runs out")), file.order.held_until,
                tuple(self._released(held)), ahead=True,
            )  # fmt: skip
        confirmed = [line for line in file.lines if line.state == "confirmed"]
        for begins_at, lines in groupby(
            sorted(confirmed, key=lambda line: (line.begins_at, line.id)),
            key=lambda line: line.begins_at,
        ):
            said = [each for line in lines for each in self._to_serve(line)]
            yield Step(self._say(N_("To be served")), begins_at, tuple(said), ahead=True)

    def _released(self, lines: Iterable[Line]) -> Iterator[Happening]:
        for line in lines:
            for amount, name in self._needs(line):
                yield Happening(
                    "goods", self._way("sold", "available"), amount=amount, note=name
                )  # fmt: skip

    def _to_serve(self, line: Line) -> Iterator[Happening]:
        booking = self._trace.file.booking(line.booking_id)
        store = self._names.store(line.store_id)
        currency = booking.currency
        yield Happening(
            "merchants", self._way("on_the_books", "earned"),
            amount=Amount(line.amount_minor, f"value:{currency}"), note=store,
        )  # fmt: skip
        for amount, name in self._needs(line):
            yield Happening("goods", self._way("sold", "consumed"), amount=amount, note=name)
        prepaid = line.guarantee == "prepaid"
        if booking.terms.kind == "principal":
            way = self._way("deposits" if prepaid else "guest_receivable", "revenue")
        elif prepaid:
            way = self._way("deposits", "store_payable")
        else:
            return  # an agent that collects for itself is its own affair
        yield Happening("money", way, amount=Amount(line.amount_minor, currency), note=store)

    def _needs(self, line: Line) -> Iterator[tuple[Amount, str]]:
        for resource, needs in groupby(line.needs, key=lambda need: need.resource_id):
            own = list(needs)
            unit = f"{own[0].kind}:{resource}"
            yield Amount(sum(need.quantity for need in own), unit), self._names.resource(resource)

    def _way(self, debit: str, credit: str) -> str:
        return f"{word(debit, self._say).lower()} → {word(credit, self._say).lower()}"


def _amount(figure: Figure | None) -> Amount | None:
    return Amount(figure.amount, figure.unit) if figure else None


def is_renewal(one: Happened) -> bool:
    """Whether a hold was ended only to be made anew."""
    return one.figure is not None and one.figure.movement == "void" and one.what == RENEWED
