"""The words of a language, read from its catalogue."""

import io
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from serai.web.languages.choice import Language, babel_locale

_HERE = Path(__file__).parent


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """`text` itself, marked for the catalogues."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as above
    """The two forms of a counted word, marked for the catalogues."""
    return one, many


def gettext_of(language: Language) -> Callable[[str], str]:
    """The function that says a text of the code in `language`."""
    return translations(language).gettext


@cache
def translations(language: Language) -> NullTranslations:
    """Everything the catalogue of `language` says; English needs none."""
    if language == "en":
        return NullTranslations()
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=babel_locale(language), abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalogue_path(language: Language) -> Path:
    """Where the catalogue of `language` lies."""
    return _HERE / f"{language.replace('-', '_')}.po"
