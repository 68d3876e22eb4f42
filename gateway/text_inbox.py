"""The inbox put together for a pack: keywords, questions, menus, and who may be answered what."""

from collections.abc import Callable

from domain.clock import Clock
from domain.ids import Ids
from gateway.pack import Pack
from sms.answering import Answering
from sms.asker import Rules
from sms.deeds import Deeds
from sms.inbox import DeskFor, Inbox
from sms.ports import MenuTurns
from sms.records.inbound import SqlInbox
from sms.records.menu_sessions import SqlMenuSessions
from sms.records.opt_outs import SqlOptOuts
from sms.records.prompts import SqlPrompts
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork


def inbox_for(
    pack: Pack,
    unit: Callable[[], UnitOfWork],
    desk_for: DeskFor,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
    turns: MenuTurns,
    woken: Callable[[], None] | None = None,
) -> Inbox:
    """`desk_for` gives desks whose records have an outbox; `woken` is called when a reply waits to be sent."""
    rules = Rules(
        pack.keywords,
        pack.country,
        tuple(pack.languages),
        pack.default_language,
        pack.sms.statutory_in_spite_of_stop,
        bool(pack.services.references),
    )
    opt_outs = SqlOptOuts(sealer, clock, ids)
    answering = Answering(
        rules,
        Deeds(rules, sealer, opt_outs),
        opt_outs,
        SqlPrompts(sealer, clock, ids),
        SqlMenuSessions(sealer, clock),
        turns,
        ids.token,
    )
    return Inbox(unit, desk_for, SqlInbox(sealer, clock, ids), answering, clock, woken)
