"""`serai check` tells what holds, and what cannot be, before anything is started."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rich.console import Console

from serai.cli.bench.server import free_port
from serai.cli.checking import CheckReport, check, print_report
from serai.core import Settings


def certificate(path: Path, *, days: int) -> Path:
    """A certificate that holds for so many days from now on, or has ended so long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "inn.example")])
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - timedelta(days=400))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def says(report: CheckReport, name: str) -> list[tuple[bool, str]]:
    return [(one.holds, one.says) for one in report.checks if one.name == name]


async def test_a_fresh_machine_passes(tmp_path: Path) -> None:
    report = await check(Settings(home=tmp_path / "inn", port=free_port()), {})
    assert report.passed
    assert says(report, "home") == [(True, "It will be made.")]
    assert says(report, "address") == [(True, "It is free.")]


async def test_what_cannot_be_is_told_in_sentences(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        report = await check(
            Settings(
                home=tmp_path / "file",
                port=taken.getsockname()[1],
                database_url="postgresql://lin:geheim@127.0.0.1:1/books",
                certificates=(
                    tmp_path / "none.pem",
                    certificate(tmp_path / "old.pem", days=-3),
                    certificate(tmp_path / "soon.pem", days=5),
                    tmp_path / "file",
                ),
            ),
            {},
        )
    assert not report.passed
    assert says(report, "home") == [(False, f"{tmp_path / 'file'} is not a folder.")]
    ((holds, said),) = says(report, "address")
    assert not holds
    assert "Somebody listens" in said
    ((holds, said),) = says(report, "database_url")
    assert not holds
    assert "cannot be reached" in said
    assert says(report, "certificates") == [
        (False, f"{tmp_path / 'none.pem'}: it cannot be read: No such file or directory."),
        (False, f"{tmp_path / 'old.pem'} ended 3 days ago."),
        (True, f"{tmp_path / 'soon.pem'} holds for 5 days; renew it."),
        (False, f"{tmp_path / 'file'}: there is no certificate in it."),
    ]
    assert b"geheim" not in msgspec.json.encode(report)


async def test_it_prints_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path, port=free_port(), metrics_token="0123456789abcdef")
    report = await check(settings, {"SERAI_HOME": str(tmp_path)})
    print_report(report, Console(), as_json=True)
    assert msgspec.json.decode(capsys.readouterr().out, type=CheckReport) == report
    print_report(report, Console(width=200), as_json=False)
    shown = capsys.readouterr().out
    assert "SERAI_METRICS_TOKEN" in shown
    assert "0123456789abcdef" not in shown


async def test_keys_that_are_none_are_told_of_and_nothing_is_made(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{'0' * 64}\n{'1' * 64}\n")
    keys.chmod(0o600)
    home = tmp_path / "inn"
    good = await check(Settings(home=home, port=free_port(), personal_keys_file=keys), {})
    assert says(good, "personal_keys") == [(True, f"There are 2 in {keys}.")]
    keys.write_text(f"{'0' * 64}\n")
    alone = await check(Settings(home=home, port=free_port(), personal_keys_file=keys), {})
    assert says(alone, "personal_keys") == [(True, f"There is 1 in {keys}.")]
    wrong = await check(Settings(home=home, port=free_port(), personal_keys="0" * 63), {})
    ((holds, said),) = says(wrong, "personal_keys")
    assert not holds
    assert said.startswith("Key 1 of personal_keys is not 64 hexadecimal digits")
    none = await check(Settings(home=home, port=free_port()), {})
    assert says(none, "personal_keys") == [(True, "One will be made.")]
    assert not home.exists()
