"""Who may send through GOV.UK Notify's API: the pack's services, with their keys from the environment."""

import re
from collections.abc import Mapping
from uuid import UUID

from gateway.doors.notify import NotifyKeys
from gateway.pack import Pack
from gateway.settings import SettingsError
from i18n.translator import Translator
from services.ministry_texts import MinistryKey, MinistryText
from sms.templates import MINISTRIES_OWN

_SECRET = re.compile(r"[0-9a-fA-F-]{36}")


def notify_keys(pack: Pack, environment: Mapping[str, str]) -> NotifyKeys:
    """The services whose key is set; others are not let in. Raises `SettingsError` for a key of another shape.

    A key is what its client was given: `<any name>-<service id>-<secret>`, both of 36 characters (its clients take
    the last 73 apart), or the secret alone.
    """
    secrets: dict[str, tuple[str, ...]] = {}
    services: dict[str, MinistryKey] = {}
    for id, service in pack.notify.items():
        given = tuple(_secret(key.env, environment[key.env], id) for key in service.keys if environment.get(key.env))
        if given:
            secrets[id] = given
            texts = {code: MinistryText(item.text, item.values) for code, item in service.texts.items()}
            services[id] = MinistryKey(service.source, texts)
    return NotifyKeys(secrets, services)


def findings(pack: Pack, translator: Translator) -> list[str]:
    """What in `notify.yaml` does not fit the messages: for `guichet pack check`."""
    wrong = []
    for id, service in pack.notify.items():
        for code, item in service.texts.items():
            where = f"notify.yaml: {id}: {code}"
            if not item.text.startswith(MINISTRIES_OWN) or not translator.has(item.text):
                wrong.append(f"{where}: {item.text!r} is no message that begins with {MINISTRIES_OWN}")
                continue
            slots = set(translator.slots_of(item.text)) - {"code"}
            if slots != set(item.values.values()):
                wrong.append(f"{where}: fills {sorted(set(item.values.values()))}, {item.text} has {sorted(slots)}")
    return wrong


def _secret(variable: str, value: str, service: str) -> str:
    value = value.strip()
    secret, before = value[-36:], value[-73:-37]
    if not _SECRET.fullmatch(secret) or (before and not _is_uuid(before)) or (before and before != service):
        raise SettingsError(f"{variable}: not an API key of the service {service}")
    return secret


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
