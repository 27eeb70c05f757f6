"""Telephones, e-mails and documents as requests bring them; none of it has a readable form."""

from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from serai.api.v1.fields import PLAIN
from serai.api.v1.problems import RefusedRequest
from serai.core import Refusal
from serai.customers import (
    Details,
    DocumentKind,
    ShownDetails,
    read_document,
    read_email,
    read_phone,
)

PhoneText = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=40,
        pattern=PLAIN,
        description="With the code of its country, or as it is called in the customer's own.",
    ),
]
EmailText = Annotated[str, Meta(min_length=3, max_length=254, pattern=PLAIN)]
NumberText = Annotated[str, Meta(min_length=3, max_length=60, pattern=PLAIN)]
Issuer = Annotated[
    str, Meta(min_length=2, max_length=3, pattern="^[A-Z]+$", description="ISO 3166 letters.")
]

Answer = TypeVar("Answer")


class DetailsRequest(Struct, frozen=True):
    """A request with personal data in it, which is not shown by accident."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class DocumentRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that somebody has shown; `country` has issued it."""

    kind: DocumentKind
    country: Issuer
    number: NumberText


class DocumentAnswer(Struct, frozen=True, kw_only=True):
    """A document that somebody has shown; its number is in full or masked."""

    kind: DocumentKind
    country: str
    number: str

    def __repr__(self) -> str:
        return "DocumentAnswer(***)"


def details_of(
    phone: str | None, email: str | None, document: DocumentRequest | None, country: str = ""
) -> Details:
    """Details as they were sent, by somebody from `country`; refuses what is none."""
    return Details(
        phone=settled(read_phone(phone, country)) if phone is not None else None,
        email=settled(read_email(email)) if email is not None else None,
        document=settled(read_document(document.kind, document.country, document.number))
        if document is not None
        else None,
    )


def document_answer(details: ShownDetails) -> DocumentAnswer | None:
    """The document as it is told."""
    if details.document_kind is None:
        return None
    return DocumentAnswer(
        kind=details.document_kind,
        country=details.document_country,
        number=details.document_number,
    )


def settled(answer: Answer | Refusal) -> Answer:
    """What was asked for, unless it is a refusal: then the request ends."""
    if isinstance(answer, Refusal):
        raise RefusedRequest(answer)
    return answer
