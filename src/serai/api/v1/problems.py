"""Problems: every refusal as a program hears it (RFC 9457), with its status.

One table says which status a refusal has. What the path of a request names and is not there is
404, whatever the table says.
"""

from msgspec import Struct

from serai.core import Refusal

MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not carried out (RFC 9457).

    `refusal` is the name of the reason, stable and meant for programs; `field` is the part of the
    request it is about, `advice` what to do, `missing` how many units were lacking. `request_id`
    names a failure of ours in our log.
    """

    type: str
    title: str
    status: int
    detail: str
    refusal: str
    field: str = ""
    advice: str = ""
    missing: int = 0
    request_id: str = ""


class RefusedRequest(Exception):
    """A request ends here, with a refusal."""

    def __init__(self, refusal: Refusal, headers: dict[str, str] | None = None) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
        self.headers = headers or {}


class Kind(Struct, frozen=True):
    """What all problems of one name have in common."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    # The request itself
    "key_required": Kind(400, "An idempotency key is required"),
    "key_reused": Kind(422, "The idempotency key was used for another request"),
    "malformed_json": Kind(400, "The body is not JSON"),
    "malformed_request": Kind(400, "The request is malformed"),
    "wrong_content_type": Kind(415, "The body has the wrong content type"),
    "body_too_large": Kind(413, "The body is too large"),
    "body_required": Kind(422, "A body is required"),
    "field_unknown": Kind(422, "A field is unknown"),
    "field_missing": Kind(422, "A field is missing"),
    "field_invalid": Kind(422, "A field is not valid"),
    "parameter_unknown": Kind(422, "A parameter is unknown"),
    "parameter_missing": Kind(422, "A parameter is missing"),
    "parameter_invalid": Kind(422, "A parameter is not valid"),
    "cursor_invalid": Kind(422, "The cursor is not valid"),
    "credentials_required": Kind(401, "A key is required"),
    "credentials_wrong": Kind(401, "The key opens nothing"),
    "scope_missing": Kind(403, "The key lacks a scope"),
    "rate_limited": Kind(429, "Too much in too short a time"),
    "signature_wrong": Kind(401, "The signature is wrong"),
    "not_found": Kind(404, "There is nothing here"),
    "method_not_allowed": Kind(405, "The method is not allowed here"),
    # Things that are named
    "order_not_found": Kind(404, "There is no such order"),
    "payment_not_found": Kind(404, "There is no such payment"),
    "refund_not_found": Kind(404, "There is no such refund"),
    "problem_not_found": Kind(404, "There is no such problem"),
    "line_not_found": Kind(422, "There is no such line"),
    "offer_not_found": Kind(422, "There is no such offer"),
    "customer_not_found": Kind(422, "There is no such customer"),
    "entity_not_found": Kind(422, "There is no such legal entity"),
    "store_not_found": Kind(422, "There is no such store"),
    "brand_not_found": Kind(422, "There is no such brand"),
    "city_not_found": Kind(422, "There is no such city"),
    "planned_move_not_found": Kind(422, "There is no such planned move"),
    # What is asked for
    "lines_out_of_range": Kind(422, "Too few or too many lines"),
    "hold_out_of_range": Kind(422, "The hold is too short or too long"),
    "party_out_of_range": Kind(422, "Too few or too many guests"),
    "quantity_out_of_range": Kind(422, "The quantity is too small or too large"),
    "length_out_of_range": Kind(422, "The stay is too short or too long"),
    "time_not_offered": Kind(422, "It does not begin at that time"),
    "date_in_the_past": Kind(422, "The date has passed"),
    "date_too_far": Kind(422, "The date is too far ahead"),
    "mixed_currencies": Kind(422, "The lines have different currencies"),
    "payer_required": Kind(422, "A company must pay for this"),
    "chain_too_long": Kind(422, "The order has too many parts"),
    "text_out_of_range": Kind(422, "A text is too long, or not one line"),
    "amount_out_of_range": Kind(422, "The amount is too large"),
    "price_out_of_range": Kind(422, "A price is negative or too large"),
    "code_taken": Kind(409, "The code is taken"),
    "phone_invalid": Kind(422, "This is not a telephone number"),
    "document_invalid": Kind(422, "This is not the number of a document"),
    # The state of things
    "move_planned": Kind(409, "Another move of the store is planned"),
    "move_begun": Kind(409, "The move has begun"),
    "move_ended": Kind(409, "The move is over"),
    "offer_closed": Kind(409, "The offer is closed"),
    "store_not_trading": Kind(409, "The store does not sell at present"),
    "payment_required": Kind(402, "A payment is required"),
    "payment_already_answered": Kind(409, "The payment was answered already"),
    "refund_not_waiting": Kind(409, "The refund waits for nobody"),
    "refund_not_given_up": Kind(409, "The refund has come to something"),
    "refund_not_asked": Kind(409, "Nobody has asked for the refund"),
    "service_not_begun": Kind(409, "The service has not begun"),
    "no_room_found": Kind(409, "There is no such room to be had"),
    "nothing_owed": Kind(409, "Nothing is owed"),
    "hold_not_over": Kind(409, "The hold has not run out"),
    "line_held": Kind(409, "The line is held"),
    "line_paying": Kind(409, "The line is being paid"),
    "line_confirmed": Kind(409, "The line is confirmed"),
    "line_fulfilled": Kind(409, "The line is fulfilled"),
    "line_cancelled": Kind(409, "The line is cancelled"),
    "line_not_shown": Kind(409, "Nobody came for the line"),
    "line_expired": Kind(409, "The hold of the line has run out"),
    "stale": Kind(409, "Others changed this in the meantime"),
    "record_rejected": Kind(409, "The database refused a record"),
    "outside_scope": Kind(403, "Outside of what you may write to"),
    # Programs and their keys
    "scope_above_own": Kind(403, "The scopes are above your own"),
    "program_name_invalid": Kind(422, "The name is not valid"),
    "program_name_taken": Kind(409, "The name is taken"),
    "scope_unknown": Kind(422, "There is no such scope"),
    "name_invalid": Kind(422, "The name is not valid"),
    "name_taken": Kind(409, "The name is taken"),
    "program_not_found": Kind(422, "There is no such program"),
    "too_many_keys": Kind(409, "Too many keys"),
    "key_shown_already": Kind(409, "The key was shown already"),
    "life_out_of_range": Kind(422, "The key would live too long, or not at all"),
    "overlap_out_of_range": Kind(422, "The overlap is negative or too long"),
    "quota_out_of_range": Kind(422, "The share is too small or too large"),
    # People
    "sso_unknown": Kind(403, "The house does not know this person"),
    "display_name_invalid": Kind(422, "The display name is not valid"),
    "email_invalid": Kind(422, "The e-mail address is not valid"),
    "password_weak": Kind(422, "The password is too weak"),
    # People, and what they may do
    "too_many_tries": Kind(429, "Too many tries"),
    "sign_in_wrong": Kind(401, "The name or the password is wrong"),
    "code_wrong": Kind(401, "The code is wrong"),
    "session_over": Kind(401, "The session is over"),
    "password_wrong": Kind(422, "The password is wrong"),
    "password_same": Kind(422, "The password is the old one"),
    "codes_enrolled": Kind(409, "One-time codes are set up already"),
    "enrolment_not_found": Kind(422, "There is no such enrolment"),
    "person_not_found": Kind(422, "There is no such person"),
    "person_above_you": Kind(403, "The person holds more than you"),
    "own_account": Kind(409, "This is your own account"),
    "own_password": Kind(409, "This is your own password"),
    "role_not_found": Kind(422, "There is no such role"),
    "role_needed": Kind(422, "A role is needed"),
    "role_level": Kind(422, "The role is for nodes of another level"),
    "role_held": Kind(409, "The role is held already"),
    "role_above_own": Kind(403, "The role is above your own"),
    "node_not_found": Kind(422, "There is no such node"),
    "grant_not_found": Kind(422, "There is no such grant"),
    "approval_not_found": Kind(422, "There is no such approval"),
    "approval_decided": Kind(409, "It was decided already"),
    "bound_out_of_range": Kind(422, "The bound is negative or too high"),
    "second_person_needed": Kind(403, "A second person must decide"),
    # Directories of people elsewhere
    "group_not_found": Kind(422, "There is no such group"),
    "group_bound": Kind(409, "The group is bound already"),
    "binding_not_found": Kind(422, "There is no such binding"),
    "binding_above_directory": Kind(403, "The role is above the directory's own"),
    "member_not_found": Kind(422, "There is no such member"),
    "too_many_members": Kind(422, "Too many members"),
    "version_gone": Kind(412, "Others changed this in the meantime"),
    # Stores that move
    "open_balances": Kind(409, "Balances are open"),
    "booked_since": Kind(409, "Business was booked since then"),
    "since_too_early": Kind(422, "The day is too early"),
    "already_there": Kind(409, "It is there already"),
    "currency_differs": Kind(409, "The currency differs"),
    "moves_today": Kind(409, "It has moved today"),
    "entity_in_use": Kind(409, "The legal entity is in use"),
    "taxes_differ": Kind(409, "The companies owe different taxes"),
    # Feeds
    "file_refused": Kind(422, "The file is not what the feed takes"),
    "quarantined_row_not_found": Kind(422, "There is no such row in quarantine"),
    "row_rejected": Kind(422, "The row does not satisfy its feed"),
    "column_unknown": Kind(422, "The feed has no such column"),
    # The organisation
    "sheet_refused": Kind(422, "The sheet has mistakes"),
    "stale_preview": Kind(409, "The organisation or the file has changed since the preview"),
    # The books
    "exceeds_credits": Kind(409, "Not enough is left"),
    "exceeds_debits": Kind(409, "Not enough is owed"),
    "pending_transfer_expired": Kind(409, "The hold has run out"),
    "pending_transfer_not_found": Kind(409, "There is no such hold"),
    "pending_transfer_not_pending": Kind(409, "This is not a hold"),
    "pending_transfer_already_posted": Kind(409, "The hold was used already"),
    "pending_transfer_already_voided": Kind(409, "The hold was released already"),
    "exceeds_pending_transfer_amount": Kind(409, "More than was held"),
    "pending_id_must_not_be_zero": Kind(409, "No hold is named"),
    "accounts_must_be_different": Kind(409, "A transfer to its own account"),
    "accounts_must_have_the_same_ledger": Kind(409, "A transfer between books or units"),
    "account_has_different_limit": Kind(409, "The account has another limit"),
    "amount_must_not_be_zero": Kind(409, "A transfer of nothing"),
    "timeout_reserved_for_pending_transfer": Kind(409, "A deadline without a hold"),
    "overflows_debits_pending": Kind(422, "The amount is too large"),
    "overflows_credits_pending": Kind(422, "The amount is too large"),
    "overflows_debits_posted": Kind(422, "The amount is too large"),
    "overflows_credits_posted": Kind(422, "The amount is too large"),
    "overflows_debits": Kind(422, "The amount is too large"),
    "overflows_credits": Kind(422, "The amount is too large"),
    "overflows_timeout": Kind(422, "The hold is too long"),
    # Our own failures
    "database_away": Kind(503, "The database is away"),
    "disk_full": Kind(503, "The disk is full"),
    "books_not_written": Kind(503, "The database takes no commits"),
    "writer_away": Kind(503, "The books are not being written"),
    "not_founded": Kind(503, "The house is empty"),
    "internal_error": Kind(500, "Something went wrong here"),
}
"""The status and title of every refusal."""

_UNKNOWN = Kind(409, "Refused")


def no_such(kind: str, field: str) -> Refusal:
    """There is no such thing as `field` names."""
    return Refusal(
        name=f"{kind}_not_found",
        says=f"There is no such {kind}.",
        advice="Check the id.",
        field=field,
    )


def problem_of(refusal: Refusal, named_by_path: frozenset[str] = frozenset()) -> Problem:
    """A refusal as a problem; `named_by_path` are the names of the path's parameters."""
    kind = KINDS.get(refusal.name, _UNKNOWN)
    status = kind.status
    if refusal.name.endswith("_not_found") and refusal.field in named_by_path:
        status = 404
    return Problem(
        type=f"/problems/{refusal.name}",
        title=kind.title,
        status=status,
        detail=refusal.says or f"{kind.title}.",
        refusal=refusal.name,
        field=refusal.field,
        advice=refusal.advice,
        missing=refusal.missing,
    )
