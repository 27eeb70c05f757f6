"""Personal details: the one form in which each is written, and what everybody sees of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.pretty import pretty_repr

from serai.core import KeyRing, Refusal, SealingKey, Unopened
from serai.customers import (
    Details,
    DetailsChange,
    Document,
    DocumentKind,
    Email,
    Phone,
    open_details,
    read_document,
    read_email,
    read_phone,
    seal_details,
    shown,
)

RING = KeyRing(lambda: (SealingKey(b"k" * 32),))
WHOLE = Details(
    phone=Phone("+8613812345678"),
    email=Email("wang.min@example.com"),
    document=Document("passport", "CN", "E12345678"),
)
PLAIN = ("13812345678", "wang.min", "E12345678", "12345")


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("13812345678", "", "+8613812345678"),
        ("138-1234 5678", "CN", "+8613812345678"),
        ("１３８１２３４５６７８", "", "+8613812345678"),
        ("+86 138 1234 5678", "DE", "+8613812345678"),
        ("(0571) 8765 4321", "", "+8657187654321"),
        ("06 39 98 01 23", "FR", "+33639980123"),
        ("+33 6 39 98 01 23", "PRT", "+33639980123"),
        ("13812345678", "PRT", "+8613812345678"),
    ],
)
def test_a_telephone_number_is_written_as_e164(text: str, country: str, number: str) -> None:
    assert read_phone(text, country) == Phone(number)


@pytest.mark.parametrize(
    "text",
    ["", "12", "abc", "1-800-FLOWERS", "+999 1234 5678", "138 1234 5678 x5", "1" * 30, "138\n1234"],
)
def test_what_is_no_telephone_number_is_refused_without_being_repeated(text: str) -> None:
    refusal = read_phone(text)
    assert isinstance(refusal, Refusal)
    assert (refusal.name, refusal.field) == ("phone_invalid", "phone")
    assert len(text) < 3 or text not in f"{refusal.says} {refusal.advice}"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Wang.Min@Example.COM", "wang.min@example.com"),
        (" m+tag@sub.example.org ", "m+tag@sub.example.org"),
        ("用户@例子.中国", "用户@例子.中国"),
        ("STRASSE@EXAMPLE.DE", "strasse@example.de"),
    ],
)
def test_an_email_address_is_casefolded(text: str, address: str) -> None:
    assert read_email(text) == Email(address)


@pytest.mark.parametrize(
    "text",
    ["", "@example.com", "a@b", "a b@example.com", "a@example.com, b@example.com", "a@@example.com",
     "<a@example.com>", "a\u202e@example.com", f"{'a' * 250}@example.com", "a@example.", "a@.com"],
)  # fmt: skip
def test_what_is_no_email_address_is_refused(text: str) -> None:
    refusal = read_email(text)
    assert isinstance(refusal, Refusal)
    assert refusal.field == "email"


@pytest.mark.parametrize("text", ["e 1234 5678", "E12345678", " ｅ１２３４５６７８ "])
def test_the_number_of_a_document_is_in_capitals_without_spaces(text: str) -> None:
    assert read_document("passport", "cn", text) == Document("passport", "CN", "E12345678")


@pytest.mark.parametrize(
    ("country", "number"), [("", "E12345678"), ("C1", "E12345678"), ("CN", "E1"), ("CN", "E_123;4")]
)
def test_what_is_no_document_is_refused(country: str, number: str) -> None:
    refusal = read_document("passport", country, number)
    assert isinstance(refusal, Refusal)
    assert refusal.field == "document"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613812345678", "138****5678"),
        ("+33639980123", "+33 639****23"),
        ("+12125550123", "+1 21****0123"),
        ("+6598765432", "+65 98****32"),
    ],
)
def test_the_mask_of_a_telephone_number_hides_four_digits_or_more(number: str, masked: str) -> None:
    assert Phone(number).masked == masked


def test_the_masks_of_an_email_address_and_of_a_document() -> None:
    assert Email("wang.min@example.com").masked == "w***@example.com"
    assert Document("passport", "CN", "E12345678").masked == "E****78"
    assert Document("other", "CN", "E1234").masked == "****"


def test_nothing_shows_a_detail_by_accident() -> None:
    values = (WHOLE, DetailsChange(phone=WHOLE.phone, document=WHOLE.document),
              shown(WHOLE, masked=False), seal_details(RING, 7, WHOLE))  # fmt: skip
    for value in values:
        for text in (repr(value), str(value), pretty_repr(value), f"{value}"):
            assert not [plain for plain in PLAIN if plain in text], text


def test_details_are_told_masked_or_in_full() -> None:
    masked, full = shown(WHOLE, masked=True), shown(WHOLE, masked=False)
    assert (masked.phone, masked.email, masked.document_number) == (
        "138****5678", "w***@example.com", "E****78",
    )  # fmt: skip
    assert (full.phone, full.email, full.document_number) == (
        "+8613812345678", "wang.min@example.com", "E12345678",
    )  # fmt: skip
    assert full.document_kind == masked.document_kind == "passport"
    assert shown(Details(), masked=True).phone == ""


phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).map(lambda text: Phone(f"+86{text}"))
emails = st.emails().map(read_email).filter(lambda one: isinstance(one, Email))
documents = st.builds(
    Document,
    st.sampled_from(["passport", "identity_card", "travel_permit", "other"]),
    st.sampled_from(["CN", "DE", "PRT"]),
    st.from_regex(r"[A-Z0-9\-/.]{3,40}", fullmatch=True),
)
details = st.builds(
    Details,
    phone=st.none() | phones,
    email=st.none() | emails,
    document=st.none() | documents,
)


@given(details=details, id=st.integers(1, 2**62))
def test_details_that_are_sealed_open_again(details: Details, id: int) -> None:
    assert open_details(RING, seal_details(RING, id, details)) == details


@given(details=details.filter(bool), id=st.integers(1, 2**62))
def test_details_of_another_row_do_not_open(details: Details, id: int) -> None:
    with pytest.raises(Unopened):
        open_details(RING, replace(seal_details(RING, id, details), id=id + 1))


@given(phone=phones)
def test_a_written_number_is_read_as_itself(phone: Phone) -> None:
    assert read_phone(phone.number) == phone
    assert phone.number[3:] not in phone.masked


@given(kind=st.sampled_from(["passport", "other"]), number=st.text(max_size=50))
def test_whatever_is_written_is_read_or_refused(kind: DocumentKind, number: str) -> None:
    assert isinstance(read_document(kind, "CN", number), Document | Refusal)
    assert isinstance(read_email(number), Email | Refusal)
    assert isinstance(read_phone(number), Phone | Refusal)
