"""The simulated Africa's Talking: every answer it can give, every order of reports, and what phones send back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.air import costs
from sandbox.app import create_app
from sandbox.messaging import answers, reports
from sandbox.messaging.exchange import Exchange
from sandbox.messaging.mailbox import Mailbox, Sms
from sandbox.messaging.parts import measure
from sandbox.postman import Postman
from tests.sandbox.gateway_stub import Recorder, recording
from tests.serving import serving
from tests.until import until

SECRET = "kept-to-ourselves"
SOMEBODY = "+994501234503"
ELSEWHERE = "+994551234503"
MAGIC = "+99450900"


@dataclass
class Line:
    """The gateway's side of the aggregator: `send` is what it does, `gateway` what it was told."""

    gateway: Recorder
    client: aiohttp.ClientSession
    exchange: Exchange

    async def answer(
        self, to: str = SOMEBODY, text: str = "Salam", key: str = "key", **more: str
    ) -> tuple[int, str, bytes]:
        form = {"username": "demo", "to": to, "message": text, "bulkSMSMode": "1", **more}
        async with self.client.post(
            "/version1/messaging", data=form, headers={"apiKey": key}, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), await answer.read()

    async def send(self, to: str = SOMEBODY, text: str = "Salam", **more: str) -> Any:
        form = {"username": "demo", "to": to, "message": text, **more}
        async with self.client.post("/version1/messaging", data=form, headers={"apiKey": "key"}) as answer:
            assert answer.status == 201, await answer.text()
            return (await answer.json())["SMSMessageData"]

    async def post(self, path: str, status: int = 201, **asked: Any) -> Any:
        async with self.client.post(path, json=asked) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def get(self, path: str, **params: str) -> Any:
        async with self.client.get(path, params=params, headers={"apiKey": "key"}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def quiet(self) -> None:
        """Until nothing is left to be told."""
        async with asyncio.timeout(20):
            while self.exchange.postman.tasks:
                await asyncio.wait(set(self.exchange.postman.tasks))

    def told(self) -> list[str]:
        return [report.fields["status"] for report in self.gateway.of("delivery-reports")]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with recording() as gateway:
        app = create_app(None, gateway.url, SECRET, report_seconds=0.03, pauses=(0.01, 0.02, 0.03))
        timeout = aiohttp.ClientTimeout(total=10)
        async with serving(app) as url, aiohttp.ClientSession(url, timeout=timeout) as client:
            yield Line(gateway, client, app.state.exchange)


async def test_a_message_is_answered_delivered_and_reported_as_africas_talking_does(line: Line) -> None:
    status, kind, _ = await line.answer()
    assert (status, kind) == (201, "application/json")
    sent = await line.send(text="Təyin edildi", **{"from": "VEMTAS"})
    [one] = sent["Recipients"]
    assert sent["Message"] == "Sent to 1/1 Total Cost: AZN 0.0350"
    assert list(one) == ["statusCode", "number", "status", "cost", "messageId"]
    assert (one["statusCode"], one["status"], one["cost"]) == (101, "Success", "AZN 0.0350")
    await line.quiet()
    reported = line.gateway.of("delivery-reports")[-1]
    assert reported.path == f"/africastalking/{SECRET}/delivery-reports"
    assert reported.fields == {
        "id": one["messageId"], "status": "Success", "phoneNumber": SOMEBODY, "networkCode": "40001",
        "retryCount": "0",
    }  # fmt: skip
    newest = (await line.get("/handset/api/inbox", msisdn=SOMEBODY))["messages"][0]
    assert (newest["from"], newest["text"], newest["state"]) == ("VEMTAS", "Təyin edildi", "arrived")
    assert (newest["alphabet"], newest["parts"], newest["units"]) == ("UCS-2", 1, 12)


async def test_one_request_may_hold_many_fates(line: Line) -> None:
    sent = await line.send(to=f"{SOMEBODY},12,{MAGIC}0406,{MAGIC}0405")
    codes = [(one["statusCode"], one["status"], one["messageId"] != "None") for one in sent["Recipients"]]
    assert codes == [
        (101, "Success", True),
        (403, "InvalidPhoneNumber", False),
        (406, "UserInBlacklist", False),
        (405, "InsufficientBalance", False),
    ]
    assert sent["Message"].startswith("Sent to 1/4 ")
    await line.quiet()
    assert line.told() == ["Success"]


@pytest.mark.parametrize("code", sorted(answers.CODES))
async def test_every_status_code_can_be_had_by_number_and_by_rule(line: Line, code: int) -> None:
    by_number = await line.send(to=f"{MAGIC}0{code}")
    await line.post("/sandbox/sms/answers", kind=str(code), number=SOMEBODY, times=1)
    by_rule, afterwards = await line.send(), await line.send()
    got = [sent["Recipients"][0]["statusCode"] for sent in (by_number, by_rule, afterwards)]
    assert got == [code, code, 101]
    taken = code in answers.TAKEN
    assert (by_rule["Recipients"][0]["messageId"] != "None") is taken


@pytest.mark.parametrize(
    ("number", "status", "kind", "holds"),
    [
        ("2001", 201, "application/json", b'{"Message":"InvalidSenderId","Recipients":[]}'),
        ("2002", 201, "application/json", b'{"Message":"InsufficientBalance","Recipients":[]}'),
        ("2003", 401, "text/plain; charset=utf-8", b"The supplied authentication is invalid"),
        ("2004", 201, "application/json", b'"messageId":"None"'),
        ("2005", 201, "application/json", b'"statusCode":599'),
        ("2010", 201, "application/json; charset=utf-8", b'"messageId":"ATXid_'),
        ("2015", 201, "application/json", b'{"SMSMessageData"'),
        ("2016", 200, "text/html; charset=utf-8", b"<!doctype html>"),
        ("2017", 302, "", b""),
        ("2018", 500, "application/json", b"simulated"),
        ("2019", 503, "application/json", b"simulated"),
        ("2020", 429, "application/json", b"simulated"),
        ("2021", 201, "application/json", b""),
    ],
)
async def test_every_odd_answer_has_its_number(line: Line, number: str, status: int, kind: str, holds: bytes) -> None:
    got = await line.answer(to=MAGIC + number)
    assert got[:2] == (status, kind)
    assert holds in got[2]
    assert len(got[2]) < 2 or number != "2015" or not got[2].endswith(b"}")


async def test_an_answer_that_is_lost_leaves_a_message_that_arrives(line: Line) -> None:
    sending = {number: asyncio.create_task(line.send(to=MAGIC + number)) for number in ("2012", "2013", "2014")}

    async def all_asked() -> bool:
        tally = (await line.get("/sandbox/log")).get("africastalking.messaging.send")
        return bool(tally) and tally["asked"] == len(sending)

    await until(all_asked)
    await until(lambda: len(line.gateway.seen) == 2)
    await line.quiet()
    assert not sending["2012"].done()
    for task in sending.values():
        task.cancel()
    assert all(
        isinstance(end, (asyncio.CancelledError, aiohttp.ClientError))
        for end in await asyncio.gather(*sending.values(), return_exceptions=True)
    )
    assert sorted(seen.fields["phoneNumber"] for seen in line.gateway.seen) == [f"{MAGIC}2013", f"{MAGIC}2014"]
    assert not line.exchange.mailbox.of(f"{MAGIC}2012")


async def test_the_ministries_faults_strike_the_aggregator_too(line: Line) -> None:
    async with line.client.post(
        "/sandbox/faults",
        json={"ministry": "africastalking", "operation": "messaging.send", "kind": "status", "value": 502, "times": 1},
    ) as answer:
        assert answer.status == 201
    assert (await line.answer())[0] == 502
    assert (await line.answer())[0] == 201
    tally = (await line.get("/sandbox/log"))["africastalking.messaging.send"]
    assert (tally["asked"], tally["carried_out"], tally["faults"]) == (2, 1, {"status": 1})


async def test_who_does_not_say_who_he_is_is_told_in_plain_text(line: Line) -> None:
    for status, kind, body in (await line.answer(key="wrong"), await line.answer(key="")):
        assert (status, kind, body) == (401, "text/plain; charset=utf-8", b"The supplied authentication is invalid")
    assert (await line.answer(text=""))[0] == 400
    assert (await line.answer(**{"from": "Unregistered"}))[2].endswith(b'"Recipients":[]}}')
    assert line.exchange.counts["accepted"] == 0


@pytest.mark.parametrize(
    ("kind", "told", "state"),
    [
        ("on_time", ["Success"], "arrived"),
        ("before_answer", ["Success"], "arrived"),
        ("doubled", ["Success", "Success"], "arrived"),
        ("out_of_order", ["Success", "Sent", "Buffered"], "arrived"),
        ("interim", ["Sent", "Buffered", "Success"], "arrived"),
        ("contradictory", ["Success", "Failed"], "arrived"),
        ("never", [], "arrived"),
        ("stuck", ["Sent"], "arrived"),
        ("expired", ["Expired"], "lost"),
        ("failed", ["Failed"], "lost"),
        ("rejected", ["Rejected"], "lost"),
        ("absent", ["AbsentSubscriber"], "lost"),
        ("unknown_word", ["Mislaid"], "arrived"),
        ("unknown_id", ["Success"], "arrived"),
    ],
)
async def test_reports_come_as_they_are_asked_for(line: Line, kind: str, told: list[str], state: str) -> None:
    await line.post("/sandbox/sms/reports", kind=kind, network="40002", times=1, seconds=0.15)
    sent = await line.send(to=ELSEWHERE)
    early = line.told()
    await line.quiet()
    assert sorted(line.told()) == sorted(told)
    # The others come later than the answer; on a busy machine that may be before we have read it.
    assert early == ["Success"] or kind != "before_answer"
    [sms] = await line.get("/sandbox/sms/messages", msisdn=ELSEWHERE)
    assert (sms["state"], sms["reports"]) == (state, kind)
    known = {seen.fields["id"] for seen in line.gateway.seen} == {sent["Recipients"][0]["messageId"]}
    assert known == (kind not in ("never", "unknown_id"))
    shown = (await line.get("/handset/api/inbox", msisdn=ELSEWHERE))["messages"]
    assert len(shown) == (state == "arrived")


async def test_a_rule_for_one_network_leaves_the_others_alone(line: Line) -> None:
    await line.post("/sandbox/sms/reports", kind="failed", network="40002", value="UserDoesNotExist")
    await line.send(to=f"{SOMEBODY},{ELSEWHERE}")
    await line.quiet()
    fates = {seen.fields["phoneNumber"]: seen.fields for seen in line.gateway.seen}
    assert fates[SOMEBODY]["status"] == "Success"
    assert (fates[ELSEWHERE]["status"], fates[ELSEWHERE]["failureReason"]) == ("Failed", "UserDoesNotExist")
    assert [rule["network"] for rule in await line.get("/sandbox/sms/reports")] == ["40002"]
    async with line.client.delete("/sandbox/sms/reports") as answer:
        assert await answer.json() == {"deleted": 1}


@pytest.mark.parametrize(("number", "kind"), sorted(answers.MAGIC_REPORTS.items()))
async def test_every_report_has_its_number(line: Line, number: str, kind: str) -> None:
    await line.send(to=number)
    await line.quiet()
    assert len(line.told()) == len(reports.plan(kind, 1.0))


async def test_a_report_that_is_not_taken_is_posted_again_but_not_for_ever(line: Line) -> None:
    line.gateway.statuses = [503, 404]
    await line.send()
    await line.quiet()
    assert line.told() == ["Success"] * 3
    line.gateway.statuses = [500] * 50
    await line.send()
    await line.quiet()
    assert line.told() == ["Success"] * 7
    callbacks = (await line.get("/sandbox/sms"))["callbacks"]
    assert (callbacks["posted"], callbacks["taken"], callbacks["given_up"]) == (2, 1, 1)


async def test_what_a_phone_writes_reaches_the_gateway_and_can_be_fetched(line: Line) -> None:
    line.gateway.statuses = [503]
    for text in ("STATUT 48213", "٤١٠٠٠٠١٩ الحالة"):
        await line.post("/handset/api/sms", msisdn=SOMEBODY, text=text, network="40002")
    await line.quiet()
    first, again, second = (seen.fields for seen in line.gateway.of("sms"))
    assert list(first) == ["id", "linkId", "from", "to", "text", "date", "networkCode"]
    assert (first["from"], first["to"], first["text"], first["networkCode"]) == (
        SOMEBODY, "7575", "STATUT 48213", "40002",
    )  # fmt: skip
    assert first == again
    assert second["text"] == "٤١٠٠٠٠١٩ الحالة"
    fetched = (await line.get("/version1/messaging", username="demo", lastReceivedId="0"))["SMSMessageData"]["Messages"]
    assert [str(message["id"]) for message in fetched] == [first["id"], second["id"]]
    later = await line.get("/version1/messaging", username="demo", lastReceivedId=first["id"])
    assert [message["text"] for message in later["SMSMessageData"]["Messages"]] == [second["text"]]
    shown = (await line.get("/handset/api/inbox", msisdn=SOMEBODY))["messages"]
    assert [(sms["way"], sms["to"], sms["state"]) for sms in shown] == [("out", "7575", "sent")] * 2


@pytest.mark.parametrize(
    "asked",
    [
        {"msisdn": "994501234503", "text": "x"},
        {"msisdn": SOMEBODY, "text": "  "},
        {"msisdn": SOMEBODY, "text": "x" * 460},
        {"msisdn": SOMEBODY, "text": "x", "to": "8888"},
        {"msisdn": SOMEBODY, "text": "x", "network": "1"},
    ],
)
async def test_a_senseless_sms_does_not_leave_the_phone(line: Line, asked: dict[str, str]) -> None:
    assert list(await line.post("/handset/api/sms", 400, **asked)) == ["error"]
    await line.quiet()
    assert line.gateway.seen == []


async def test_who_opts_out_is_told_of_and_blocked(line: Line) -> None:
    await line.post("/sandbox/sms/opt-outs", msisdn=SOMEBODY, sender="VEMTAS")
    await line.quiet()
    [notice] = line.gateway.of("opt-outs")
    assert notice.fields == {"senderId": "VEMTAS", "phoneNumber": SOMEBODY}
    assert (await line.send())["Recipients"][0]["statusCode"] == 406
    async with line.client.delete("/sandbox/sms/opt-outs", params={"msisdn": SOMEBODY}) as answer:
        assert (await answer.json())["blocked"] == []
    assert (await line.send())["Recipients"][0]["statusCode"] == 101


@pytest.mark.parametrize(
    "rule", [{"kind": "sideways"}, {}, {"kind": "406", "times": 0}, {"kind": "406", "seconds": -1}]
)
async def test_a_senseless_rule_is_refused(line: Line, rule: dict[str, Any]) -> None:
    await line.post("/sandbox/sms/answers", 400, **rule)
    assert await line.get("/sandbox/sms/answers") == []


async def test_a_reset_empties_every_phone(line: Line) -> None:
    await line.send()
    await line.quiet()
    await line.post("/sandbox/reset", 200)
    assert await line.get("/sandbox/sms/messages") == []


async def test_a_gateway_that_is_away_does_not_fill_the_memory() -> None:
    postman = Postman("http://127.0.0.1:9", pauses=(), most=5)
    for _ in range(9):
        postman.soon(lambda: postman.send("/x", b"", dict))
    assert (len(postman.tasks), postman.tally["dropped"]) == (5, 4)
    await asyncio.wait(postman.tasks)
    assert (postman.tally["given_up"], len(postman.tasks), postman.last) == (5, 0, {})


def test_memory_is_bounded() -> None:
    box = Mailbox(phones=3, a_phone=2)
    for number in range(10):
        phone = f"+99450000000{number % 5}"
        for text in ("a", "b", "c"):
            box.keep(Sms(number, phone, "in", "X", text, measure(text), "", "arrived"))
    assert len(box.everything()) == 6
    assert [sms.text for sms in box.of("+994500000004")] == ["c", "b"]
    assert box.of("+994500000000") == []


def test_parts_are_counted_by_a_stranger() -> None:
    assert measure("a" * 160).parts == 1
    assert measure("a" * 161).parts == 2
    assert measure("a" * 152 + "€" + "a" * 152).parts == 3  # no escape is torn: 152, 2 + 151, 1
    assert measure("ə" * 70).parts == 1
    assert measure("ə" * 71).parts == 2
    assert measure("😀" * 67).parts == 3  # 33 pairs a part
    assert measure("").parts == 1


@given(st.text(max_size=700))
def test_the_parts_hold_the_text_and_hardly_more(text: str) -> None:
    alphabet, prices, _ = costs(text)
    alone, joined = (160, 153) if alphabet == "GSM-7" else (70, 67)
    measured = measure(text)
    assert measured.units == sum(prices)
    if measured.parts == 1:
        assert measured.units <= alone
    else:
        assert (measured.parts - 1) * (joined - 1) < measured.units <= measured.parts * joined
