"""`privacy.yaml`: what the country's law on personal data allows."""

from typing import Annotated

from msgspec import Meta, Struct

from domain.errors import InvalidValue
from services.national_id import NationalId


class NationalIdFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether forms may ask for a national identity number, by which names they do, and under which authorisation."""

    asked: bool = False
    authorisation: Annotated[str, Meta(max_length=200)] = ""
    fields: tuple[str, ...] = ()


class PrivacyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`privacy.yaml`. Without it nothing is known to be a national identity number, and nothing is left out."""

    national_id: NationalIdFile = NationalIdFile()


def national_id_of(file: PrivacyFile) -> NationalId:
    """The file as a rule. Raises `InvalidValue` where numbers would be asked for without an authorisation."""
    found = file.national_id
    if found.asked and not found.authorisation.strip():
        raise InvalidValue("privacy.yaml: national_id: asked without an authorisation: name the one that allows it")
    return NationalId(frozenset(found.fields), found.authorisation.strip() if found.asked else "")
