from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from serai.core.configuration import (
    SETTINGS,
    ConfigurationError,
    Settings,
    shown_settings,
)

PLAIN_USER = 1000
ROOT = 0
NO_FILE = Path("/nowhere/serai.toml")


def settings(*, uid: int = PLAIN_USER, **environ: str) -> Settings:
    return Settings.from_environment(
        {"HOME": "/invented/lin", **environ}, uid=uid, default_file=NO_FILE
    )


def test_nothing_has_to_be_set() -> None:
    assert settings() == Settings(home=Path("/invented/lin/.local/share/serai"))
    assert (settings().host, settings().port, settings().database_url) == ("127.0.0.1", 8080, None)


def test_the_data_folder_follows_the_user() -> None:
    assert settings(uid=ROOT).home == Path("/var/lib/serai")
    assert settings(XDG_DATA_HOME="/data/lin").home == Path("/data/lin/serai")
    assert settings(XDG_DATA_HOME="not/absolute").home == Path("/invented/lin/.local/share/serai")
    assert settings(uid=ROOT, XDG_DATA_HOME="/data/lin").home == Path("/var/lib/serai")
    assert settings(uid=ROOT, SERAI_HOME="/srv/inn").home == Path("/srv/inn")
    assert settings(SERAI_HOME="~/inn").home == Path("/invented/lin/inn")


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
        home=Path("/invented/lin/.local/share/serai"),
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
    assert "/invented/lin" in repr(found)


def file_of(folder: Path, text: str) -> Path:
    path = folder / "serai.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_file_says_what_the_environment_does_not(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        """
        port = 9000
        host = "0.0.0.0"
        access_log = true
        trusted_proxies = ["127.0.0.1", "10.1.0.0/16"]
        certificates = ["/etc/ssl/inn.pem"]
        metrics_token = "0123456789abcdef"
        """,
    )
    found = settings(SERAI_CONFIG=str(path), SERAI_PORT="9001", SERAI_HOST=" ")
    assert (found.port, found.host) == (9001, "0.0.0.0")  # noqa: S104  (read, not listened on)
    assert found.access_log
    assert found.trusted_proxies == ("127.0.0.1/32", "10.1.0.0/16")
    assert found.certificates == (Path("/etc/ssl/inn.pem"),)
    by_default = Settings.from_environment({"HOME": "/"}, uid=ROOT, default_file=path)
    assert by_default.port == 9000


def test_every_setting_can_be_given_by_the_file(tmp_path: Path) -> None:
    assert [setting.name for setting in SETTINGS] == list(Settings.__struct_fields__)
    texts = {"port": "9000", "access_log": "on", "log_format": "json", "metrics_token": "x" * 16,
             "database_url": "postgresql://lin@db/books", "certificates": "/a.pem",
             "trusted_proxies": "::1", "otlp_endpoint": "http://127.0.0.1:4318",
             "personal_keys_file": "/run/keys",
             "oidc_issuer": "https://login.example", "oidc_roles": "a=group_it@G"}  # fmt: skip
    path = file_of(
        tmp_path,
        "".join(f'{one.name} = "{texts.get(one.name, "inn")}"\n' for one in SETTINGS),
    )
    found = settings(SERAI_CONFIG=str(path))
    unset = Settings(home=Path("/"))
    assert not [
        one.name for one in SETTINGS if getattr(found, one.name) == getattr(unset, one.name)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 9000", r"prot in .*serai.toml is not a setting. Did you mean port\?"),
        ("[tls]\nkey = 1", r"tls in .*serai.toml is not a setting"),
        ("port = 90.5", r"port in .*serai.toml must be a text, a number or a list of texts"),
        ('port = "x"', r"port in .*serai.toml is 'x'; set it to a whole number"),
        ("port = ", r"serai.toml is not TOML: "),
        ('log_format = "xml"', r"log_format in .* is 'xml'; set it to auto, text or json"),
        ('access_log = "maybe"', r"access_log in .* is 'maybe'; set it to true or false"),
        ('certificates = ["a.pem"]', r"certificates in .* names 'a.pem'; give the whole path"),
        ('trusted_proxies = ["10.1.0.1/16"]', r"names '10.1.0.1/16', which is neither an address"),
        ('metrics_token = "short"', r"metrics_token in .* must be 16 signs of ASCII"),
        ('oidc_issuer = "http://login.example"', r"oidc_issuer in .* is not the address"),
        ('oidc_claim = "groups"', r"oidc_claim in .* is set, but not SERAI_OIDC_ISSUER"),
        ('oidc_issuer = "https://a.b"\noidc_roles = "x"', r"oidc_roles in .* holds 'x'; write"),
        ('otlp_endpoint = "collector:4318"', r"otlp_endpoint in .* is not the address"),
    ],
)
def test_mistakes_of_a_file_are_told_with_its_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        settings(SERAI_CONFIG=str(file_of(tmp_path, text)))


def test_a_file_that_is_named_must_be_there() -> None:
    with pytest.raises(ConfigurationError, match="SERAI_CONFIG names /nowhere/serai.toml, and"):
        settings(SERAI_CONFIG=str(NO_FILE))


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        settings(SERAI_CONFIG=str(tmp_path))


def test_a_variable_that_nobody_reads_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"SERAI_PROT is not a setting. .* SERAI_PORT\?"):
        settings(SERAI_PROT="9000")


def test_secrets_in_a_file_are_not_for_everybody(tmp_path: Path) -> None:
    path = file_of(tmp_path, 'metrics_token = "0123456789abcdef"')
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="holds metrics_token, and every user") as caught:
        settings(SERAI_CONFIG=str(path))
    assert "0123456789abcdef" not in str(caught.value)
    path.write_text("port = 9000")
    assert settings(SERAI_CONFIG=str(path)).port == 9000


@pytest.mark.parametrize("url", ["collector", "http://lin:geheim@collector", "http://c:port"])
def test_a_wrong_collector_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="OTEL_EXPORTER_OTLP_ENDPOINT is not") as caught:
        settings(OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert "geheim" not in str(caught.value)


def test_what_holds_is_shown_with_its_source_and_without_secrets(tmp_path: Path) -> None:
    path = file_of(tmp_path, 'metrics_token = "0123456789abcdef"\nport = 9000')
    environ = {"HOME": "/invented/lin", "SERAI_CONFIG": str(path), "SERAI_HOST": "::1",
               "SERAI_DATABASE_URL": "postgresql://lin:geheim@db/books"}  # fmt: skip
    found = Settings.from_environment(environ, uid=PLAIN_USER)
    shown = {one.name: one for one in shown_settings(found, environ)}
    assert list(shown) == [setting.name for setting in SETTINGS]
    assert (shown["port"].value, shown["port"].source) == ("9000", str(path))
    assert (shown["host"].value, shown["host"].source) == ("::1", "environment")
    assert shown["log_format"].source == "default"
    assert shown["metrics_token"].value == shown["database_url"].value == "***"
    assert "geheim" not in repr(shown) + repr(found)
    assert "0123456789abcdef" not in repr(shown) + repr(found)
