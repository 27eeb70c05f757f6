"""Which language a page is written in."""

from typing import Literal, get_args

Language = Literal["en", "zh-CN"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh-CN": "简体中文"}
"""Each in its own words: that is what its reader looks for."""

LANGUAGE_COOKIE = "serai_language"

_FAMILIES: dict[str, Language] = {"en": "en", "zh": "zh-CN"}
_BABEL_LOCALES: dict[Language, str] = {"en": "en", "zh-CN": "zh_Hans_CN"}


def choose_language(asked: str | None, remembered: str | None, accepted: str) -> Language:
    """The language asked for in the address, else the remembered one, else the browser's."""
    for wish in (asked, remembered):
        if language := known_language(wish or ""):
            return language
    for wish in _by_preference(accepted):
        if language := known_language(wish):
            return language
    return "en"


def known_language(wish: str) -> Language | None:
    """The language that serves `wish`, a tag such as `zh-Hans-CN`, `zh_CN` or `en-GB`."""
    family = wish.strip().replace("_", "-").split("-")[0].lower()
    return _FAMILIES.get(family)


def babel_locale(language: Language) -> str:
    """The name under which Babel knows the language's numbers and dates."""
    return _BABEL_LOCALES[language]


def _by_preference(accepted: str) -> list[str]:
    """The tags of an `Accept-Language` header, the best liked first."""
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighed.append((float(weight or 1), tag))
        except ValueError:
            continue  # a weight that is none: the browser's mistake, not the reader's
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]
