"""A screen that says a whole text besides its own words."""

from pathlib import Path

import pytest

from i18n.letters import Letters
from i18n.text import Text, Word
from tests.ussd_menus.menu_samples import MAIN, NETWORKS, SHAPES, STATUS, menu, messages, translator
from ussd_menus import engine
from ussd_menus.check import check
from ussd_menus.loader import MenuErrors
from ussd_menus.screens import Screens
from ussd_menus.use_case_shapes import Kind, OutcomeShape, UseCaseShape
from ussd_menus.values import Menu

NEWS = {
    "news.title": ("", "Sent to you:", "أرسل لك:"),
    "sms.granted": ("service: word/service", "{service}: granted.", "{service}: تم"),
    "sms.short": ("", "Hello", "أهلا"),
}
WORDS = {id.replace(".", "__"): text for id, text in NEWS.items()}
SHOWN = "news: {show: news.title, said: news_text, of: [sms]}"
READ = UseCaseShape({}, {"news_shown": OutcomeShape({"news_text": frozenset({Kind.SAID})})})


def with_news(shown: str = SHOWN) -> Menu:
    main = MAIN.replace("screens:\n", f"screens:\n  {shown}\n", 1)
    main = main.replace("calls:\n", "calls:\n  read: {use: news.read, outcomes: {news_shown: news}}\n", 1)
    return menu(main=main.replace("goto: account_menu, when: account", "goto: read, when: account"), status=STATUS)


def found(folder: Path, small: Menu, shape: UseCaseShape = READ, **more: tuple[str, str, str]) -> list[str]:
    shapes = {**SHAPES, "news.read": shape}
    words = translator(folder, **{**WORDS, **more})
    said = messages(check(small, shapes, words, NETWORKS, ("en", "ar")))
    return [line for line in said if "account_menu" not in line]


def test_it_is_said_below_the_others_and_survives_the_session(tmp_path: Path) -> None:
    small = with_news()
    step = engine.start(small, "read")
    assert isinstance(step, engine.Perform)
    said = Text("sms.granted", {"service": Word("service.aid")})
    step = engine.resolve(small, step.state, "news_shown", {"news_text": said})
    assert isinstance(step, engine.Shown)
    view = engine.view(small, step.state)
    assert view.body[-1] == said
    words = translator(tmp_path, **WORDS)
    screens = Screens(words, {"en": Letters.PLAIN, "ar": Letters.FAITHFUL}, {})
    page = screens.render(view, "en", screens.network("")).page(0)
    assert page.startswith("Sent to you:\nSocial aid: granted.")


def test_a_sound_one_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, with_news()) == []


def test_it_is_measured_with_the_longest_text_it_may_say(tmp_path: Path) -> None:
    [english, *_] = found(tmp_path, with_news(), sms__long=("", "word " * 40, "كلمة"))
    assert "news: en, faithful letters" in english and "takes 2 pages" in english


@pytest.mark.parametrize(
    ("shown", "shape", "message"),
    [
        (SHOWN.replace("[sms]", "[letters]"), READ, "there is no message 'letters.…' that could be said"),
        (SHOWN.replace("news_text", "new_text"), READ, "said: 'new_text' is not known here"),
        (
            SHOWN,
            UseCaseShape({}, {"news_shown": OutcomeShape({"news_text": frozenset({Kind.TEXT})})}),
            "said: 'news_text' holds a text, a whole text is needed",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, shown: str, shape: UseCaseShape, message: str) -> None:
    assert any(message in line for line in found(tmp_path, with_news(shown), shape))


@pytest.mark.parametrize("shown", [SHOWN.replace(", of: [sms]", ""), SHOWN.replace("[sms]", "[Sms]")])
def test_what_it_may_say_is_written_beside_it(shown: str) -> None:
    with pytest.raises(MenuErrors, match="of"):
        with_news(shown)
