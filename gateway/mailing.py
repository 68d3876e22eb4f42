"""Mail put together: the server of the settings, the outbox beside that of SMS, and the worker's chores."""

from collections.abc import Callable

from domain.clock import Clock
from domain.ids import Ids
from gateway.channels import ByHerChoice, OutboxOf, SentOnEither
from gateway.messaging import Ground
from gateway.pack import Pack
from gateway.settings import Settings, SettingsError
from gateway.worker import Chore
from mail.config import MailConfig, MailServer
from mail.dispatch import MailDispatcher
from mail.letters import Letters
from mail.records.addresses import SqlEmails
from mail.records.history import SqlMailHistory
from mail.records.outbox import SqlMailOutbox
from mail.records.queue import SqlMailQueue, forget
from mail.smtp import SmtpLink
from services.alerts import Alert
from services.records.sealed import Sealed
from sms.records.history import SqlHistory
from storage.unit_of_work import UnitOfWork

_HERE = ("127.0.0.1", "::1", "localhost")
_TLS_PORT = 465


def mail_server(settings: Settings) -> MailServer | None:
    """None where none is set. Raises `SettingsError` where mail or a password would go in clear over a network."""
    if not settings.smtp_host:
        return None
    in_clear = not settings.smtp_starttls and settings.smtp_port != _TLS_PORT
    if in_clear and settings.smtp_host not in _HERE:
        raise SettingsError("GUICHET_SMTP_STARTTLS: no is for a server on this machine")
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_username,
        settings.smtp_password,
        settings.smtp_starttls,
    )


def sends_mail(settings: Settings, pack: Pack) -> MailConfig | None:
    """The pack's rules, where there is a server too."""
    return pack.mail if mail_server(settings) is not None else None


def chosen_outbox(sms: OutboxOf, rules: MailConfig | None, clock: Clock, ids: Ids) -> OutboxOf:
    """SMS alone, or as each person chose."""
    if rules is None:
        return sms
    kinds = rules.kinds

    def outbox(sealed: Sealed) -> ByHerChoice:
        return ByHerChoice(sms(sealed), SqlMailOutbox(sealed, clock, ids), SqlEmails(sealed, clock, ids), kinds)

    return outbox


def sent_messages(service_code: str) -> Callable[[Sealed], SentOnEither]:
    """What went out, by SMS or by mail; also where no mail is sent any more."""
    return lambda sealed: SentOnEither(SqlHistory(sealed, service_code), SqlMailHistory(sealed, service_code))


def mail_chores(ground: Ground, sms: OutboxOf) -> tuple[Chore, ...]:
    """What the worker does for mail. `sms`: where goes what could not be mailed."""
    g, rules, server = ground, ground.pack.mail, mail_server(ground.settings)

    async def forgotten() -> int:
        async with g.database.unit_of_work() as work:
            return await forget(work, g.clock.now())

    # Also where no mail is sent any more.
    forgetting = Chore("mails of long ago", forgotten, 3600.0)
    if rules is None or server is None:
        return (forgetting,)
    hidden = {f"service.{code}" for code, service in g.pack.services.services.items() if service.sensitive}

    async def instead(work: UnitOfWork, alert: Alert) -> None:
        await sms(Sealed(work, g.sealer, g.keys)).put(alert)

    dispatcher = MailDispatcher(
        g.database,
        SqlMailQueue(g.sealer, g.keys, g.clock, g.ids, rules),
        Letters(g.translator, rules.service_code, hidden),
        SmtpLink(server),
        instead,
        lambda state: g.metrics.mail_ended(state.value),
    )
    return (
        Chore("mails", dispatcher.round, 1.0),
        Chore("mails left behind", dispatcher.sweep, 5.0),
        forgetting,
    )
