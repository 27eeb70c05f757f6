"""Where the keys that seal lie: in the data folder, in a file, or in a setting."""

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serai.core import (
    ConfigurationError,
    SealingKey,
    Settings,
    drop_key,
    kept_keys,
    make_key,
    open_ring,
)

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
ONE, TWO = b"1" * 32, b"2" * 32


def test_the_newest_key_of_the_data_folder_seals_and_the_others_stay(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ring = open_ring(settings)
    assert not list(ring.ids)
    first = make_key(settings, NOW)
    second = make_key(settings, NOW + timedelta(days=1))
    assert list(ring.ids) == [second, first]
    assert ring.sealing.id == second
    assert open_ring(settings).ids == ring.ids
    assert [kept.made_at - NOW for kept in kept_keys(settings)] == [timedelta(1), timedelta()]


def test_a_key_is_its_owners_to_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    open_ring(settings)
    make_key(settings, NOW)
    (kept,) = kept_keys(settings)
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_new_key_is_on_the_shelf_of_backups_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    shelf = tmp_path / "backup"
    shelf.mkdir()
    open_ring(settings)
    make_key(settings, NOW, [shelf])
    (kept,) = kept_keys(settings)
    assert (shelf / kept.path.name).read_text() == kept.path.read_text()


def test_a_key_that_is_dropped_opens_no_more(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ring = open_ring(settings)
    first = make_key(settings, NOW)
    second = make_key(settings, NOW + timedelta(days=1))
    assert list(ring.ids) == [second, first]
    drop_key(kept_keys(settings)[1])
    assert list(ring.ids) == [
        second,
    ]


def test_keys_of_a_setting_are_as_they_stand_there(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, personal_keys=f"{TWO.hex()},{ONE.hex()}")
    assert open_ring(settings).ids == (SealingKey(TWO).id, SealingKey(ONE).id)
    assert TWO.hex() not in repr(settings)


def test_a_file_of_keys_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{ONE.hex()}  # the first\n")
    file.chmod(0o600)
    ring = open_ring(Settings(home=tmp_path / "home", personal_keys_file=file))
    assert list(ring.ids) == [
        SealingKey(ONE).id,
    ]
    file.write_text(f"{TWO.hex()}\n{ONE.hex()}\n")
    assert list(ring.ids) == [SealingKey(TWO).id, SealingKey(ONE).id]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no key in"),
        ("# none\n", "There is no key in"),
        (f"{ONE.hex()}\nsecret-value\n", "Key 2 of .* is not 64 hexadecimal digits"),
        (ONE.hex()[:-1], "Key 1 of .* is not 64 hexadecimal digits"),
    ],
)
def test_a_file_without_good_keys_is_told_of_in_a_sentence(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError, match=says) as error:
        open_ring(Settings(home=tmp_path / "home", personal_keys_file=file))
    assert "secret-value" not in str(error.value)
    assert ONE.hex()[:-1] not in str(error.value)


def test_a_file_that_is_not_there_is_told_of_in_a_sentence(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", personal_keys_file=tmp_path / "none")
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        open_ring(settings)


def test_a_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE.hex())
    file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod o-r"):
        open_ring(Settings(home=tmp_path / "home", personal_keys_file=file))


@pytest.mark.parametrize("damage", ["", "0" * 64, "no key\n"])
def test_a_damaged_key_of_the_data_folder_is_told_of_in_a_sentence(
    tmp_path: Path, damage: str
) -> None:
    settings = Settings(home=tmp_path)
    open_ring(settings)
    make_key(settings, NOW)
    (kept,) = kept_keys(settings)
    kept.path.write_text(damage)
    with pytest.raises(ConfigurationError, match=kept.id):
        open_ring(settings)


def test_keys_from_elsewhere_are_not_made_here(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, personal_keys=ONE.hex())
    with pytest.raises(ConfigurationError, match="openssl rand -hex 32"):
        make_key(settings, NOW)
    assert ONE.hex() not in repr(open_ring(settings))


def test_one_place_for_keys_is_enough(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, personal_keys=ONE.hex(), personal_keys_file=tmp_path / "keys"
    )
    with pytest.raises(ConfigurationError, match="leave one of them out") as error:
        open_ring(settings)
    assert ONE.hex() not in str(error.value)


def test_a_file_of_keys_is_named_by_its_whole_path(tmp_path: Path) -> None:
    environ = {"SERAI_HOME": str(tmp_path), "SERAI_PERSONAL_KEYS_FILE": "keys"}
    with pytest.raises(ConfigurationError, match="give the whole path of the file"):
        Settings.from_environment(environ, default_file=tmp_path / "none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for other users")
def test_a_key_that_root_makes_is_for_the_user_who_runs_the_platform(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    open_ring(settings)
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path / "secrets", nobody.pw_uid, nobody.pw_gid)
    make_key(settings, NOW)
    (kept,) = kept_keys(settings)
    found = kept.path.stat()
    assert (found.st_uid, found.st_mode & 0o777) == (nobody.pw_uid, 0o600)
