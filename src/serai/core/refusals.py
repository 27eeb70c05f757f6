"""An expected "no", as a value with a name."""

from msgspec import Struct


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a request was not carried out.

    `name` is stable and what programs react to (`exceeds_credits`, `offer_closed`). `says` tells
    a person what is wrong, `advice` what to do about it, `field` which part of the request it is
    about. `missing` is how many units were lacking, where units lacked; `step` the place in the
    chain of the transfer that was refused.
    """

    name: str
    says: str = ""
    advice: str = ""
    field: str = ""
    missing: int = 0
    step: int = -1
