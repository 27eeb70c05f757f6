"""How pages look: the templates' environment, figures and dates, and what pages are made of.

A page module fills the values named here and names a template; `docs` of every macro stand at the
top of its file in `web/templates/parts/`.
"""

from serai.web.look.charts import Chart, Frame, Point, PointMap, Series
from serai.web.look.delivery import LanguageMemory, static_files
from serai.web.look.formats import Amount, Formats, Shown
from serai.web.look.guide import look_page
from serai.web.look.icons import STATIC
from serai.web.look.pages import TEMPLATES, Pages, asset, environment
from serai.web.look.parts import (
    AccountName,
    Column,
    Happening,
    Matrix,
    Owed,
    Step,
    Table,
    TransferLine,
)
from serai.web.look.shell import (
    ACCOUNT,
    NAVIGATION,
    Destination,
    Look,
    landing,
    language_of,
    look_of,
    with_query,
)
from serai.web.look.words import FLOWS, SEGMENT_ICONS, STATES, Flow, word

__all__ = [
    "ACCOUNT",
    "FLOWS",
    "NAVIGATION",
    "SEGMENT_ICONS",
    "STATES",
    "STATIC",
    "TEMPLATES",
    "AccountName",
    "Amount",
    "Chart",
    "Column",
    "Destination",
    "Flow",
    "Formats",
    "Frame",
    "Happening",
    "LanguageMemory",
    "Look",
    "Matrix",
    "Owed",
    "Pages",
    "Point",
    "PointMap",
    "Series",
    "Shown",
    "Step",
    "Table",
    "TransferLine",
    "asset",
    "environment",
    "landing",
    "language_of",
    "look_of",
    "look_page",
    "static_files",
    "with_query",
    "word",
]
