"""Herself: language, consents and numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from mobile_api.operations import Answer, Asked, Op, Security, refused, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.auth_values import HEX_ID, CodeSent
from mobile_api.resources.me_email import changed_email
from mobile_api.resources.me_values import (
    PURPOSE,
    ConsentList,
    ConsentShown,
    EmailShown,
    MeShown,
    MeWanted,
    NumberBound,
    NumberCode,
    NumberList,
    NumberShown,
    NumberWanted,
)
from services import own_email, own_numbers, rights
from services.outcomes import NoAccount, PinNeeded
from services.outcomes_rights import (
    ConsentNone,
    ConsentOfAccount,
    ConsentWithdrawn,
    NumberAdded,
    NumberChanged,
    NumberGone,
    NumberNeeded,
    NumbersFull,
    NumberTaken,
    NumberTooNew,
)
from services.rights_ports import Consent, HeldNumber
from services.sign_in import CodeDead, CodeWrong, SignIn, Started
from services.sign_in_ports import SignInRecords
from storage.unit_of_work import UnitOfWork

TAG = "me"
# What went wrong with her numbers, by what came of it.
_REFUSALS: dict[type, str] = {
    PinNeeded: "pin_needed",
    NoAccount: "no_account",
    NumberGone: "not_found",
    NumbersFull: "numbers_full",
    NumberTaken: "number_taken",
    NumberTooNew: "number_too_new",
    NumberNeeded: "number_needed",
    CodeWrong: "code_wrong",
    CodeDead: "code_dead",
}


@dataclass(frozen=True, slots=True)
class MyNumbers:
    """The operations on numbers, which send codes as signing in does."""

    sign_in: SignIn
    records: Callable[[UnitOfWork], SignInRecords]

    async def begin(self, asked: Asked) -> Answer:
        wanted: NumberWanted = asked.body
        try:
            number = Msisdn.parse(wanted.number, self.sign_in.region)
        except InvalidValue:
            raise Problem("invalid_fields", errors=(FieldError("/number", "invalid"),)) from None
        begun = await own_numbers.begin(
            asked.desk, self.records(asked.work), self.sign_in, asked.caller, asked.signed_in, number, asked.address
        )
        if not isinstance(begun, Started):
            raise refused(begun, _REFUSALS)
        return Answer(CodeSent(begun.request.hex, begun.expires_in, begun.resend_after), 202)

    async def verify(self, asked: Asked) -> Answer:
        typed: NumberCode = asked.body
        outcome = await own_numbers.confirm(
            asked.desk,
            self.records(asked.work),
            self.sign_in,
            asked.caller,
            asked.signed_in,
            UUID(typed.request_id),
            typed.code,
        )
        if not isinstance(outcome, NumberAdded):
            raise refused(outcome, _REFUSALS)
        return Answer(NumberBound(outcome.number.hex), 201)


async def me(asked: Asked) -> Answer:
    """Who she is to us."""
    found = await rights.me(asked.desk, asked.caller)
    return Answer(
        MeShown(
            found.language,
            found.has_account,
            found.sure,
            tuple(map(_number, found.numbers)),
            tuple(map(_consent, found.consents)),
            EmailShown(found.email.address.masked, found.email.by, found.email.failing) if found.email else None,
        )
    )


async def change_me(asked: Asked) -> Answer:
    """Another language, another way of being told."""
    wanted: MeWanted = asked.body
    if wanted.language is not None and wanted.language not in asked.translator.languages:
        raise Problem("invalid_fields", errors=(FieldError("/language", "invalid"),))
    if wanted.alerts_by is not None:
        changed_email(await own_email.choose(asked.desk, asked.caller, wanted.alerts_by))
    if wanted.language is not None:
        await rights.choose_language(asked.desk, asked.caller, wanted.language)
    return Answer(status=204)


async def consent(asked: Asked) -> Answer:
    """The ledger of a purpose."""
    found = await rights.consents(asked.desk, asked.caller, asked.path["purpose"])
    if isinstance(found, PinNeeded):
        raise Problem("pin_needed")
    if not found:
        raise Problem("not_found")
    return Answer(ConsentList(tuple(map(_consent, found))))


async def withdraw(asked: Asked) -> Answer:
    """She agrees no longer."""
    match await rights.withdraw(asked.desk, asked.caller, asked.path["purpose"]):
        case ConsentWithdrawn():
            return Answer(status=204)
        case ConsentNone():
            raise Problem("not_found")
        case ConsentOfAccount():
            raise Problem("account_consent")
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


async def numbers(asked: Asked) -> Answer:
    """Hers; none where the one in the hand stands in doubt."""
    found = await rights.me(asked.desk, asked.caller)
    if not found.sure:
        raise Problem("pin_needed")
    return Answer(NumberList(tuple(map(_number, found.numbers))))


async def remove(asked: Asked) -> Answer:
    """One less."""
    return _done(await own_numbers.remove(asked.desk, asked.caller, UUID(asked.path["id"])))


async def prefer(asked: Asked) -> Answer:
    """Reached there from now on."""
    return _done(await own_numbers.prefer(asked.desk, asked.caller, UUID(asked.path["id"])))


def _done(outcome: object) -> Answer:
    if not isinstance(outcome, NumberChanged):
        raise refused(outcome, _REFUSALS)
    return Answer(status=204)


def _number(held: HeldNumber) -> NumberShown:
    return NumberShown(held.id.hex, held.number.masked, held.preferred, held.sure, held.added_at)


def _consent(given: Consent) -> ConsentShown:
    return ConsentShown(given.purpose, given.words, given.language, given.channel, given.given_at, given.withdrawn_at)


_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_NUMBER = NumberShown("0" * 32, "+994…67", True, True, _WHEN)
_CONSENT = ConsentShown("vemtas_sources", "consent.vemtas@1", "az", "ussd", _WHEN)
_ME = MeShown("az", True, True, (_NUMBER,), (_CONSENT,))


def me_ops(sign_in: SignIn, records: Callable[[UnitOfWork], SignInRecords]) -> tuple[Op, ...]:
    """The operations, declared."""
    mine = MyNumbers(sign_in, records)
    person = Security.PERSON
    number, purpose = {"id": HEX_ID}, {"purpose": PURPOSE}
    changing = ("pin_needed", "no_account")
    return (
        Op(
            id="me", method="GET", path="/me", summary="Who I am here", tag=TAG, act=me,
            answers={200: MeShown}, security=person, examples={200: _ME},
        ),
        Op(
            id="change_me", method="PATCH", path="/me", summary="Another language, another way of being told",
            tag=TAG, act=change_me, body=MeWanted, answers={204: None},
            problems=("pin_needed", "email_off", "email_needed"), security=person, write=True,
            examples={"body": MeWanted("az")},
        ),
        Op(
            id="consent", method="GET", path="/me/consents/{purpose}", summary="What I agreed to, and when",
            tag=TAG, act=consent, answers={200: ConsentList}, problems=("not_found", "pin_needed"), security=person,
            where=purpose, examples={200: ConsentList((_CONSENT,))},
        ),
        Op(
            id="withdraw_consent", method="DELETE", path="/me/consents/{purpose}", summary="I agree no longer",
            tag=TAG, act=withdraw, answers={204: None}, problems=("not_found", "pin_needed", "account_consent"),
            security=person, write=True, where=purpose,
        ),
        Op(
            id="my_numbers", method="GET", path="/me/numbers", summary="My numbers", tag=TAG, act=numbers,
            answers={200: NumberList}, problems=("pin_needed",), security=person,
            examples={200: NumberList((_NUMBER,))},
        ),
        Op(
            id="add_number", method="POST", path="/me/numbers", summary="Add a number: a code is sent to it",
            tag=TAG, act=mine.begin, body=NumberWanted, answers={202: CodeSent},
            problems=(*changing, "numbers_full"), security=person, write=True,
            examples={"body": NumberWanted("050 123 45 68"), 202: CodeSent("0" * 32, 300, 60)},
        ),
        Op(
            id="verify_number", method="POST", path="/me/numbers/verify", summary="Type the code of the new number",
            tag=TAG, act=mine.verify, body=NumberCode, answers={201: NumberBound},
            problems=(*changing, "code_wrong", "code_dead", "number_taken", "numbers_full"), security=person,
            write=True,
            examples={"body": NumberCode("0" * 32, "123456"), 201: NumberBound("0" * 32)},
        ),
        Op(
            id="remove_number", method="DELETE", path="/me/numbers/{id}", summary="Remove a number", tag=TAG,
            act=remove, answers={204: None},
            problems=(*changing, "not_found", "number_needed", "number_too_new"), security=person, write=True,
            where=number,
        ),
        Op(
            id="prefer_number", method="POST", path="/me/numbers/{id}/prefer", summary="Reach me at this number",
            tag=TAG, act=prefer, answers={204: None}, problems=(*changing, "not_found", "number_too_new"),
            security=person, write=True, where=number,
        ),
    )  # fmt: skip
