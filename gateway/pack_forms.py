"""What a pack must say of each form: whose it is, and what its answers are used for."""

from collections.abc import Iterator

from gateway.pack import Pack
from i18n.translator import Translator
from services.desk import ministry_word


def findings(pack: Pack, translator: Translator) -> Iterator[str]:
    """Forms that name nobody, or no purpose: the app tells both before the first question."""
    for code, service in pack.services.services.items():
        if not service.applies:
            continue
        named = ministry_word(service.ministry).id
        if not translator.has(named):
            yield f"messages.yaml: {named}: who takes the form of {code}: its name is missing"
        if not service.purpose:
            yield f"services.yaml: {code}: applies, so write purpose: the message that says what its answers are for"
        elif not translator.has(service.purpose):
            yield f"services.yaml: {code}.purpose: there is no message {service.purpose!r}"
