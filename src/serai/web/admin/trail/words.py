"""The words of the audit trail: what was done, and to what."""

from collections.abc import Callable, Collection, Mapping

from serai.cloud import KeptDeed, people_of, read_programs
from serai.core import Database
from serai.web.languages import N_

OPERATIONS: Mapping[str, str] = {
    "book": N_("Placed an order"),
    "confirm": N_("Confirmed an order"),
    "fulfil": N_("Fulfilled an order"),
    "collect": N_("Collected for an order"),
    "cancel": N_("Cancelled an order"),
    "no_show": N_("Marked a no-show"),
    "answer_payment": N_("Answered a payment"),
    "decide_refund": N_("Decided about a refund"),
    "ask_refund_again": N_("Asked for a refund again"),
    "set_refund_bound": N_("Said what one person may pay back alone"),
    "register": N_("Registered a customer"),
    "change_details": N_("Changed a customer’s details"),
    "forget_details": N_("Erased a customer’s details"),
    "show_details": N_("Saw a customer’s details in full"),
    "recognise_customer": N_("Recognised a customer"),
    "sign_in": N_("Signed in"),
    "enter_code": N_("Entered a one-time code"),
    "end_sessions": N_("Ended sessions"),
    "set_password": N_("Set a password"),
    "set_language": N_("Chose a language"),
    "begin_enrolment": N_("Began to set up an authenticator"),
    "confirm_enrolment": N_("Set up an authenticator"),
    "remove_authenticator": N_("Removed an authenticator"),
    "invite": N_("Invited somebody"),
    "switch_person": N_("Switched an account on or off"),
    "grant_role": N_("Granted or asked for a role"),
    "end_grant": N_("Took a role away"),
    "decide_approval": N_("Decided what waited for a second person"),
    "admit_program": N_("Let a program in"),
    "rotate_key": N_("Made another key"),
    "end_program": N_("Sent a program away"),
    "provision_person": N_("Told of a person over SCIM"),
    "tell_of_person": N_("Changed a person over SCIM"),
    "forget_person": N_("Let a person go over SCIM"),
    "provision_group": N_("Told of a group over SCIM"),
    "tell_of_group": N_("Changed a group over SCIM"),
    "forget_group": N_("Removed a group over SCIM"),
    "bind_group": N_("Bound a group to a role"),
    "unbind_group": N_("Ended a group’s binding"),
    "admit_outsider": N_("Came in by single sign-on"),
    "regrant": N_("Followed the claims of single sign-on"),
    "rotate_personal_keys": N_("Made another key for personal data"),
    "retire_personal_keys": N_("Removed keys of personal data"),
    "ask": N_("Asked for what is not theirs"),
    "enter": N_("Entered records"),
    "apply_sheet": N_("Changed the organisation by a file"),
    "move_store": N_("Moved a store, or planned it"),
    "carry_booking": N_("Carried a booking to another company"),
    "begin_move": N_("Began a planned move"),
    "hold_move_up": N_("Could not carry out a planned move"),
    "cancel_move": N_("Called a planned move off"),
    "release_row": N_("Corrected and released a row of a feed"),
    "drop_row": N_("Dropped a row of a feed"),
    "export": N_("Took a file out"),
}

THINGS: Mapping[str, str] = {
    "order": N_("Order"),
    "customer": N_("Customer"),
    "person": N_("Person"),
    "program": N_("Program"),
    "approval": N_("Approval"),
    "directory_group": N_("Group of a directory"),
    "organisation": N_("Organisation"),
    "store": N_("Store"),
    "brand": N_("Brand"),
    "entity": N_("Legal entity"),
    "operator": N_("Operator"),
    "city": N_("City"),
    "group": N_("Group"),
    "product": N_("Product"),
    "rate_plan": N_("Rate plan"),
    "offer": N_("Offer"),
    "resource": N_("Resource"),
    "sheet_import": N_("Import of the organisation"),
    "feed_run": N_("Reading of a feed"),
    "quarantined": N_("Row in quarantine"),
    "trail": N_("Audit trail"),
    "personal_key": N_("Key of personal data"),
}

_HREFS: Mapping[str, str] = {
    "order": "/group/orders/{id}",
    "customer": "/group/customers/{id}",
    "person": "/admin/people/{id}",
    "program": "/admin/programs/{id}",
    "directory_group": "/admin/directories/{id}",
    "store": "/group/stores/{id}",
}
_ACTORS: Mapping[str, str] = {
    "operator": N_("Somebody at the machine"),
    "platform": N_("Somebody at the machine"),
    "planned": N_("The platform, as planned"),
    "nobody": N_("Nobody we know"),
    "providers": N_("Payment providers"),
}

Say = Callable[[str], str]


def operation_text(operation: str, say: Say) -> str:
    """What was done, in words; its name where there are none."""
    return say(OPERATIONS[operation]) if operation in OPERATIONS else operation


def thing_text(deed: KeptDeed, say: Say) -> str:
    """What it was done to."""
    kind = say(THINGS[deed.thing]) if deed.thing in THINGS else deed.thing
    return f"{kind} {deed.thing_id}" if deed.thing_id else kind


def thing_href(deed: KeptDeed) -> str:
    """The page of what it was done to, where there is one."""
    href = _HREFS.get(deed.thing, "")
    return href.format(id=deed.thing_id) if deed.thing_id else ""


async def actor_texts(database: Database, names: Collection[str], say: Say) -> dict[str, str]:
    """Who these actors are, by the names that they have in the trail."""
    kinds = {name: name.partition(":")[0] for name in names}
    ids = {name: int(of) for name in names if (of := name.partition(":")[2]).isdecimal()}
    people = await people_of(
        database, [ids[one] for one, kind in kinds.items() if kind == "person" and one in ids]
    )
    programs = {}
    if "program" in kinds.values():
        programs = {program.id: program for program in await read_programs(database)}
    texts = {}
    for actor, kind in kinds.items():
        id = ids.get(actor, 0)
        if kind == "person" and id in people:
            texts[actor] = people[id].display_name
        elif kind == "program" and id in programs:
            texts[actor] = programs[id].name
        else:
            texts[actor] = say(_ACTORS[actor]) if actor in _ACTORS else actor
    return texts
