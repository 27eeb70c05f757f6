"""How far apart colours look, to all eyes.

Contrast is WCAG 2.2's; difference is CIEDE2000 (Sharma, Wu, Dalal 2005); colour blindness is
simulated after Machado, Oliveira and Fernandes (2009) at full severity, in linear RGB.
"""

import math
import re

Linear = tuple[float, float, float]
"""Red, green and blue from 0 to 1, as light adds up."""

Lab = tuple[float, float, float]
_D65 = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_ROWS = tuple[Linear, Linear, Linear]
SIGHTS: dict[str, _ROWS] = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def parse(code: str) -> Linear:
    """`#2d6cca` as light."""
    red, green, blue = (int(part, 16) / 255 for part in re.findall("..", code.lstrip("#")))
    return _linear(red), _linear(green), _linear(blue)


def contrast(one: Linear, other: Linear) -> float:
    """1 (none) to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def seen(light: Linear, sight: str) -> Linear:
    """`light` as somebody with `sight` has it."""
    red, green, blue = (min(1.0, max(0.0, _times(row, light))) for row in SIGHTS[sight])
    return red, green, blue


def difference(one: Linear, other: Linear) -> float:
    """CIEDE2000: about 1 is just noticeable side by side, 10 is plain at a glance."""
    return ciede2000(_lab(one), _lab(other))


def ciede2000(one: Lab, other: Lab) -> float:
    """The colour difference of two places in CIELAB."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * math.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    c1, c2 = math.hypot(a1 * stretch, b1), math.hypot(a2 * stretch, b2)
    h1, h2 = _angle(b1, a1 * stretch), _angle(b2, a2 * stretch)
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    mean_h = h1 + h2 if c1 * c2 == 0 else _mean_angle(h1, h2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * _cos(mean_h - 30) + 0.24 * _cos(2 * mean_h)
    t += 0.32 * _cos(3 * mean_h + 6) - 0.20 * _cos(4 * mean_h - 63)
    lightness = (l2 - l1) / (1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    half_turn = math.sin(math.radians(turn / 2))
    hue = 2 * math.sqrt(c1 * c2) * half_turn / (1 + 0.015 * mean_c * t)
    swing = math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    bend = -2 * math.sqrt(mean_c**7 / (mean_c**7 + 25**7)) * swing
    return math.sqrt(lightness**2 + chroma**2 + hue**2 + bend * chroma * hue)


def _times(row: Linear, light: Linear) -> float:
    return sum(a * b for a, b in zip(row, light, strict=True))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _luminance(light: Linear) -> float:
    return _times(_TO_XYZ[1], light)


def _lab(light: Linear) -> Lab:
    x, y, z = (
        _cube_root(_times(row, light) / white) for row, white in zip(_TO_XYZ, _D65, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(part: float) -> float:
    return math.cbrt(part) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116


def _angle(y: float, x: float) -> float:
    return math.degrees(math.atan2(y, x)) % 360


def _mean_angle(one: float, other: float) -> float:
    if abs(one - other) <= 180:
        return (one + other) / 2
    return (one + other + (360 if one + other < 360 else -360)) / 2


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
