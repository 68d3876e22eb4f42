"""Her e-mail address: a code is sent to it, typed back, and alerts may go there."""

from dataclasses import dataclass
from uuid import UUID

from domain.email_address import EmailAddress
from domain.errors import InvalidValue
from mobile_api.operations import Answer, Asked, Op, Security, refused
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.me_values import EmailCodeSent, EmailWanted, NumberCode
from services import own_email
from services.outcomes import PinNeeded
from services.outcomes_email import EmailAsked, EmailChanged, EmailNone, EmailOff, EmailTooMany
from services.own_email import OwnEmail
from services.sign_in import CodeDead, CodeWrong

TAG = "me"
_REFUSALS: dict[type, str] = {
    PinNeeded: "pin_needed",
    EmailOff: "email_off",
    EmailNone: "email_needed",
    EmailTooMany: "too_many_tries",
    CodeWrong: "code_wrong",
    CodeDead: "code_dead",
}


@dataclass(frozen=True, slots=True)
class MyEmail:
    """The operations on it."""

    own: OwnEmail

    async def begin(self, asked: Asked) -> Answer:
        wanted: EmailWanted = asked.body
        try:
            address = EmailAddress.parse(wanted.address)
        except InvalidValue:
            raise Problem("invalid_fields", errors=(FieldError("/address", "invalid"),)) from None
        begun = await self.own.begin(asked.desk, asked.caller, asked.signed_in, address)
        if not isinstance(begun, EmailAsked):
            raise refused(begun, _REFUSALS)
        return Answer(EmailCodeSent(begun.request.hex, begun.seconds), 202)

    async def verify(self, asked: Asked) -> Answer:
        typed: NumberCode = asked.body
        request = UUID(typed.request_id)
        return changed_email(await self.own.confirm(asked.desk, asked.caller, asked.signed_in, request, typed.code))


async def remove(asked: Asked) -> Answer:
    """No mail any more."""
    return changed_email(await own_email.remove(asked.desk, asked.caller))


def changed_email(outcome: object) -> Answer:
    """Done, or why not."""
    if not isinstance(outcome, EmailChanged):
        raise refused(outcome, _REFUSALS)
    return Answer(status=204)


def email_ops(own: OwnEmail) -> tuple[Op, ...]:
    """The operations, declared."""
    mine, person = MyEmail(own), Security.PERSON
    refused = ("pin_needed", "email_off")
    return (
        Op(
            id="add_email", method="POST", path="/me/email", summary="My e-mail address: a code is sent to it",
            tag=TAG, act=mine.begin, body=EmailWanted, answers={202: EmailCodeSent},
            problems=(*refused, "too_many_tries"), security=person, write=True,
            examples={"body": EmailWanted("leyla@example.org"), 202: EmailCodeSent("0" * 32, 600)},
        ),
        Op(
            id="verify_email", method="POST", path="/me/email/verify", summary="Type the code of the e-mail",
            tag=TAG, act=mine.verify, body=NumberCode, answers={204: None},
            problems=(*refused, "code_wrong", "code_dead"), security=person, write=True,
            examples={"body": NumberCode("0" * 32, "123456")},
        ),
        Op(
            id="remove_email", method="DELETE", path="/me/email", summary="No e-mail any more", tag=TAG,
            act=remove, answers={204: None}, problems=(*refused, "email_needed"), security=person, write=True,
        ),
    )  # fmt: skip
