"""Signing in with a code sent to the number, tokens, signed-in devices, and the PIN on one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from i18n.slots import fit
from mobile_api.operations import Answer, Asked, Op, Security
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.auth_values import (
    HEX_ID,
    CodeSent,
    CodeTyped,
    CodeWanted,
    DeviceList,
    DeviceListed,
    PinTyped,
    RefreshWanted,
    SessionTokens,
)
from mobile_api.resources.pins import pin_refused
from services import signed_in_devices as devices
from services.outcomes import PinNeeded, PinRight
from services.sign_in import CodeDead, CodeWrong, SignIn, Started, Tokens
from services.sign_in_ports import SignInRecords
from storage.unit_of_work import UnitOfWork

TAG = "auth"
_LONGEST_NAME = 60
# An answer with tokens is given again only for as long as a bad network may need.
_REPLAY_SECONDS = 300
_TOKEN = "k0dZ5yq0oT3Qf1s9l2mXbV7cRjUeHnWaPi4gE6tD8Yw"  # noqa: S105 - an example


@dataclass(frozen=True, slots=True)
class Auth:
    """The operations' work. `records`: what signing in remembers, within a unit of work."""

    sign_in: SignIn
    records: Callable[[UnitOfWork], SignInRecords]

    async def start(self, asked: Asked) -> Answer:
        wanted: CodeWanted = asked.body
        try:
            number = Msisdn.parse(wanted.number, self.sign_in.region)
        except InvalidValue:
            raise Problem("invalid_fields", errors=(FieldError("/number", "invalid"),)) from None
        records = self.records(asked.work)
        begun: Started = await self.sign_in.start(records, number, asked.address, wanted.device, asked.language)
        return Answer(CodeSent(begun.request.hex, begun.expires_in, begun.resend_after), 202)

    async def verify(self, asked: Asked) -> Answer:
        typed: CodeTyped = asked.body
        name = fit(typed.device_name, _LONGEST_NAME)
        outcome = await self.sign_in.verify(
            self.records(asked.work), UUID(typed.request_id), typed.code, typed.device, name, asked.language
        )
        match outcome:
            case CodeWrong():
                raise Problem("code_wrong")
            case CodeDead():
                raise Problem("code_dead")
        return Answer(_shown(outcome))

    async def refresh(self, asked: Asked) -> Answer:
        wanted: RefreshWanted = asked.body
        outcome = await devices.refresh(self.sign_in, self.records(asked.work), wanted.refresh_token)
        if isinstance(outcome, devices.SessionEnded):
            raise Problem("session_ended")
        return Answer(_shown(outcome))

    async def sign_out(self, asked: Asked) -> Answer:
        await devices.sign_out(self.records(asked.work), asked.caller, asked.signed_in)
        return Answer(status=204)

    async def sign_out_everywhere(self, asked: Asked) -> Answer:
        if isinstance(await devices.sign_out_everywhere(self.records(asked.work), asked.caller), PinNeeded):
            raise Problem("pin_needed")
        return Answer(status=204)

    async def list_devices(self, asked: Asked) -> Answer:
        own = asked.signed_in
        found = await devices.devices(self.records(asked.work), asked.caller, own)
        return Answer(
            DeviceList(
                tuple(
                    DeviceListed(device.id.hex, device.name, device.signed_in_at, device.last_used_at, device.id == own)
                    for device in found
                )
            )
        )

    async def sign_out_device(self, asked: Asked) -> Answer:
        other = UUID(asked.path["id"])
        match await devices.sign_out_device(self.records(asked.work), asked.caller, asked.signed_in, other):
            case PinNeeded():
                raise Problem("pin_needed")
            case False:
                raise Problem("not_found")
        return Answer(status=204)

    async def prove(self, asked: Asked) -> Answer:
        typed: PinTyped = asked.body
        records = self.records(asked.work)
        outcome = await devices.prove(asked.desk, records, self.sign_in, asked.caller, asked.signed_in, typed.pin)
        match outcome:
            case PinRight():
                return Answer(status=204)
            case other:
                raise pin_refused(other)


def auth_ops(sign_in: SignIn, records: Callable[[UnitOfWork], SignInRecords]) -> tuple[Op, ...]:
    """The operations, declared."""
    auth = Auth(sign_in, records)
    return (*_signing_in(auth), *_signing_out(auth), *_devices(auth), _pin(auth))


def _signing_in(auth: Auth) -> tuple[Op, ...]:
    return (
        Op(
            id="start_sign_in",
            method="POST",
            path="/auth/otp",
            summary="Have a code sent to a number",
            description="The answer, and the time it takes, are the same for every number: a code goes out to "
            "mobile numbers of the country, within limits for each number, its neighbours and the address.",
            tag=TAG,
            act=auth.start,
            body=CodeWanted,
            answers={202: CodeSent},
            write=True,
            replay_seconds=_REPLAY_SECONDS,
            examples={"body": CodeWanted("+994501234567", _TOKEN[:22]), 202: CodeSent("0" * 32, 300, 60)},
        ),
        Op(
            id="verify_sign_in",
            method="POST",
            path="/auth/otp/verify",
            summary="Sign in with the code",
            description="Five tries, five minutes, once, on the device that asked for it. A code that is not a text "
            "(422) or not six digits uses up no try.",
            tag=TAG,
            act=auth.verify,
            body=CodeTyped,
            answers={200: SessionTokens},
            problems=("code_wrong", "code_dead"),
            write=True,
            replay_seconds=_REPLAY_SECONDS,
            examples={"body": CodeTyped("0" * 32, "123456", _TOKEN[:22], "Leyla's phone"), 200: _EXAMPLE},
        ),
        Op(
            id="refresh_tokens",
            method="POST",
            path="/auth/refresh",
            summary="New tokens for the latest refresh token",
            description="One that was used before ends the session. After an answer that was lost, repeat with the "
            "same Idempotency-Key.",
            tag=TAG,
            act=auth.refresh,
            body=RefreshWanted,
            answers={200: SessionTokens},
            problems=("session_ended",),
            write=True,
            replay_seconds=_REPLAY_SECONDS,
            examples={"body": RefreshWanted(f"{_TOKEN}.{_TOKEN}"), 200: _EXAMPLE},
        ),
    )


def _signing_out(auth: Auth) -> tuple[Op, ...]:
    return (
        Op(
            id="sign_out",
            method="POST",
            path="/auth/sign-out",
            summary="Sign this device out",
            tag=TAG,
            act=auth.sign_out,
            answers={204: None},
            security=Security.PERSON,
            write=True,
        ),
        Op(
            id="sign_out_everywhere",
            method="POST",
            path="/auth/sign-out-everywhere",
            summary="Sign every device out, this one too",
            tag=TAG,
            act=auth.sign_out_everywhere,
            answers={204: None},
            problems=("pin_needed",),
            security=Security.PERSON,
            write=True,
        ),
    )


def _devices(auth: Auth) -> tuple[Op, ...]:
    return (
        Op(
            id="list_devices",
            method="GET",
            path="/auth/sessions",
            summary="Signed-in devices",
            tag=TAG,
            act=auth.list_devices,
            answers={200: DeviceList},
            security=Security.PERSON,
            examples={200: DeviceList((DeviceListed("0" * 32, "Leyla's phone", _WHEN, _WHEN, True),))},
        ),
        Op(
            id="sign_out_device",
            method="DELETE",
            path="/auth/sessions/{id}",
            summary="Sign a device out",
            tag=TAG,
            act=auth.sign_out_device,
            answers={204: None},
            problems=("pin_needed",),
            security=Security.PERSON,
            write=True,
            where=_WHERE,
        ),
    )


def _pin(auth: Auth) -> Op:
    return Op(
        id="prove_pin",
        method="POST",
        path="/auth/pin",
        summary="Prove the PIN on this device, for a quarter of an hour",
        tag=TAG,
        act=auth.prove,
        body=PinTyped,
        answers={204: None},
        problems=("pin_wrong", "pin_locked", "pin_reset_needed", "no_account"),
        security=Security.PERSON,
        write=True,
        replay_seconds=_REPLAY_SECONDS,
        examples={"body": PinTyped("284913")},
    )


_WHERE: Mapping[str, str] = {"id": HEX_ID}
_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_EXAMPLE = SessionTokens(_TOKEN, 900, f"{_TOKEN}.{_TOKEN}", 5184000, "0" * 32)


def _shown(tokens: Tokens) -> SessionTokens:
    return SessionTokens(
        tokens.access, tokens.access_seconds, tokens.refresh, tokens.session_seconds, tokens.session.hex
    )
