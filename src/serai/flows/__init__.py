"""Verbs that touch two or more modules."""

from serai.flows.access.attempts import Visit
from serai.flows.access.authenticator import (
    Enrolled,
    Enrolment,
    RecoveryCodes,
    begin_enrolment,
    confirm_enrolment,
    remove_authenticator,
)
from serai.flows.access.granting import (
    Decided,
    GrantAsked,
    GrantEnded,
    decide_approval,
    end_grant,
    grant_role,
    may_decide,
)
from serai.flows.access.inviting import (
    Invitation,
    Invited,
    NewPerson,
    RoleOn,
    Switched,
    invite,
    switch_person,
)
from serai.flows.access.managing import check_grant, check_manages, may_grant, may_read, sees_person
from serai.flows.access.passwords import NewPassword, change_password, give_password
from serai.flows.access.programs import (
    Ended,
    IssuedKey,
    KeyMade,
    NewProgram,
    admit_program,
    end_program,
    rotate_key,
)
from serai.flows.access.sign_in import (
    Closed,
    Opened,
    end_sessions,
    enter_code,
    sign_in,
    sign_out,
    who_is,
)
from serai.flows.access.uses import note_uses
from serai.flows.agreement import Party
from serai.flows.audit import audit
from serai.flows.availability import Availability, Enquiry, OnSale, Time, availability
from serai.flows.book import HOLD_SECONDS, LONGEST_HOLD_SECONDS, MOST_LINES, Booked, book
from serai.flows.cancel import CancellationPreview, Cancelled, cancel, preview_cancellation
from serai.flows.collect import Collected, collect
from serai.flows.confirm import Confirmed, PaymentMeans, confirm
from serai.flows.expire import Expired, expire, expire_overdue
from serai.flows.found import Entered, enter
from serai.flows.fulfil import Fulfilled, fulfil
from serai.flows.house import TABLES, House, NotFounded, house_of_writer
from serai.flows.ingest import (
    BrokenReplay,
    FeedFigures,
    Imported,
    ImportProgress,
    StatusFigures,
    feed_figures,
    feed_stores,
    import_hotel_bookings,
)
from serai.flows.no_show import NotShown, no_show
from serai.flows.organisation import (
    Applied,
    Form,
    Preview,
    StoreMoved,
    apply_sheet,
    export_organisation,
    may_write_whole,
    move_store,
    preview_sheet,
    write_organisation,
)
from serai.flows.pay import Answered, answer_payment
from serai.flows.quarantine import (
    Dropped,
    Released,
    correct_and_release,
    drop_row,
    released_order,
)
from serai.flows.register import Person, register
from serai.flows.rehearsal import Attempt, LastRoom, rehearse_last_room
from serai.flows.search import Found, FoundPage, Search, search
from serai.flows.step import By
from serai.flows.ties import RoleBalance, Tie
from serai.flows.trace import FLOWS, Figure, Flow, Happening, Trace, TraceStep, trace
from serai.flows.vitals import DatabaseVitals, FeedVitals, Vitals, VitalSigns, WaitingPayments

__all__ = [
    "FLOWS",
    "HOLD_SECONDS",
    "LONGEST_HOLD_SECONDS",
    "MOST_LINES",
    "TABLES",
    "Answered",
    "Applied",
    "Attempt",
    "Availability",
    "Booked",
    "BrokenReplay",
    "By",
    "CancellationPreview",
    "Cancelled",
    "Closed",
    "Collected",
    "Confirmed",
    "DatabaseVitals",
    "Decided",
    "Dropped",
    "Ended",
    "Enquiry",
    "Enrolled",
    "Enrolment",
    "Entered",
    "Expired",
    "FeedFigures",
    "FeedVitals",
    "Figure",
    "Flow",
    "Found",
    "FoundPage",
    "Form",
    "Fulfilled",
    "GrantAsked",
    "GrantEnded",
    "Happening",
    "House",
    "ImportProgress",
    "Imported",
    "Invitation",
    "Invited",
    "IssuedKey",
    "KeyMade",
    "LastRoom",
    "NewPassword",
    "NewPerson",
    "NewProgram",
    "NotFounded",
    "NotShown",
    "OnSale",
    "Opened",
    "Party",
    "PaymentMeans",
    "Person",
    "Preview",
    "RecoveryCodes",
    "Released",
    "RoleBalance",
    "RoleOn",
    "Search",
    "StatusFigures",
    "StoreMoved",
    "Switched",
    "Tie",
    "Time",
    "Trace",
    "TraceStep",
    "Visit",
    "VitalSigns",
    "Vitals",
    "WaitingPayments",
    "admit_program",
    "answer_payment",
    "apply_sheet",
    "audit",
    "availability",
    "begin_enrolment",
    "book",
    "cancel",
    "change_password",
    "check_grant",
    "check_manages",
    "collect",
    "confirm",
    "confirm_enrolment",
    "correct_and_release",
    "decide_approval",
    "drop_row",
    "end_grant",
    "end_program",
    "end_sessions",
    "enter",
    "enter_code",
    "expire",
    "expire_overdue",
    "export_organisation",
    "feed_figures",
    "feed_stores",
    "fulfil",
    "give_password",
    "grant_role",
    "house_of_writer",
    "import_hotel_bookings",
    "invite",
    "may_decide",
    "may_grant",
    "may_read",
    "may_write_whole",
    "move_store",
    "no_show",
    "note_uses",
    "preview_cancellation",
    "preview_sheet",
    "register",
    "rehearse_last_room",
    "released_order",
    "remove_authenticator",
    "rotate_key",
    "search",
    "sees_person",
    "sign_in",
    "sign_out",
    "switch_person",
    "trace",
    "who_is",
    "write_organisation",
]
