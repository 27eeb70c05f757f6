"""Bodies: JSON, decoded strictly, with the path to whatever is wrong in it."""

import re
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from serai.api.v1.problems import RefusedRequest
from serai.core import Refusal

MOST_BYTES = 256 * 1024
JSON = "application/json"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# JSON holds control characters escaped, or as UTF-8 writes those from U+007F to U+009F.
_MAYBE_CONTROL = re.compile(rb"[\\\x7f]|\xc2[\x80-\x9f]")
_AT = re.compile(r"^(?P<says>.*?)(?: - at `\$\.?(?P<at>.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"^Object (?P<how>contains unknown|missing required) field `(?P<name>.*)`$")

MALFORMED = Refusal(
    name="malformed_json",
    says="The body is not valid JSON in UTF-8.",
    advice="Send one JSON object.",
)
WRONG_TYPE = Refusal(
    name="wrong_content_type",
    says=f"The body must be {JSON}.",
    advice=f"Set the header Content-Type to {JSON}.",
    field="Content-Type",
)


class ApiRequest(Request[Any, Any, State]):
    """A request whose body is decoded by msgspec straight into the type its handler asks for."""

    async def json(self) -> Any:
        """The body as the handler's `data`; refuses what does not fit, with the field."""
        if self.content_type[0].lower() != JSON:
            raise RefusedRequest(WRONG_TYPE)
        wanted = self.route_handler.parsed_data_field
        return decode_body(await self.body(), wanted.annotation if wanted else Any)


def decode_body(body: bytes, kind: Any) -> Any:
    """A JSON body as a value of `kind`."""
    try:
        value = _decoder(kind).decode(body)
    except msgspec.ValidationError as error:
        raise RefusedRequest(_refusal(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise RefusedRequest(MALFORMED) from None
    field = _control_in(value, "") if _MAYBE_CONTROL.search(body) else None
    if field is not None:
        raise RefusedRequest(control_characters("field_invalid", field))
    return value


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def control_characters(name: str, field: str) -> Refusal:
    """Text with signs that nobody can see."""
    return Refusal(
        name=name,
        says=f"{field} holds control characters.",
        advice="Leave them out; a text is one line.",
        field=field,
    )


def has_control(text: str) -> bool:
    """Whether there is a NUL, a line break or the like in a text."""
    return _CONTROL.search(text) is not None


def _refusal(message: str) -> Refusal:
    found = _AT.match(message)
    says, field = (found["says"], found["at"] or "") if found else (message, "")
    named = _NAMED.match(says)
    if named is not None:
        field = f"{field}.{named['name']}" if field else named["name"]
        if named["how"] == "missing required":
            return Refusal(
                name="field_missing",
                says=f"{field} is missing.",
                advice="Add it; the documentation at /docs says what it may be.",
                field=field,
            )
        return Refusal(
            name="field_unknown",
            says=f"{field} is not a field of this request.",
            advice="Leave it out, or check how it is spelled.",
            field=field,
        )
    return Refusal(
        name="field_invalid",
        says=f"{field or 'The body'} is not valid: {says}.",
        advice="The documentation at /docs says what it may be.",
        field=field,
    )


def _control_in(value: object, at: str) -> str | None:
    """The field whose text holds control characters, if there is one."""
    match value:
        case str():
            return at if has_control(value) else None
        case Struct():
            inside = [(f"{at}.{name}" if at else name, getattr(value, name))
                      for name in value.__struct_fields__]  # fmt: skip
        case tuple():
            inside = [(f"{at}[{place}]", one) for place, one in enumerate(value)]
        case _:
            return None
    return next((found for at, one in inside if (found := _control_in(one, at)) is not None), None)
