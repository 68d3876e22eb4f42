"""Who fills in a form in the app is told whose it is and what for: a pack that does not say so is refused."""

from dataclasses import replace

import pytest

from gateway.pack import Pack, load_pack
from gateway.pack_forms import findings
from gateway.words import translator_for


def changed(pack: Pack, code: str, **values: str) -> Pack:
    services = dict(pack.services.services)
    services[code] = replace(services[code], **values)  # type: ignore[arg-type]
    return replace(pack, services=replace(pack.services, services=services))


@pytest.fixture(scope="module")
def vietnam() -> Pack:
    return load_pack("vietnam")


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"purpose": ""}, "services.yaml: criminal_record: applies, so write purpose"),
        ({"purpose": "form_purpose.none"}, "criminal_record.purpose: there is no message 'form_purpose.none'"),
        ({"ministry": "nobody"}, "messages.yaml: ministry.nobody: who takes the form of criminal_record"),
    ],
)
def test_a_form_names_its_ministry_and_its_purpose(vietnam: Pack, values: dict[str, str], missing: str) -> None:
    words = translator_for(vietnam)
    assert list(findings(vietnam, words)) == []
    [finding] = findings(changed(vietnam, "criminal_record", **values), words)
    assert missing in finding
