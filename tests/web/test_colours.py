"""The five flows can be told apart by everybody, by day and by night."""

import re
from itertools import combinations, pairwise

import pytest

from serai.web.look import FLOWS, STATIC
from tests.web.sight import SIGHTS, Linear, ciede2000, contrast, difference, parse, seen

APART = 12.0
"""At least so far apart (CIEDE2000), for every eye: plain at a glance, in a thin line too."""

TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
THEMES = ("light", "dark")


def colours(theme: str) -> dict[str, Linear]:
    """The colours of the style sheet under one theme, by name."""
    found = TOKEN.findall((STATIC / "serai.css").read_text())
    return {name: parse((light, dark)[THEMES.index(theme)]) for name, light, dark in found}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_flows_differ(theme: str, sight: str) -> None:
    known = colours(theme)
    for one, other in combinations(FLOWS, 2):
        pair = (seen(known[f"flow-{flow}"], sight) for flow in (one, other))
        assert difference(*pair) >= APART, f"{one} and {other} look alike ({sight}, {theme})"


@pytest.mark.parametrize("theme", THEMES)
def test_flows_and_words_can_be_read(theme: str) -> None:
    known = colours(theme)
    texts = ["ink", "ink-soft", "alert", *(f"flow-{flow}" for flow in FLOWS)]
    for text in texts:
        for ground in ("page", "sheet"):
            assert contrast(known[text], known[ground]) >= 4.5, f"{text} on {ground} ({theme})"
    assert contrast(known["on-ink"], known["ink"]) >= 7
    for ground in ("sunk", "wash"):
        assert contrast(known["ink-soft"], known[ground]) >= 4.5, f"{ground} ({theme})"


@pytest.mark.parametrize("theme", THEMES)
def test_icons_stand_out_from_their_arch(theme: str) -> None:
    known = colours(theme)
    for flow in FLOWS:
        assert contrast(known["on-ink"], known[f"flow-{flow}"]) >= 4.5, f"{flow} ({theme})"


@pytest.mark.parametrize("theme", THEMES)
def test_the_lines_of_controls_can_be_seen(theme: str) -> None:
    known = colours(theme)
    for line in ("lamp", "line-firm"):
        assert contrast(known[line], known["page"]) >= 3, f"{line} ({theme})"
    tones = [known[f"tone-{place}"] for place in range(5)]
    for one, other in pairwise(tones):
        assert difference(one, other) >= 8, f"neighbouring tones ({theme})"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # from the test data of Sharma, Wu and Dalal
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_itself(
    one: tuple[float, float, float], other: tuple[float, float, float], expected: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(expected, abs=1e-4)
