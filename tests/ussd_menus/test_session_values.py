"""Values on their way through a session's store and back."""

from datetime import UTC, date, datetime, time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.outcomes import Item
from domain.states import ApplicationState
from i18n.text import Text, Word
from tests.ussd_menus.menu_samples import FORM
from ussd_menus.session_values import State, StoredItems, from_stored, slots, to_stored

VALUES = [
    "text",
    12,
    True,
    None,
    Money(-5, "AZN"),
    date(2026, 11, 22),
    datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    time(9, 30),
    Word("state.granted"),
    Text("sms.granted", {"service": Word("service.aid"), "amount": Money(5, "AZN"), "until": date(2028, 11, 20)}),
    FORM,
    {"name": "L", "kids": [{"age": 7}], "born": None},
    (Item("1", {"day": date(2026, 12, 1), "place": "Baku"}), Item("2", {"day": date(2026, 12, 2), "place": "Gəncə"})),
    (),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_there_and_back(value: object) -> None:
    state = State("home", {"it": to_stored(value)})
    for packed in (
        msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State),
        msgspec.json.decode(msgspec.json.encode(state), type=State),
    ):
        assert packed == state
        assert from_stored(packed.vars["it"]) == value


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(-(2**62), 2**62), st.booleans()))
)
def test_any_plain_variables_survive(variables: dict[str, str | int | bool]) -> None:
    state = State("n", {name: to_stored(value) for name, value in variables.items()})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State) == state


def test_a_state_word_is_kept_as_text() -> None:
    kept = to_stored(ApplicationState.GRANTED)
    assert kept == "granted" and type(kept) is str


def test_lists_and_forms_fill_no_slot() -> None:
    variables = {"form": to_stored(FORM), "list": StoredItems((), ()), "none": None, "day": to_stored(date(2026, 1, 2))}
    assert slots(variables) == {"day": date(2026, 1, 2)}


@pytest.mark.parametrize("value", [object(), (1, 2), 1.5, (Item("1", {"form": FORM}),)])
def test_what_no_session_can_keep(value: object) -> None:
    with pytest.raises(TypeError):
        to_stored(value)
