"""Templates: one environment for each language, and the engine that picks it by the request."""

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import date, timedelta
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound
from litestar.exceptions import TemplateNotFoundException
from litestar.template.base import TemplateEngineProtocol, TemplateProtocol, csrf_token
from markupsafe import Markup

from serai.core import Clock, utc_now
from serai.web.languages import LANGUAGE_NAMES, LANGUAGES, Language, translations
from serai.web.look.charts import chart_json, spark_path
from serai.web.look.formats import Amount, Formats
from serai.web.look.icons import STATIC, flow_icon, icon, mark
from serai.web.look.parts import FIGURES
from serai.web.look.shell import NAVIGATION, SEARCH, Look, look_of, whole_list, with_query
from serai.web.look.words import (
    FLOW_MEANINGS,
    FLOW_TEXTS,
    FLOWS,
    SEGMENT_ICONS,
    STATES,
    state_form,
    word,
)

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
PARTS = ("signs", "states", "figures", "tables", "charts", "books", "trace", "forms", "shell")
"""The files of macros in `templates/parts/`, each of which may use those before it."""

_FORMATS = (
    "number", "percent", "money", "amount", "short", "rounded", "brief", "unit",
    "day", "when", "moment", "ago",
)  # fmt: skip


_READER: ContextVar[Look] = ContextVar("reader")
"""Whose page is being rendered: macros are made once for all of them."""


def leads_to(href: str) -> bool:
    """Whether the reader of the page that is being rendered may follow a link."""
    return _READER.get().leads_to(href)


class Page(TemplateProtocol):
    """A template that knows its reader when it is rendered."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock

    def render(self, *args: Any, **context: Any) -> str:
        """The page for the reader of `context["request"]`."""
        look = look_of(context["request"], self._clock())
        context["csrf_token"] = csrf_token(context)
        _READER.set(look)
        return environment(look.language).get_template(self._name).render(context, look=look)


class Pages(TemplateEngineProtocol[Page, Mapping[str, Any]]):
    """The template engine of the web: `TemplateConfig(instance=Pages())`."""

    def __init__(
        self, directory: Any = None, engine_instance: Any = None, clock: Clock = utc_now
    ) -> None:
        self._clock = clock
        # A first reader should not wait for it, and what is missing should show at the start.
        for language in LANGUAGES:
            environment(language)

    def get_template(self, template_name: str) -> Page:
        """The page `template_name`, a path below `web/templates`."""
        try:
            environment("en").get_template(template_name)
        except TemplateNotFound as missing:
            raise TemplateNotFoundException(template_name=template_name) from missing
        return Page(template_name, self._clock)

    def render_string(self, template_string: str, context: Mapping[str, Any]) -> str:
        """A template that is not in a file, for the reader of `context["request"]`."""
        look = look_of(context["request"], self._clock())
        template = environment(look.language).from_string(template_string)
        _READER.set(look)
        return template.render(context, look=look, csrf_token=csrf_token(context))

    def register_template_callable(self, key: str, template_callable: Callable[..., Any]) -> None:
        """Litestar offers its `url_for` and the like; pages write their addresses out."""


@cache
def environment(language: Language) -> Environment:
    """The templates of `language`, with its words, its formats, and every macro by its name."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translations(language)
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined] # by i18n
    _add_formats(made, Formats(language), words)
    _add_values(made)
    for part in PARTS:
        template: Template = made.get_template(f"parts/{part}.html")
        macros = vars(template.module)
        made.globals.update({name: one for name, one in macros.items() if name[0] != "_"})
    return made


def _add_formats(made: Environment, formats: Formats, words: NullTranslations) -> None:
    say = words.gettext
    for name in _FORMATS:
        made.filters[name] = getattr(formats, name)
    made.filters["chart_json"] = lambda chart: chart_json(chart, words)
    made.filters["attributes"] = _attributes
    made.filters["word"] = lambda name: word(name, say)
    made.filters["flow_word"] = lambda flow: say(FLOW_TEXTS[flow])
    made.globals["flow_meaning"] = lambda flow: say(FLOW_MEANINGS[flow])


def _add_values(made: Environment) -> None:
    made.globals.update(
        Amount=Amount,
        FIGURES=FIGURES,
        FLOWS=FLOWS,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        NAVIGATION=NAVIGATION,
        SEARCH=SEARCH,
        SEGMENT_ICONS=SEGMENT_ICONS,
        STATES=STATES,
        asset=asset,
        flow_icon=flow_icon,
        icon=icon,
        mark=mark,
        month_marks=month_marks,
        spark_path=spark_path,
        state_form=state_form,
        whole_list=whole_list,
        leads_to=leads_to,
        with_query=with_query,
    )


def _attributes(named: Mapping[str, object]) -> Markup:
    """Further attributes of an element: `hx_get="/x"` becomes `hx-get="/x"`."""
    pairs = ((name.replace("_", "-"), value) for name, value in named.items())
    return Markup("").join(
        Markup(' {}="{}"').format(name, "" if value is True else value)
        for name, value in pairs
        if value is not None and value is not False
    )


MOST_MARKS = 14


def month_marks(first: date, last: date) -> list[tuple[date, float]]:
    """First days of months between two days, and how far along each lies, in percent.

    Of a long time only every second, third, sixth or twelfth month is marked.
    """
    span = max(1, (last - first).days)
    months = span // 30
    step = next((step for step in (1, 2, 3, 6) if months <= MOST_MARKS * step), 12)
    days = (first + timedelta(days=offset) for offset in range(span + 1))
    return [
        (day, round(100 * (day - first).days / span, 2))
        for day in days
        if day.day == 1 and (day.month - 1) % step == 0
    ]


def asset(name: str) -> str:
    """The address of a file of `web/static`; every edition has its own, so browsers may keep it."""
    return f"/static/{static_edition()}/{name}"


@cache
def static_edition() -> str:
    """A short hash of every static file."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(STATIC)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
