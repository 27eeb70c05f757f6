"""What the environment and a file say of the settings, before anybody knows whether it fits."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct

CONFIG = "SERAI_CONFIG"
PREFIX = "SERAI_"
OTLP_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
LONGEST_SHOWN = 60


class Setting(Struct, frozen=True):
    """A setting by its name in the file; `variable` is its name in the environment."""

    name: str
    secret: bool = False
    of_telemetry: str = ""

    @property
    def variable(self) -> str:
        """The variable that sets it; one of OpenTelemetry keeps the name it has everywhere."""
        return self.of_telemetry or PREFIX + self.name.upper()


class Given(Struct, frozen=True):
    """The texts that were given, by the name of their setting, and where each was found."""

    texts: Mapping[str, str]
    sources: Mapping[str, str]
    settings: Mapping[str, Setting]

    def text(self, name: str) -> str:
        """What was given for a setting, without spaces around it; empty when nothing was."""
        return self.texts.get(name, "")

    def called(self, name: str) -> str:
        """A setting as whoever set it knows it."""
        source = self.sources.get(name, "")
        return f"{name} in {source}" if source else self.settings[name].variable

    def names(self, source: str) -> list[str]:
        """Which settings were found in a file."""
        return [name for name, found in self.sources.items() if found == source]


def given_by(
    environ: Mapping[str, str],
    default_file: Path,
    settings: Sequence[Setting],
    mistakes: list[str],
) -> Given:
    """What the environment says, and where it says nothing, the file.

    The file is the one that SERAI_CONFIG names, or else `default_file` where there is one. What
    is not known by its name, or is no text, number or list, is added to the `mistakes`.
    """
    known = {one.name: one for one in settings}
    texts: dict[str, str] = {}
    sources: dict[str, str] = {}
    named = environ.get(CONFIG, "").strip()
    path = Path(named) if named else default_file
    for name, value in _read(path, mistakes, must_be_there=bool(named)).items():
        if name not in known:
            mistakes.append(_unknown(name, list(known), f" in {path}"))
        elif (text := _text(value)) is None:
            mistakes.append(f"{name} in {path} must be a text, a number or a list of texts.")
        elif text:
            texts[name], sources[name] = text, str(path)
    variables = {one.variable: one.name for one in settings}
    for variable, value in environ.items():
        if variable in variables:
            if value.strip():
                texts[variables[variable]] = value.strip()
                sources.pop(variables[variable], None)
        elif variable.startswith(PREFIX) and variable != CONFIG:
            mistakes.append(_unknown(variable, [*variables, CONFIG]))
    found = Given(texts, sources, known)
    _check_privacy(found, path, mistakes)
    return found


def _read(path: Path, mistakes: list[str], *, must_be_there: bool) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if must_be_there:
            mistakes.append(f"{CONFIG} names {path}, and there is no such file.")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        mistakes.append(
            f"{path} cannot be read: {reason}. Let the user who runs serai read it, "
            f"or name another file by {CONFIG}."
        )
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{path} is not TOML: {error}.")
    return {}


def _text(value: object) -> str | None:
    """A value of the file as it would stand in the environment; None for what cannot be."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
        case int():
            return str(value)
        case list() if all(isinstance(one, str) for one in value):
            return ",".join(value)
    return None


def _unknown(name: str, known: Sequence[str], where: str = "") -> str:
    near = get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else " docs/INSTALL.md lists what there is."
    return f"{name[:LONGEST_SHOWN]}{where} is not a setting.{meant}"


def _check_privacy(found: Given, path: Path, mistakes: list[str]) -> None:
    """A file with a secret in it must not be everybody's to read."""
    secrets = [name for name in found.names(str(path)) if found.settings[name].secret]
    if secrets and path.stat().st_mode & stat.S_IROTH:
        mistakes.append(
            f"{path} holds {' and '.join(sorted(secrets))}, and every user of this machine may "
            f"read it. Run: chmod o-r {path}"
        )
