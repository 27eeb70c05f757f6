"""Personal details of a customer: telephone, e-mail, document.

Each is kept in one written form, so that the same one is found again. None has a readable form:
what is printed, logged or raised with it inside shows the mask.
"""

import re
import unicodedata
from typing import Literal, get_args

import phonenumbers
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import astuple
from phonenumbers import NumberParseException, PhoneNumberFormat

from serai.core import Refusal, is_plain, mask_address

HIDDEN = "****"
USUAL_REGION = "CN"
"""Where a number without a country's code is called, unless its bearer's country is known."""

LONGEST_EMAIL = 254
LONGEST_DOCUMENT = 40
_WRITTEN = re.compile(r"\+?[0-9 ()./\-]{3,40}")
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}@[^\s@\"(),:;<>\[\\\]]+\.[^\s@\"(),:;<>\[\\\].]+")
_DOCUMENT = re.compile(rf"[A-Z0-9\-/.]{{3,{LONGEST_DOCUMENT}}}")
_COUNTRY = re.compile(r"[A-Z]{2,3}")

DocumentKind = Literal["passport", "identity_card", "travel_permit", "other"]


class Detail(Struct, frozen=True):
    """One of a customer's details. Its `repr` is masked."""

    @property
    def masked(self) -> str:
        """What everybody may see of it."""
        raise NotImplementedError

    @property
    def written(self) -> str:
        """Its one written form, which is sealed and hashed."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("masked", self.masked)]


class Phone(Detail, frozen=True):
    """A telephone number as E.164 has it: +8613812345678."""

    number: str

    @property
    def masked(self) -> str:
        """`138****5678`; with its code where it is not of the usual country."""
        known = phonenumbers.parse(self.number)
        national = phonenumbers.national_significant_number(known)
        usual = known.country_code == phonenumbers.country_code_for_region(USUAL_REGION)
        code = "" if usual else f"+{known.country_code} "
        last = 4 if len(national) >= 10 else 2
        first = max(0, min(3, len(national) - last - len(HIDDEN)))  # so many are hidden at least
        return f"{code}{national[:first]}{HIDDEN}{national[-last:]}"

    @property
    def written(self) -> str:
        """As E.164."""
        return self.number


class Email(Detail, frozen=True):
    """An e-mail address, casefolded."""

    address: str

    @property
    def masked(self) -> str:
        """`w***@example.com`."""
        return mask_address(self.address)

    @property
    def written(self) -> str:
        """The address."""
        return self.address


class Document(Detail, frozen=True):
    """A document that shows who somebody is; its number in capitals, without spaces."""

    kind: DocumentKind
    country: str
    number: str

    @property
    def masked(self) -> str:
        """`E****34`."""
        return f"{self.number[:1]}{HIDDEN}{self.number[-2:]}" if len(self.number) > 5 else HIDDEN

    @property
    def written(self) -> str:
        """Kind, country and number: the same number of another country is another document."""
        return "\x1f".join(astuple(self))

    @classmethod
    def of(cls, written: str) -> "Document":
        """The document whose written form this is."""
        kind, country, number = written.split("\x1f")
        known: DocumentKind = next(one for one in get_args(DocumentKind) if one == kind)
        return cls(known, country, number)


class Details(Struct, frozen=True, kw_only=True):
    """What is known of a customer besides the name."""

    phone: Phone | None = None
    email: Email | None = None
    document: Document | None = None

    def __bool__(self) -> bool:
        return bool(self.phone or self.email or self.document)

    def after(self, change: "DetailsChange") -> "Details":
        """The details once a change is made."""
        return Details(
            phone=self.phone if change.phone is UNSET else change.phone,
            email=self.email if change.email is UNSET else change.email,
            document=self.document if change.document is UNSET else change.document,
        )


class ShownDetails(Struct, frozen=True, kw_only=True):
    """Details as they are told: in full, or masked. No readable form shows them."""

    masked: bool
    phone: str = ""
    email: str = ""
    document_kind: DocumentKind | None = None
    document_country: str = ""
    document_number: str = ""

    def __repr__(self) -> str:
        return "ShownDetails(***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("masked", self.masked)]


class DetailsChange(Struct, frozen=True, kw_only=True):
    """What is to become of each detail: another value, none, or left as it is."""

    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    document: Document | UnsetType | None = UNSET


def shown(details: Details, *, masked: bool) -> ShownDetails:
    """Details as they may be told."""
    phone, email, document = details.phone, details.email, details.document
    number = ""
    if document is not None:
        number = document.masked if masked else document.number
    return ShownDetails(
        masked=masked,
        phone=(phone.masked if masked else phone.number) if phone else "",
        email=(email.masked if masked else email.address) if email else "",
        document_kind=document.kind if document else None,
        document_country=document.country if document else "",
        document_number=number,
    )


def read_phone(text: str, country: str = "") -> Phone | Refusal:
    """A telephone number as somebody has written it; without a country's code it is taken for
    one of `country` (ISO 3166, two letters), or of China."""
    region = country if country in phonenumbers.SUPPORTED_REGIONS else USUAL_REGION
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        if _WRITTEN.fullmatch(text):
            number = phonenumbers.parse(text, region)
            # Only its length is checked: ranges are opened faster than anybody's list of them.
            if phonenumbers.is_possible_number(number):
                return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    except NumberParseException:
        pass
    return Refusal(
        name="phone_invalid",
        says="This is not a telephone number.",
        advice="Write it with the code of its country: +86 138 1234 5678.",
        field="phone",
    )


def read_email(text: str) -> Email | Refusal:
    """An e-mail address as somebody has written it."""
    address = unicodedata.normalize("NFC", text.strip()).casefold()
    if len(address) <= LONGEST_EMAIL and is_plain(address) and _EMAIL.fullmatch(address):
        return Email(address)
    return Refusal(
        name="email_invalid",
        says="This is not an e-mail address.",
        advice="Write it as name@example.com.",
        field="email",
    )


def read_document(kind: DocumentKind, country: str, number: str) -> Document | Refusal:
    """A document as somebody has written it down; `country` has issued it (ISO 3166)."""
    plain = "".join(unicodedata.normalize("NFKC", number).upper().split())
    if _DOCUMENT.fullmatch(plain) and _COUNTRY.fullmatch(country.upper()):
        return Document(kind, country.upper(), plain)
    return Refusal(
        name="document_invalid",
        says="This is not the number of a document, or not the code of a country.",
        advice=f"A number has 3 to {LONGEST_DOCUMENT} letters, digits, hyphens, slashes and dots; "
        "a country has two or three letters.",
        field="document",
    )
