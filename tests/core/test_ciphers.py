"""What is sealed opens in its place alone, by its key alone, and tells nothing of itself."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from serai.core import NO_KEYS, KeyRing, Place, SealingKey, Unopened

KEY, OTHER_KEY = SealingKey(b"k" * 32), SealingKey(b"o" * 32)

values = st.text(max_size=80)
places = st.builds(
    Place,
    table=st.sampled_from(["personal_details", "people"]),
    column=st.sampled_from(["phone", "email", "document"]),
    row=st.integers(1, 2**63 - 1),
)


@given(place=places, value=values)
def test_what_is_sealed_opens_in_its_place(place: Place, value: str) -> None:
    assert KEY.open(place, KEY.seal(place, value)) == value


@given(place=places, other=places, value=values)
def test_a_value_in_another_place_does_not_open(place: Place, other: Place, value: str) -> None:
    assume(place != other)
    with pytest.raises(Unopened, match="was sealed for another place"):
        KEY.open(other, KEY.seal(place, value))


@given(place=places, value=values)
def test_another_key_does_not_open(place: Place, value: str) -> None:
    with pytest.raises(Unopened):
        OTHER_KEY.open(place, KEY.seal(place, value))


@given(place=places, value=values, data=st.data())
def test_a_value_of_which_any_part_is_missing_does_not_open(
    place: Place, value: str, data: st.DataObject
) -> None:
    sealed = KEY.seal(place, value)
    first = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(first, len(sealed)))
    assume((first, end) != (0, len(sealed)))
    with pytest.raises(Unopened):
        KEY.open(place, sealed[first:end])


@given(place=places, value=values, data=st.data())
def test_a_value_of_which_any_bit_has_turned_does_not_open(
    place: Place, value: str, data: st.DataObject
) -> None:
    sealed = bytearray(KEY.seal(place, value))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Unopened):
        KEY.open(place, bytes(sealed))


@given(place=places, value=st.text(alphabet="0123456789", min_size=6, max_size=20))
def test_a_sealed_value_shows_nothing_and_is_never_the_same(place: Place, value: str) -> None:
    one, two = KEY.seal(place, value), KEY.seal(place, value)
    assert one != two
    assert value.encode() not in one


@given(value=values, other=values)
def test_hashes_are_the_same_for_the_same_value_of_a_kind_by_a_key(value: str, other: str) -> None:
    assume(value != other)
    assert KEY.hash("phone", value) == KEY.hash("phone", value)
    hashes = {
        KEY.hash("phone", value),
        KEY.hash("phone", other),
        KEY.hash("email", value),
        OTHER_KEY.hash("phone", value),
    }
    assert len(hashes) == 4


def test_the_first_key_of_a_ring_seals_and_all_of_them_open() -> None:
    place = Place("personal_details", "phone", 7)
    ring = KeyRing(lambda: (OTHER_KEY, KEY))
    assert ring.ids == (OTHER_KEY.id, KEY.id)
    assert ring.sealing is OTHER_KEY
    assert ring.key(KEY.id).open(place, KEY.seal(place, "a value")) == "a value"
    assert ring.hashes("phone", "1") == [OTHER_KEY.hash("phone", "1"), KEY.hash("phone", "1")]


def test_a_ring_notices_when_its_source_has_changed() -> None:
    source = [KEY]
    ring = KeyRing(lambda: tuple(source), lambda: len(source))
    assert ring.ids == (KEY.id,)
    source.insert(0, OTHER_KEY)
    assert ring.sealing is OTHER_KEY


def test_a_key_that_is_missing_is_looked_for_once_more() -> None:
    source = [KEY]
    ring = KeyRing(lambda: tuple(source), lambda: "the same")
    assert ring.ids == (KEY.id,)
    source.append(OTHER_KEY)
    assert ring.key(OTHER_KEY.id) is OTHER_KEY
    with pytest.raises(Unopened, match="the key 00000000 is missing"):
        ring.key("00000000")


def test_without_keys_nothing_is_sealed() -> None:
    assert NO_KEYS.ids == ()
    with pytest.raises(Unopened, match="no key to seal with"):
        _ = NO_KEYS.sealing


def test_neither_secrets_nor_values_are_shown() -> None:
    secret, value = b"s" * 32, "13812345678"
    key, place = SealingKey(secret), Place("personal_details", "phone", 7)
    ring = KeyRing(lambda: (key,), pepper=b"pepper")
    with pytest.raises(Unopened) as error:
        key.open(place, key.seal(place, value)[:-1])
    told = " ".join(map(repr, (key, ring, error.value, vars(key))))
    for hidden in (secret.hex(), repr(secret), value, "pepper"):
        assert hidden not in told


def test_a_digest_stays_when_keys_are_changed() -> None:
    before = KeyRing(lambda: (KEY,), pepper=b"pepper")
    after = KeyRing(lambda: (OTHER_KEY,), pepper=b"pepper")
    other = KeyRing(lambda: (KEY,), pepper=b"salt")
    assert before.digest(b"request") == after.digest(b"request")
    assert before.digest(b"request") != other.digest(b"request")
