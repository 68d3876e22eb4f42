"""What becomes of a mail after an attempt, as a table; and which addresses are any."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.email_address import EmailAddress
from domain.errors import InvalidValue
from gateway.mailing import mail_server
from gateway.pack_mail import MailFile, mail_of
from gateway.settings import Settings, SettingsError
from mail.config import Waits
from mail.retry import Accepted, Fate, NotSent, Receipt, Refused, Unanswered, after_attempt
from mail.states import MailState as S
from services.alerts import AlertKind

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("receipt", "once_only", "attempts", "extra", "fate"),
    [
        (Accepted(), False, 1, 0, Fate(S.SENT, handed_over=True)),
        (Accepted(), True, 1, 0, Fate(S.SENT, handed_over=True)),
        (Refused("recipient"), False, 1, 0, Fate(S.FAILED, reason="recipient")),
        (Refused("content"), True, 3, 1, Fate(S.FAILED, reason="content")),
        # 4xx and what is not reached: later, and later still; never given up by number, only by time.
        (NotSent("later"), False, 1, 0, Fate(S.QUEUED, NOW + MINUTE, "later")),
        (NotSent("later"), False, 2, 0, Fate(S.QUEUED, NOW + 3 * MINUTE, "later")),
        (NotSent("lost"), True, 3, 0, Fate(S.QUEUED, NOW + 9 * MINUTE, "lost")),
        (NotSent("not_reached"), False, 40, 0, Fate(S.QUEUED, NOW + 60 * MINUTE, "not_reached")),
        # We were refused, not the mail: no attempt of its own.
        (NotSent("login", account=True), False, 1, 0, Fate(S.QUEUED, NOW + 5 * MINUTE, "account", counts=False)),
        # Nobody knows: an alert once more, a code never.
        (Unanswered(), False, 1, 0, Fate(S.UNKNOWN, NOW + 10 * MINUTE, "unanswered", handed_over=True)),
        (Unanswered(), False, 2, 1, Fate(S.FAILED, reason="unanswered", handed_over=True)),
        (Unanswered(), True, 1, 0, Fate(S.FAILED, reason="unanswered", handed_over=True)),
    ],
)
def test_what_becomes_of_it(receipt: Receipt, once_only: bool, attempts: int, extra: int, fate: Fate) -> None:
    assert after_attempt(once_only, receipt, attempts, extra, Waits(), NOW) == fate


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (" Leyla.Aliyeva+state@Example.ORG ", "Leyla.Aliyeva+state@example.org"),
        ("a@kənd.az", "a@xn--knd-dtb.az"),
        ("o'hara_1@a-b.co.uk.", "o'hara_1@a-b.co.uk"),
    ],
)
def test_an_address(typed: str, text: str) -> None:
    address = EmailAddress.parse(typed)
    assert address.text == text
    assert text not in repr(address) and text not in f"{address}"


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "a@", "@b.az", "a@b", "a b@c.az", "a@b..az", ".a@b.az", "a.@b.az", '"a b"@c.az', "a@[127.0.0.1]",
        "a@b.az\r\nBcc: all@c.az", "a@b.az\nX: y", "a@127.0.0.1", "a,b@c.az", "<a@b.az>", "a@-b.az", "ə@b.az",
        "a" * 65 + "@b.az", "a@" + "b" * 64 + ".az", "a@" + "b." * 130 + "az", "a@b.az\0", "a\u200b@b.az", "a@@b.az",
    ],
)  # fmt: skip
def test_no_address(typed: str) -> None:
    with pytest.raises(InvalidValue) as wrong:
        EmailAddress.parse(typed)
    assert str(wrong.value) == "not an e-mail address"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sender": "nobody"}, "from: 'nobody' is no e-mail address"),
        ({"names": {"az": "D"}}, "names: no name in en, fr"),
        ({"kinds": frozenset({AlertKind.CODE})}, "kinds: no letter is written for code"),
    ],
)
def test_a_pack_that_is_wrong_is_told_so(changed: dict[str, Any], says: str) -> None:
    right: dict[str, Any] = {
        "sender": "a@b.az",
        "names": {"az": "D", "en": "S", "fr": "S"},
        "kinds": frozenset({AlertKind.GRANTED}),
    }
    languages = frozenset({"az", "en", "fr"})
    assert mail_of(MailFile(**right), languages, "*123#").sender.text == "a@b.az"
    with pytest.raises(InvalidValue, match=says):
        mail_of(MailFile(**right | changed), languages, "*123#")


def test_no_password_goes_in_clear_over_a_network() -> None:
    settings, _ = Settings.read({"GUICHET_SMTP_HOST": "mail.example.org", "GUICHET_SMTP_STARTTLS": "no"})
    with pytest.raises(SettingsError, match="on this machine"):
        mail_server(settings)
