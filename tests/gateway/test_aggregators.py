"""Dialects alone: form bodies, histories, the newest input, replies and their headers. No store, no clock."""

import hashlib
import hmac
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from gateway.aggregators import USSD
from gateway.aggregators.africastalking import ussd as africastalking
from gateway.aggregators.africastalking.history import MOST_INPUTS, History
from gateway.aggregators.flares import ussd as flares
from gateway.aggregators.urlencoded import fields
from ussd_menus.turn import Altered, Began, Mark, Repeated, Typed, UssdReply


class Macs:
    """Keyed MACs, as a session has them."""

    def mac(self, text: str) -> bytes:
        return hmac.digest(b"key", text.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def recognises(self, mac: bytes, text: str) -> bool:
        return hmac.compare_digest(mac, self.mac(text))


MACS = Macs()


def mark(history: str) -> Mark:
    return History(history).begin(MACS).mark


# --- form bodies --------------------------------------------------------------------------------------------


def test_only_wanted_fields_are_read() -> None:
    body = b"text=1*2&input=1*918273&lastAppResponse=secret&sessionId=s"
    assert fields(body, {"text", "sessionId"}) == {"text": "1*2", "sessionId": "s"}


def test_a_plus_is_a_space_and_a_percent_a_plus() -> None:
    assert fields(b"text=a+b%2Bc%20d", {"text"}) == {"text": "a b+c d"}


def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(InvalidValue):
        fields(b"text=1&text=1", {"text"})


@pytest.mark.parametrize("body", [b"", b"&&&", b"=", b"text", b"text=", b"=x&text=", b"text&other=1"])
def test_odd_bodies_are_empty_fields(body: bytes) -> None:
    assert fields(body, {"text"}).get("text", "") == ""


@pytest.mark.parametrize(("octets", "text"), [(b"%", "%"), (b"%zz", "%zz"), (b"1%ED%A0%80", "1\ufffd\ufffd\ufffd"),
                                              (b"%E9", "\ufffd"), (b"\xff1", "\ufffd1"), (b"1%00", "1\0")])  # fmt: skip
def test_broken_octets_are_marked(octets: bytes, text: str) -> None:
    assert fields(b"text=" + octets, {"text"}) == {"text": text}


@given(st.dictionaries(st.sampled_from(["text", "sessionId", "a", "b"]), st.text()))
def test_what_was_encoded_is_read(form: dict[str, str]) -> None:
    found = fields(urlencode(form).encode(), set(form))
    assert found == form


@given(st.binary())
def test_any_octets_are_read_or_refused(body: bytes) -> None:
    try:
        found = fields(body, {"", "text"})
    except InvalidValue:
        assert body.count(b"&") >= 1
        return
    assert all(isinstance(value, str) for value in found.values())
    assert all(len(value) <= len(unquote_to_bytes(body)) for value in found.values())


# --- the history --------------------------------------------------------------------------------------------


def test_the_new_input_is_the_suffix() -> None:
    assert History("1").since(mark(""), MACS) == Typed("1", mark("1"))
    assert History("1*2").since(mark("1"), MACS) == Typed("2", mark("1*2"))
    assert History("1*").since(mark("1"), MACS) == Typed("", mark("1*"))


def test_stars_that_she_typed_are_one_input() -> None:
    assert History("1*2*3*").since(mark("1"), MACS) == Typed("2*3*", mark("1*2*3*"))
    assert History("1*****").since(mark("1"), MACS) == Typed("****", mark("1*****"))


def test_the_same_history_and_a_shorter_one_change_nothing() -> None:
    assert History("1*2").since(mark("1*2"), MACS) == Repeated()
    assert History("1").since(mark("1*2"), MACS) == Repeated()


def test_no_history_is_a_new_start() -> None:
    assert History("").since(mark("1*2"), MACS) == Began((), Mark())
    assert History("").is_first
    assert not History("1").is_first


@pytest.mark.parametrize("changed", ["1*3", "2*2", "1*3*1", "2*2*1", "12*", "1*25", "1*2 *3"])
def test_a_changed_past_is_seen(changed: str) -> None:
    assert History(changed).since(mark("1*2"), MACS) == Altered()


def test_a_direct_dial_carries_inputs_and_no_more_than_a_person_would() -> None:
    began = History("1*41000019").begin(MACS)
    assert began.inputs == ("1", "41000019")
    endless = History("*".join(["1"] * 2000)).begin(MACS)
    assert endless.inputs == ("1",) * MOST_INPUTS
    # All of it counts as read: the next hop's suffix is the next input.
    assert History("*".join(["1"] * 2000) + "*7").since(endless.mark, MACS) == Typed(
        "7", mark("*".join(["1"] * 2000) + "*7")
    )


inputs = st.text(alphabet="0123456789*# aə😀\ufffd\0", max_size=8)


@given(st.lists(inputs, max_size=6), inputs)
def test_any_history_and_any_input_after_it(typed: list[str], new: str) -> None:
    before = "*".join(typed)
    after = f"{before}*{new}" if before else new
    read = History(after).since(mark(before), MACS)
    if not after:
        assert read == Began((), Mark())
    else:
        assert read == Typed(new, mark(after))
        assert History(after).since(mark(after), MACS) == Repeated()


@given(st.lists(inputs, min_size=1, max_size=5), st.data())
def test_any_one_change_of_the_past_is_seen(typed: list[str], data: st.DataObject) -> None:
    before = "x" + "*".join(typed)
    place = data.draw(st.integers(0, len(before) - 1))
    changed = before[:place] + ("7" if before[place] != "7" else "8") + before[place + 1 :]
    assert History(changed).since(mark(before), MACS) == Altered()
    assert History(changed + "*1").since(mark(before), MACS) == Altered()


# --- Africa's Talking ---------------------------------------------------------------------------------------

FORM = {
    "sessionId": "ATUid_1",
    "serviceCode": "*123#",
    "phoneNumber": "+994501234501",
    "networkCode": "40001",
    "text": "1",
}


def hop_body(**changed: str | None) -> bytes:
    return urlencode({name: value for name, value in {**FORM, **changed}.items() if value is not None}).encode()


def test_a_hop_is_read() -> None:
    turn = africastalking.read_hop(b"", hop_body())
    assert (turn.aggregator, turn.session, turn.msisdn.e164) == ("africastalking", "ATUid_1", "+994501234501")
    assert (turn.service_code, turn.network, turn.wire) == ("*123#", "40001", History("1"))


@pytest.mark.parametrize("number", ["994501234501", " 994501234501", "00994501234501", "+994 50 123 45 01",
                                    "٩٩٤٥٠١٢٣٤٥٠١"])  # fmt: skip
def test_a_number_that_lost_its_plus_is_mended(number: str) -> None:
    assert africastalking.read_hop(b"", hop_body(phoneNumber=number)).msisdn.e164 == "+994501234501"


@pytest.mark.parametrize(
    "changed",
    [
        {"sessionId": None}, {"sessionId": ""}, {"sessionId": "s" * 129}, {"sessionId": "a\nb"}, {"sessionId": "a\0"},
        {"phoneNumber": None}, {"phoneNumber": ""}, {"phoneNumber": "MTN"}, {"phoneNumber": "+1"},
        {"phoneNumber": "9" * 40}, {"phoneNumber": "+99450123450१x"}, {"phoneNumber": "+994 50 FLOWERS"},
    ],
)  # fmt: skip
def test_a_hop_of_nobody_is_refused(changed: dict[str, str | None]) -> None:
    with pytest.raises(InvalidValue):
        africastalking.read_hop(b"", hop_body(**changed))


def test_network_and_text_may_be_missing() -> None:
    turn = africastalking.read_hop(b"", hop_body(networkCode=None, text=None, serviceCode=None))
    assert (turn.network, turn.wire, turn.service_code) == (None, History(""), "")
    assert africastalking.read_hop(b"", hop_body(networkCode="9" * 100)).network == "9" * 8


def test_nothing_is_read_from_the_query() -> None:
    with pytest.raises(InvalidValue):
        africastalking.read_hop(hop_body(), b"")


@pytest.mark.parametrize(("goes_on", "prefix"), [(True, b"CON "), (False, b"END ")])
def test_a_reply_has_its_prefix_and_its_screens_name(goes_on: bool, prefix: bytes) -> None:
    wire = africastalking.write_reply(UssdReply("Salam ə", goes_on, "status_ask"))
    assert wire.body == prefix + "Salam ə".encode()
    assert wire.headers == ((b"at-ussd-hop-metadata", b"status_ask"),)


def test_a_screens_name_cannot_break_the_header() -> None:
    name = "a\r\nx-evil: 1|b\x00ə" + "z" * 200
    ((_, value),) = africastalking.write_reply(UssdReply("x", True, name)).headers
    assert value.startswith(b"a__x-evil: 1_b__z")
    assert len(value) == 99


def test_an_end_is_read_without_what_was_typed_or_shown() -> None:
    body = urlencode(
        FORM | {"status": "Success", "cost": "AZN 0.03", "durationInMillis": "900", "hopsCount": "2",
                "hopsMetadata": "home||status_ask", "input": "1*918273", "lastAppResponse": "END 918273"}
    ).encode()  # fmt: skip
    end = africastalking.read_end(b"", body)
    assert (end.outcome, end.cost, end.duration_ms, end.hops) == ("success", "AZN 0.03", 900, 2)
    assert end.screens == ("home", "status_ask")
    assert "918273" not in repr(end)


@given(st.text(max_size=400))
def test_any_figure_of_an_end_fits_its_column(text: str) -> None:
    odd = {"status": text, "cost": text, "networkCode": text, "hopsMetadata": text, "durationInMillis": text}
    end = africastalking.read_end(b"", urlencode(FORM | odd, errors="replace").encode())
    assert 0 < len(end.outcome) <= 16
    assert len(end.cost or "") <= 32
    assert len(end.network or "") <= 8
    assert all(0 < len(screen) <= 99 for screen in end.screens)
    assert len(end.screens) <= 64
    assert end.duration_ms is None or 0 <= end.duration_ms < 2**31
    stored = [end.outcome, end.cost or "", end.network or "", *end.screens]
    assert not any("\0" in value for value in stored)


# --- Flares -------------------------------------------------------------------------------------------------


def pull(**changed: str) -> bytes:
    return urlencode({"SessionID": "f1", "MSISDN": "994501234501", "MSC": "40001", "input": "123", **changed}).encode()


def test_the_first_input_is_the_dialled_code() -> None:
    assert flares.read_hop(pull(), b"").wire.begin(MACS) == Began((), Mark())
    for dialled in ("123*1*41000019", "*123*1*41000019#"):
        turn = flares.read_hop(pull(input=dialled), b"")
        assert turn.wire.begin(MACS) == Began(("1", "41000019"), Mark())
    endless = flares.read_hop(pull(input="123" + "*1" * 500), b"").wire.begin(MACS)
    assert len(endless.inputs) == MOST_INPUTS


def test_every_later_input_is_typed() -> None:
    wire = flares.read_hop(pull(input="2*3"), b"").wire
    assert not wire.is_first
    assert wire.since(Mark(), MACS) == Typed("2*3", Mark())


@pytest.mark.parametrize(
    ("text", "begins"),
    [("123", True), ("*123#", True), ("123*1*41000019", True), ("1", False), ("1234", False), ("", False)],
)
def test_what_looks_like_our_code_begins_a_call_for_the_doors_limit(text: str, begins: bool) -> None:
    assert flares.begins(flares.read_hop(pull(input=text), b""), "*123#") is begins


def test_the_flow_is_told_in_headers() -> None:
    assert dict(flares.write_reply(UssdReply("x", True, "home")).headers)[b"Freeflow"] == b"FC"
    wire = flares.write_reply(UssdReply("x", False, "home"))
    assert dict(wire.headers) == {b"Freeflow": b"FB", b"charge": b"N", b"amount": b"0"}
    assert wire.body == b"x"


@pytest.mark.parametrize("changed", [{"SessionID": ""}, {"SessionID": "s" * 129}, {"MSISDN": ""}, {"MSISDN": "x"}])
def test_a_pull_of_nobody_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        flares.read_hop(pull(**changed), b"")


@pytest.mark.parametrize(
    ("error", "outcome"), [("", "success"), ("0", "success"), ("7", "failed"), ("x" * 99, "failed")]
)
def test_a_clean_up_tells_how_it_ended(error: str, outcome: str) -> None:
    query = urlencode({"SessionID": "f1", "msisdn": "994501234501", "clean": "clean-session", "error": error}).encode()
    assert flares.read_end(query, b"").outcome == outcome


@given(st.binary(max_size=200))
def test_any_query_is_a_hop_or_refused(octets: bytes) -> None:
    for dialect in USSD.values():
        raw = octets if dialect.method == "POST" else quote_from_bytes(octets, safe="=&+%").encode()
        for read in (dialect.read_hop, dialect.read_end):
            try:
                read(raw, raw)
            except InvalidValue:
                continue
