"""The languages of the pages: which there are, whose turn it is, and their words.

English is written in the code itself; another language is a catalogue beside this file, read when
the program starts. `say = gettext_of(language)` gives the function that turns a text of the code
into its words; `N_()` marks a text that is translated later, where it is shown.
"""

from serai.web.languages.catalogues import N_, NN_, catalogue_path, gettext_of, translations
from serai.web.languages.choice import (
    LANGUAGE_COOKIE,
    LANGUAGE_NAMES,
    LANGUAGES,
    Language,
    babel_locale,
    choose_language,
    known_language,
)

__all__ = [
    "LANGUAGES",
    "LANGUAGE_COOKIE",
    "LANGUAGE_NAMES",
    "NN_",
    "N_",
    "Language",
    "babel_locale",
    "catalogue_path",
    "choose_language",
    "gettext_of",
    "known_language",
    "translations",
]
