"""No value that a citizen or a ministry chose can climb out of its path segment or its parameter."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from services.backends.addresses import address, base
from services.backends.config import QueryStyle
from services.backends.queries import encode

BASE = "http://ministry.test/api"


@pytest.mark.parametrize(
    "hostile", ["", ".", "..", "a/b", "../x", "..\\x", "a?b=1", "a#b", "%2e%2e", "a;b", "a\nb", "a\x00", "\u202e"]
)
def test_hostile_segments_are_refused(hostile: str) -> None:
    with pytest.raises(InvalidValue):
        address(BASE, ("applications", hostile))


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_value_stays_where_it_was_put(value: str, name: str, other: str) -> None:
    try:
        whole = address(BASE, ("applications", value), ((name, other),))
    except (InvalidValue, UnicodeEncodeError):
        return
    parts = urlsplit(whole)
    assert parts.netloc == "ministry.test" and not parts.fragment
    assert parts.path.startswith("/api/applications/") and parts.path.count("/") == 3
    assert whole.isascii() and whole.isprintable()
    assert parse_qsl(parts.query, keep_blank_values=True) == [(name, other)]


@pytest.mark.parametrize(
    "wrong",
    ["ftp://x/", "http://", "//x/y", "http://a:b@x/", "http://x/?q=1", "http://x/#f", "http://x/a\nb", "x", ""],
)
def test_a_base_address_is_plain(wrong: str) -> None:
    with pytest.raises(InvalidValue):
        base(wrong)


def test_nested_parameters_in_both_styles() -> None:
    nested = {"event_filter": {"event_id": ["1", "2"], "category": "", "flag": {"a": "true"}}, "empty": {"x": ""}}
    signed = {"requestor_id": "guichet", "request_token": ""}
    assert encode(signed, nested, QueryStyle.BRACKETS) == [
        ("requestor_id", "guichet"),
        ("event_filter[event_id][]", "1"),
        ("event_filter[event_id][]", "2"),
        ("event_filter[flag][a]", "true"),
    ]
    assert encode(signed, nested, QueryStyle.QRY_JSON) == [
        ("requestor_id", "guichet"),
        ("qry", '{"event_filter":{"event_id":["1","2"],"flag":{"a":"true"}}}'),
    ]
