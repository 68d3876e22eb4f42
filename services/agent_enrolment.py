"""Lists of agents as organisations send them: read line by line, and every line that cannot be taken told with why."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.errors import InvalidValue
from domain.msisdn import Msisdn, takes_sms
from i18n.letters import clean
from services.agent_values import OrganisationKind
from services.ports import Records

FIELDS = ("number", "name", "organisation", "badge", "language")
OPTIONAL = ("kind", "practice")
_BADGE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,15}").fullmatch
_CODE = re.compile(r"[a-z0-9]+")
_LONGEST = 60
_YES = frozenset({"yes", "1", "true"})


@dataclass(frozen=True, slots=True)
class Row:
    """One agent to be. `line`: in the file, the heading being 1."""

    line: int
    number: Msisdn
    name: str
    organisation: str
    kind: OrganisationKind
    badge: str
    language: str
    practice: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not taken. `why` quotes nothing of it: the list is full of numbers and names."""

    line: int
    why: str


def read(lines: Iterable[str], region: str, languages: frozenset[str]) -> Iterator[Row | Refused]:
    """The list, a line at a time. Raises `InvalidValue` where its heading lacks a field."""
    reader = csv.DictReader(lines, strict=True, skipinitialspace=True)
    heading = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in FIELDS if name not in heading]
    unknown = [name for name in heading if name not in (*FIELDS, *OPTIONAL)]
    if missing or unknown or len(set(heading)) != len(heading):
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(map(repr, unknown)) or 'a field twice'}"
        raise InvalidValue(f"the heading {wrong}: it is {', '.join(FIELDS)}, and may have {', '.join(OPTIONAL)}")
    reader.fieldnames = heading
    seen: dict[str, int] = {}
    while True:
        try:
            found = next(reader, None)
        except csv.Error as broken:
            yield Refused(reader.line_num, f"not readable as CSV: {broken}")
            continue
        if found is None:
            return
        yield _row(reader.line_num, found, region, languages, seen)


def _row(
    line: int,
    found: Mapping[str | None, str | list[str] | None],
    region: str,
    languages: frozenset[str],
    seen: dict[str, int],
) -> Row | Refused:
    if None in found or None in found.values():
        return Refused(line, "has more or fewer fields than the heading")
    given = {str(name): clean(str(value)).strip() for name, value in found.items()}
    try:
        number = Msisdn.parse(given["number"], region)
    except InvalidValue:
        return Refused(line, "number: not a telephone number")
    badge, kind = given["badge"].upper(), given.get("kind", "").lower() or OrganisationKind.VOLUNTEERS.value
    faults = (
        (not takes_sms(number, region), "number: not a mobile number of the country"),
        (not 2 <= len(given["name"]) <= _LONGEST, f"name: 2 to {_LONGEST} letters"),
        (not 2 <= len(given["organisation"]) <= _LONGEST, f"organisation: 2 to {_LONGEST} letters"),
        (not _BADGE(badge), "badge: 2 to 16 of A-Z, 0-9 and -"),
        (given["language"] not in languages, f"language: one of {', '.join(sorted(languages))}"),
        (kind not in set(OrganisationKind), f"kind: one of {', '.join(OrganisationKind)}"),
        (number.e164 in seen, f"number: the same as in line {seen.get(number.e164)}"),
        (badge in seen, f"badge: the same as in line {seen.get(badge)}"),
    )
    wrong = next((why for is_wrong, why in faults if is_wrong), None)
    if wrong is not None:
        return Refused(line, wrong)
    seen[number.e164] = seen[badge] = line
    practice = given.get("practice", "").lower() in _YES
    kind_of = OrganisationKind(kind)
    return Row(line, number, given["name"], given["organisation"], kind_of, badge, given["language"], practice)


def code_of(organisation: str) -> str:
    """By which an organisation is known, however it is spelt: its letters and digits, small."""
    return "-".join(_CODE.findall(organisation.lower())) or organisation.lower()


async def enrol(records: Records, row: Row) -> str | None:
    """Made or changed; the same list again changes nothing. Why not, where the badge is somebody else's."""
    agents = records.assisted().agents
    organisation = await agents.organisation(code_of(row.organisation), row.organisation, row.kind)
    person = await records.people.meet(row.number, row.language)
    id = await agents.enrol(organisation.id, person.id, row.name, row.badge, row.practice)
    return None if id is not None else "badge: another agent's already"
