"""What a ministry takes itself: its kinds of observations, proposals and complaints, and what it asks with each."""

from mobile_api.operations import Answer, Asked, Cache, Op, Security
from mobile_api.problems import Problem
from mobile_api.resources.feedback_values import KindList, KindQuery, KindShown
from mobile_api.resources.forms_values import ChoiceShown, FieldShown
from services import reports
from services.ports import ReportDesk
from services.values import FieldKind, Form, ReportKind

TAG = "feedback"


async def list_kinds(asked: Asked) -> Answer:
    """The same for everybody, in the language of the request; with the questions of the one that is named."""
    taker = asked.desk.ministries.reports()
    if taker is None:
        return Answer(KindList(()))
    found = await reports.known_kinds(asked.desk, taker, asked.caller.language)
    if found is None:
        raise Problem("ministry_unavailable")
    wanted: KindQuery = asked.query
    if not wanted.code:
        return Answer(KindList(tuple(_shown(kind, None) for kind in found)))
    named = [kind for kind in found if kind.code == wanted.code]
    return Answer(KindList(tuple([_shown(kind, await _questions(asked, taker, kind)) for kind in named])))


async def _questions(asked: Asked, taker: ReportDesk, kind: ReportKind) -> tuple[FieldShown, ...]:
    """None where it asks nothing that can be asked here."""
    if not kind.asks:
        return ()
    form = await taker.questions(kind.code, asked.caller.language, asked.desk.for_ministry())
    return tuple(map(FieldShown.of, form.fields)) if isinstance(form, Form) else ()


def _shown(kind: ReportKind, fields: tuple[FieldShown, ...] | None) -> KindShown:
    return KindShown(kind.code, kind.title, kind.group or None, kind.asks, fields)


_ASKED = FieldShown("office", FieldKind.CHOICE, "Which office?", True, (ChoiceShown("1", "Civil"),), None, None, ())
OPS: tuple[Op, ...] = (
    Op(
        id="list_kinds",
        method="GET",
        path="/feedback/kinds",
        summary="What a ministry takes itself: observations, proposals, complaints",
        tag=TAG,
        act=list_kinds,
        query=KindQuery,
        answers={200: KindList},
        problems=("ministry_unavailable",),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: KindList((KindShown("complaint", "Complaint", None, True, (_ASKED,)),))},
    ),
)
