"""Do a pack's references agree: with a keypad, and with how their ministries write them?"""

from collections.abc import Iterable, Mapping

from domain.digits import is_digits
from gateway.pack_files import MinistryFile, ReferenceFile, ServiceFile


def disagreements(
    rules: Iterable[ReferenceFile], services: Mapping[str, ServiceFile], ministries: Mapping[str, MinistryFile]
) -> list[str]:
    """What nobody could ever type, or would be looked for under another number."""
    wrong: list[str] = []
    for rule in rules:
        where = f"pack.yaml: references: {rule.service}"
        if rule.prefix and not is_digits(rule.prefix):
            wrong.append(f"{where}.prefix: {rule.prefix!r} is not what a keypad types: digits")
        if len(rule.prefix) > rule.length:
            wrong.append(f"{where}.length: {rule.length} is shorter than its prefix {rule.prefix!r}")
        service = services.get(rule.service)
        ministry = ministries.get(service.ministry) if service else None
        mask = ministry.settings.get("references") if ministry else None
        if isinstance(mask, str) and mask and mask.count("#") != rule.length:
            wrong.append(f"{where}.length: {rule.length}, and {mask!r} in ministries.yaml has {mask.count('#')} digits")
    return wrong
