"""Chinese and English are equals: nothing is said in one that is not said in the other."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from serai.web.languages import (
    LANGUAGES,
    Language,
    catalogue_path,
    choose_language,
    gettext_of,
    translations,
)
from tests.web.texts import Text, texts

CHINESE = re.compile("[\u4e00-\u9fff]")
HOLDER = re.compile(r"%\(\w+\)s|\{\w*\}")


def said(language: Language) -> dict[Text, str]:
    """Every text of a catalogue with what it becomes; of counted ones, with its only form."""
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file)
    found: dict[Text, str] = {}
    for message in catalogue:
        if message.id:
            text = message.id if isinstance(message.id, str) else tuple(message.id)
            first = (
                message.string if isinstance(message.string, str) else (message.string or [""])[0]
            )
            found[text] = first or ""
    return found


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_text_is_translated(language: Language) -> None:
    known = said(language)
    missing = {text: file for text, file in texts() if not known.get(text)}
    assert not missing, f"add to {catalogue_path(language).name}:\n" + "\n".join(
        f"#: {file}\n{entry(text)}" for text, file in missing.items()
    )


def entry(text: Text) -> str:
    if isinstance(text, str):
        return f'msgid "{text}"\nmsgstr ""\n'
    return f'msgid "{text[0]}"\nmsgid_plural "{text[1]}"\nmsgstr[0] ""\n'


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_no_translation_is_left_over(language: Language) -> None:
    used = {text for text, _file in texts()}
    assert not [text for text in said(language) if text not in used]


def test_translations_are_chinese_and_keep_their_holders() -> None:
    for text, shown in said("zh-CN").items():
        one, many = (text, text) if isinstance(text, str) else (text[0], text[-1])
        assert set(HOLDER.findall(shown)) == set(HOLDER.findall(many)), text
        assert CHINESE.search(shown) or one in {"Caravanserai"}, text
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", shown), f"half-width mark: {shown}"


def test_catalogues_lie_beside_the_code() -> None:
    assert [Path(catalogue_path(one)).exists() for one in LANGUAGES if one != "en"] == [True]


def test_counted_words() -> None:
    english, chinese = translations("en"), translations("zh-CN")
    assert [english.ngettext("point", "points", count) for count in (1, 2)] == ["point", "points"]
    assert [chinese.ngettext("point", "points", count) for count in (1, 2)] == ["积分", "积分"]
    assert gettext_of("zh-CN")("Orders") == "订单"


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        ("zh-CN", "en", "en", "zh-CN"),
        ("klingon", "zh-CN", "en", "zh-CN"),
        (None, None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        (None, None, "fr,en-GB;q=0.5,zh;q=0.4", "en"),
        (None, None, "fr, zh;q=0", "en"),
        (None, None, "en;q=many", "en"),
        (None, None, "", "en"),
        ("ZH_hans", None, "en", "zh-CN"),
    ],
)
def test_the_language_of_a_page(
    asked: str | None, remembered: str | None, accepted: str, chosen: Language
) -> None:
    assert choose_language(asked, remembered, accepted) == chosen
