"""Lists of agents: every line that cannot be taken is told, with why, and nothing of it is quoted."""

import pytest

from domain.errors import InvalidValue
from services.agent_enrolment import Refused, Row, code_of, read

HEADING = "number,name,organisation,badge,language\n"
GOOD = "0502220001,Aygün Quliyeva,Red Crescent,V-014,az\n"


def rows(*lines: str, heading: str = HEADING) -> list[Row | Refused]:
    return list(read([heading, *lines], "AZ", frozenset({"az", "en", "fr"})))


def test_a_line_becomes_an_agent() -> None:
    [row] = rows(GOOD)
    assert isinstance(row, Row)
    assert (row.number.e164, row.badge, row.kind, row.practice) == ("+994502220001", "V-014", "volunteers", False)
    assert code_of("Red Crescent") == code_of("RED  CRESCENT") == "red-crescent"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("12,A B,Red,V-1,az\n", "number: not a telephone number"),
        ("+442079460000,A B,Red,V-1,az\n", "number: not a mobile number of the country"),
        ("0502220001,A,Red,V-1,az\n", "name: 2 to 60 letters"),
        ("0502220001,A B,R,V-1,az\n", "organisation: 2 to 60 letters"),
        ("0502220001,A B,Red,,az\n", "badge: 2 to 16 of A-Z, 0-9 and -"),
        ("0502220001,A B,Red,V-1,xx\n", "language: one of az, en, fr"),
        ("0502220001,A B,Red,V-1\n", "has more or fewer fields than the heading"),
        ("0502220001,A B,Red,V-1,az,more\n", "has more or fewer fields than the heading"),
    ],
)
def test_a_line_that_cannot_be_taken(line: str, why: str) -> None:
    good, wrong = rows("0502220009,C D,Red,V-9,az\n", line)
    assert isinstance(good, Row)
    assert wrong == Refused(3, why)


def test_the_same_twice_in_one_list() -> None:
    found = rows(GOOD, GOOD.replace("V-014", "V-015"), GOOD.replace("0502220001", "0502220002"))
    assert found[1:] == [Refused(3, "number: the same as in line 2"), Refused(4, "badge: the same as in line 2")]


def test_a_heading_that_is_another() -> None:
    for heading in ("number,name\n", "number,name,organisation,badge,language,salary\n", "\n"):
        with pytest.raises(InvalidValue, match="the heading"):
            rows(GOOD, heading=heading)
