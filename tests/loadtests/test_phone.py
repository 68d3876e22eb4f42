"""A stranger reads what she is shown: another screen, another sum or no answer in time is a failure, and which."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from loadtests.phone import METADATA, Bad, Call, Failed, Network, TurnedAway, Wrong, must_stand


@dataclass
class Answered:
    text: str
    screen: str = "status_granted"
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers = {METADATA: self.screen} if self.screen else {}


class Aggregator:
    """Answers with what it was given; remembers what it was asked."""

    def __init__(self, *answers: Answered) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def ask(self, method: str, path: str, kind: str, name: str, judge: Any, **sent: Any) -> None:
        self.asked.append(sent)
        judge(self.answers.pop(0))


def call(aggregator: Aggregator) -> Call:
    return Call(aggregator.ask, lambda: None, Network("40001", "*123#", "secret"), "+994503000001")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answered("CON Sosial yardim teyin olundu: 245,00 manat."), None),
        (Answered("CON Sosial yardım təyin olundu: 245,00 manat."), None),
        (Answered("CON Sosial yardim teyin olundu: 312,40 manat."), Wrong),
        (Answered("CON Müracietim 245,00 manat", "home"), Wrong),
        (Answered("CON 245,00 manat", ""), Wrong),
        (Answered("245,00 manat"), Wrong),
        (Answered("CON  "), Wrong),
        (Answered("CON Sonra cehd edin", "try_later"), Failed),
        (Answered("END Sonra cehd edin", "error.slow"), Failed),
        (Answered("END Xidmet mesguldur", ""), Failed),
        (Answered("CON 245,00 manat", status_code=503), Failed),
    ],
)
def test_what_is_right_wrong_or_late(answer: Answered, failure: type[Bad] | None) -> None:
    dialled = call(Aggregator(answer))
    if failure is None:
        assert dialled.dial("status_granted", facts=("245,00 manat",)).name == "status_granted"
        return
    with pytest.raises(failure):
        dialled.dial("status_granted", facts=("245,00 manat",))


def test_a_failure_never_repeats_what_stood_there() -> None:
    with pytest.raises(Wrong) as wrong:
        must_stand("status_granted", "Aygün Demo, 312,40 manat", ("245,00",))
    assert "Demo" not in str(wrong.value)
    assert "245" not in str(wrong.value)


def test_the_whole_history_is_sent_each_time_and_the_end_tells_it() -> None:
    aggregator = Aggregator(Answered("CON 1", "home"), Answered("CON 2", "status_ask"), Answered("END 3"), Answered(""))
    made = call(aggregator)
    made.dial("home")
    made.press("1", "status_ask")
    made.press("41000024", "status_granted")
    made.hang_up()
    assert [sent["data"].get("text") for sent in aggregator.asked] == ["", "1", "1*41000024", None]
    assert aggregator.asked[1]["headers"] == {METADATA: "home"}
    ended = aggregator.asked[3]["data"]
    assert (ended["status"], ended["hopsCount"]) == ("Success", "3")
    assert ended["hopsMetadata"] == "home|status_ask|status_granted"


def test_a_direct_dial_that_stops_short_was_late_and_not_wrong() -> None:
    with pytest.raises(Failed):
        call(Aggregator(Answered("CON Qebzdeki", "status_ask"))).dial("status_granted", inputs=("1", "41000024"))


def test_another_language_is_wrong_content() -> None:
    shown = (
        Answered("CON Xidmetler", "home"),
        Answered("CON Services", "home"),
        Answered("CON State services", "home"),
    )
    made = call(Aggregator(*shown))
    made.network = Network("40001", "*123#", "secret", {"home": "Xidmətlər"}, ("State services",))
    made.dial("home")
    with pytest.raises(Wrong, match="home, its language"):
        made.press("00", "home")
    with pytest.raises(Failed, match="not recognised in time"):
        made.press("00", "home")


def test_who_is_turned_away_on_a_proper_last_screen_met_no_failure() -> None:
    with pytest.raises(TurnedAway):
        call(Aggregator(Answered("END Cox zeng var", "limit.busy"))).dial("home")
    with pytest.raises(Wrong):
        call(Aggregator(Answered("Cox zeng var", "limit.busy"))).dial("home")


def test_she_turns_to_the_page_that_offers_what_she_wants() -> None:
    pages = (Answered("CON Yazilaq?\n98 Davami", "visit_confirm"), Answered("CON 1 Beli\n0 Geri", "visit_confirm"))
    aggregator = Aggregator(*pages, Answered("CON Yazildiniz", "visit_booked"))
    made = call(aggregator)
    made.dial("visit_confirm")
    assert made.press("1", "visit_booked").name == "visit_booked"
    assert made.typed == ["98", "1"]


def test_put_back_to_where_she_was_is_no_answer_and_no_wrong_word() -> None:
    screens = ("home", "status_ask", "home")
    made = call(Aggregator(*(Answered(f"CON {name}", name) for name in screens)))
    made.dial("home")
    made.press("1", "status_ask")
    with pytest.raises(Failed):
        made.press("41000024", "status_granted")
