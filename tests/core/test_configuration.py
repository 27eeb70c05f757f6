from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from serai.core.configuration import ConfigurationError, Settings

PLAIN_USER = 1000
ROOT = 0


def settings(*, uid: int = PLAIN_USER, **environ: str) -> Settings:
    return Settings.from_environment({"HOME": "/home/lin", **environ}, uid=uid)


def test_nothing_has_to_be_set() -> None:
    assert settings() == Settings(home=Path("/home/lin/.local/share/serai"))
    assert (settings().host, settings().port, settings().database_url) == ("127.0.0.1", 8080, None)


def test_the_data_folder_follows_the_user() -> None:
    assert settings(uid=ROOT).home == Path("/var/lib/serai")
    assert settings(XDG_DATA_HOME="/data/lin").home == Path("/data/lin/serai")
    assert settings(XDG_DATA_HOME="not/absolute").home == Path("/home/lin/.local/share/serai")
    assert settings(uid=ROOT, XDG_DATA_HOME="/data/lin").home == Path("/var/lib/serai")
    assert settings(uid=ROOT, SERAI_HOME="/srv/inn").home == Path("/srv/inn")
    assert settings(SERAI_HOME="~/inn").home == Path("/home/lin/inn")


def test_an_empty_variable_counts_as_not_set() -> None:
    found = settings(
        SERAI_HOME="",
        SERAI_HOST=" ",
        SERAI_PORT="",
        SERAI_DATABASE_URL="",
        SERAI_POSTGRES_USER="",
    )
    assert found == settings()


def test_everything_can_be_set() -> None:
    found = settings(
        SERAI_HOST="0.0.0.0",  # noqa: S104  (read, not listened on)
        SERAI_PORT="65535",
        SERAI_DATABASE_URL="postgresql://lin:pw@db.example:5433/books",
        SERAI_POSTGRES_USER="pg",
    )
    assert found == Settings(
        home=Path("/home/lin/.local/share/serai"),
        host="0.0.0.0",  # noqa: S104  (as above)
        port=65535,
        database_url="postgresql://lin:pw@db.example:5433/books",
        postgres_user="pg",
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_of_an_address_is_understood(scheme: str) -> None:
    found = settings(SERAI_DATABASE_URL=f"{scheme}://lin:pw@db.example/books")
    assert found.database_url == "postgresql://lin:pw@db.example/books"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80.5", "eighty", "８０８０", "9" * 5000])
def test_a_wrong_port_is_refused(port: str) -> None:
    with pytest.raises(ConfigurationError, match=r"SERAI_PORT is .* from 1 to 65535"):
        settings(SERAI_PORT=port)


@pytest.mark.parametrize("host", ["my host", "http://x/", "a,b", "旅店"])
def test_a_wrong_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="SERAI_HOST is"):
        settings(SERAI_HOST=host)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://lin:geheim@db/books",
        "postgresql://lin:geheim@db.example",
        "postgresql://lin:geheim@db:port/books",
        "postgresql://lin:geheim@db/books?colour=red",
        "host=db password=geheim dbname=books",
        "geheim",
    ],
)
def test_a_wrong_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="SERAI_DATABASE_URL is not") as caught:
        settings(SERAI_DATABASE_URL=url)
    assert "geheim" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(
            {"SERAI_PORT": "x", "SERAI_HOST": "a b", "SERAI_DATABASE_URL": "y"}, uid=PLAIN_USER
        )
    told = str(caught.value).splitlines()
    assert [line.split()[0] for line in told] == [
        "There",
        "SERAI_HOST",
        "SERAI_PORT",
        "SERAI_DATABASE_URL",
    ]


def test_the_password_is_never_shown() -> None:
    found = settings(SERAI_DATABASE_URL="postgresql://lin:geheim@db/books")
    assert "geheim" not in repr(found) + str(found) + pretty_repr(found)
    assert "/home/lin" in repr(found)
