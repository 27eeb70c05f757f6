"""People, their passwords, one-time codes and sessions, as rules without a database."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from serai.cloud import (
    NOBODYS_HASH,
    ROLES,
    Grant,
    Person,
    Session,
    actor_of_person,
    check_password,
    check_person,
    fold_name,
    hash_password,
    is_outdated,
    matches,
    needs_two,
    network_of,
    new_password,
    new_recovery_codes,
    new_secret,
    new_token,
    recovery_hash,
    step_of,
    token_hash,
)

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LIN = Person(id=7, name="lin", display_name="Lin", created_at=NOW)


def grant(role: str, ended_at: datetime | None = None) -> Grant:
    return Grant(
        id=1, holder_id=7, role=role, level="brand", node_id=30, granted_at=NOW, ended_at=ended_at
    )


@pytest.mark.parametrize(
    "name", ["", "Lin", "a b", "-lin", "lin<script>", "lín", "x" * 65, "a\n", "ad\u202emin"]
)
def test_a_sign_in_name_is_plain(name: str) -> None:
    refused = check_person(name, "Lin")
    assert refused is not None
    assert refused.name == "name_invalid"


def test_a_name_is_one_name_however_it_is_typed() -> None:
    assert fold_name("  LIN@Lantern.example ") == "lin@lantern.example"
    assert fold_name("ｌｉｎ") == "lin"


@pytest.mark.parametrize("shown", ["", "  ", "x" * 121, "a\u202eb", "two\nlines"])
def test_a_display_name_is_one_line(shown: str) -> None:
    assert check_person("lin", shown) is not None


def test_a_display_name_may_hold_any_sign() -> None:
    assert check_person("lin", "<b>林</b> & 'Söhne'") is None
    assert check_person("lin", "Lin", "no address") is not None


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "x" * 257, "weilin-weilin-1", "121212121212"]
)
def test_easy_passwords_are_refused(password: str) -> None:
    assert check_password(password, "weilin") is not None


def test_a_password_is_kept_as_argon2id() -> None:
    kept = hash_password("four calm river stones")
    assert kept.startswith("$argon2id$")
    assert matches(kept, "four calm river stones")
    assert not matches(kept, "four calm river stone")
    assert not matches("", "four calm river stones")
    assert not is_outdated(kept)
    assert not is_outdated(NOBODYS_HASH)  # as much effort as for a hash that somebody has
    assert matches(hash_password("\ud800 half a letter"), "\ud800 half a letter")
    assert check_password(new_password(), "lin") is None


def test_a_code_is_good_for_its_step_and_the_next_to_it() -> None:
    secret = new_secret()
    totp = pyotp.TOTP(secret)
    code = totp.at(NOW)
    step = step_of(secret, code, NOW, 0)
    assert step == int(NOW.timestamp()) // 30
    assert step_of(secret, f" {code[:3]} {code[3:]} ", NOW + timedelta(seconds=30), 0) == step
    assert step_of(secret, code, NOW + timedelta(seconds=90), 0) is None
    assert step_of(secret, code, NOW, step) is None  # it was used


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "1" * 400, "-12345"])
def test_what_is_no_code(code: str) -> None:
    assert step_of(new_secret(), code, NOW, 0) is None


def test_recovery_codes_are_typed_as_one_likes() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert recovery_hash(codes[0].lower().replace("-", " ")) == recovery_hash(codes[0])
    assert codes[0] not in recovery_hash(codes[0])


def test_a_session_ends_by_itself() -> None:
    session = Session(
        id=1, person_id=7, passed=True, method="password", created_at=NOW, last_seen_at=NOW
    )
    assert session.is_open(NOW + timedelta(hours=11))
    assert not session.is_open(NOW + timedelta(hours=12))
    half = Session(
        id=1, person_id=7, passed=False, method="password", created_at=NOW, last_seen_at=NOW
    )
    assert not half.is_open(NOW + timedelta(minutes=5))


def test_a_token_is_kept_as_its_hash() -> None:
    token = new_token()
    assert len(token_hash(token)) == 32
    assert token_hash("\ud800") != token_hash("")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("somewhere", "somewhere"),
    ],
)
def test_tries_are_counted_by_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_a_person_may_do_is_what_their_grants_give() -> None:
    actor = actor_of_person(LIN, (grant("brand_analyst"), grant("abolished_role")))
    assert actor.may("orders.read")
    assert not actor.may("orders.write")
    assert not actor_of_person(LIN, (grant("brand_manager", ended_at=NOW),)).may("orders.read")
    assert not actor_of_person(LIN, ()).may("catalogue.read")


def test_whoever_manages_a_brand_or_an_operator_appoints_who_works_in_its_stores() -> None:
    for above in ("brand_manager", "operator_manager"):
        for below in ("store_manager", "store_clerk"):
            assert ROLES[below].rights <= ROLES[above].rights, (above, below)


def test_roles_with_power_over_others_or_over_money_need_two() -> None:
    assert {role for role in ROLES if needs_two(role)} == {
        "group_controller", "group_finance", "group_it", "brand_manager", "entity_finance",
        "operator_manager", "store_manager",
    }  # fmt: skip
