"""The texts of the code and the templates, as gettext's tools find them."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

import serai.web
from serai.web.look import environment

WEB = Path(serai.web.__file__).parent
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "NN_": (1, 2), "say": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]

Text = str | tuple[str, ...]
"""A text, or the two forms of a counted one."""


def texts() -> Iterator[tuple[Text, str]]:
    """Every text that is marked for translation, with the file it stands in."""
    extensions = ",".join(environment("en").extensions)
    options = {"**/templates/**.html": {"extensions": extensions, "silent": "false"}}
    found = extract_from_dir(WEB, METHODS, options, KEYWORDS)
    for file, _line, text, _comments, _context in found:
        yield text, file
