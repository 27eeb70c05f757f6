"""Icons, written into the page so that they take its colour."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).resolve().parent.parent / "static"
_OURS = STATIC / "icons"
_TABLER = STATIC / "vendor" / "icons"

# A pointed arch, as over the gate of an inn; the five flows wear it, and so does the mark.
_ARCH = "M2 23V11.5C2 6.8 6 3.6 12 .6c6 3 10 6.2 10 10.9V23z"


@cache
def icon(name: str) -> Markup:
    """The icon `name`: one of ours, or one of Tabler's that `package.json` lists."""
    return _svg("icon", "0 0 24 24", _drawing(name))


@cache
def flow_icon(flow: str) -> Markup:
    """The sign of a flow: its icon under an arch of its colour."""
    inner = f'<g transform="translate(5.4 8.2) scale(.55)">{_drawing(flow)}</g>'
    return _svg(f"arch flow-{flow}", "0 0 24 24", f'<path class="arch-wall" d="{_ARCH}"/>{inner}')


@cache
def mark() -> Markup:
    """The mark: arches around a courtyard, with its lamp lit."""
    source = (STATIC / "mark.svg").read_text()
    return _svg("mark", "0 0 32 32", re.sub(r"^.*?</title>|</svg>\s*$", "", source, flags=re.S))


@cache
def _drawing(name: str) -> str:
    for folder in (_OURS, _TABLER):
        path = folder / f"{name}.svg"
        if path.is_file():
            return _inside(path.read_text())
    raise FileNotFoundError(
        f"no icon {name!r}: list it in package.json under @tabler/icons and run `make dev`"
    )


def _inside(source: str) -> str:
    """What stands between `<svg ...>` and `</svg>`, without the frame that Tabler draws."""
    drawing = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", source, flags=re.S)
    return re.sub(r'\s*<path stroke="none"[^>]*fill="none"\s*/>', "", drawing).strip()


def _svg(css_class: str, view_box: str, drawing: str) -> Markup:
    return Markup(  # noqa: S704 - drawings come from files of the package, never from a user
        f'<svg class="{css_class}" viewBox="{view_box}" aria-hidden="true">{drawing}</svg>'
    )
