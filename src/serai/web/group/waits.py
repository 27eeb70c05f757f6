"""Why money waits for a second person, in words."""

from serai.cloud import Wait
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Formats

_WORDS = {
    "order": N_(
        "Of an order one person alone pays back up to {bound}; {before} of this one went before."
    ),
    "day": N_(
        "The same person has paid back {before} alone in the last 24 hours; above {bound} a second "
        "one is asked."
    ),
    "currency": N_("It is another currency than the company’s: a second person always looks."),
    "raised": N_(
        "Whoever asked has raised what one person pays back alone; for seven days {bound} counts "
        "for them, as before."
    ),
    "refused": N_("A second person has refused it before."),
}
_NOTHING_BEFORE = N_("Of an order one person alone pays back up to {bound}.")
_OF_YOURS = N_(
    "You have paid back {before} alone in the last 24 hours; above {bound} a second person is "
    "asked."
)
_RAISED_BY_YOU = N_(
    "You have raised what one person pays back alone; for seven days {bound} counts for you, as "
    "before."
)


def wait_words(wait: Wait | None, language: Language, *, own: bool = False) -> str:
    """Why it waits, said to whoever decides about it, or (`own`) to whoever asks for it."""
    if wait is None:
        return ""
    words = _WORDS[wait.reason]
    if wait.reason == "order" and not wait.before_minor:
        words = _NOTHING_BEFORE
    elif wait.reason == "day" and own:
        words = _OF_YOURS
    elif wait.reason == "raised" and own:
        words = _RAISED_BY_YOU
    formats = Formats(language)
    return gettext_of(language)(words).format(
        before=formats.money(wait.before_minor, wait.currency),
        bound=formats.money(wait.bound_minor, wait.currency),
    )
