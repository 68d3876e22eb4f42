"""What may not stand in the settings of a mapped ministry, and where it is said to stand."""

import pytest
import yaml

from services.backends.mapped import settings_of
from services.backends.settings_mistakes import Mistaken
from tests.services.backends.mapped_under_test import settings

GET = "path: '/a/{reference}', picks: {reference: a, state: b}"
ONE = "services: {x: {}}\nstates: {1: received}\n"
TWO = "services: {x: {values: {d: '4'}}, y: {}}\nstates: {1: received}\n"
FORM = "{type: object, properties: {a: {type: string}}}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "no operations"),
        ("applications: {get: 5}", "applications.get: Expected"),
        (f"applications: {{get: {{{GET}}}}}", "services: none"),
        (f"services: {{x: {{}}}}\napplications: {{get: {{{GET}}}}}", "states: none"),
        (TWO + f"applications: {{get: {{{GET}}}}}", "get.picks: service is missing: there are 2"),
        (TWO + "applications: {info: {path: '/{service.d}'}}", "info.path: {service.d} is not there for y"),
        (TWO.replace("y: {}", "y: {code: x}"), "services.x: two services with the ministry's code 'x'"),
        (
            ONE + "applications: {get: {path: '/{language}', picks: {reference: a, state: b}}}",
            "{language} is not known",
        ),
        (ONE + f"applications: {{get: {{{GET}, paging: {{by: page}}}}}}", "get.paging: only lists have pages"),
        (ONE + f"applications: {{get: {{{GET}, keeps: {{n: a}}}}}}", "keeps.n: no join uses {kept.n}"),
        (
            ONE + f"applications: {{get: {{{GET}, joins: {{t: {{path: '/{{kept.q}}'}}}}}}}}",
            "joins.t.path: {kept.q} is not",
        ),
        (ONE + "applications: {get: {path: /a, body: {a: 1}, picks: {reference: a, state: b}}}", "GET carries no body"),
        (ONE + "applications: {submit: {path: /a, method: POST, picks: {reference: a}}}", "submit: cannot be reached"),
        (f"services: {{x: {{form: {FORM}}}}}\nguide: {{info: {{path: /a}}}}", "a form is asked by nobody"),
        (
            "services: {x: {form: {type: object, properties: {a: {type: object}}}}}",
            "x.form: cannot be asked on a keypad",
        ),
        (ONE + "appointments: {cancel: {path: '/{visit}'}}", "without appointments.book or appointments.of_"),
        (ONE + "appointments: {book: {path: '/{slot}', picks: {id: a}}}", "cannot be reached without appointments.sl"),
        (
            ONE + "appointments: {book: {path: '/{slot}', picks: {id: a}}}",
            "appointments.book: without of_participant it is repeated after a lost answer: {key}",
        ),
        (
            ONE + "appointments: {book: {path: '/{reference}/{slot}', picks: {id: a}}}",
            "appointments.book: {reference}: cannot be reached without applications.get",
        ),
        ("references: DB-2026", "references: a mask has a # for each digit"),
        (ONE + "appointments: {cancel: {path: '/{account}'}}", "the ministry's account is not described"),
        ("account: {find: {path: /a, picks: {account: a}}}\nguide: {info: {path: /a}}", "no operation uses {account}"),
        ("reports: {number: {path: /a, picks: {number: a}}}", "cannot be reached without reports.send"),
        ("payments: {of: {path: /a, picks: {id: a, state: b}}}", "picks: amount missing"),
        ("guide: {info: {path: '/a?b=1'}}", "what comes after ? stands in query"),
        ("guide: {info: {path: /a, headers: {'X Y': a}}}", "headers.X Y: not a header"),
        ("guide: {info: {path: /a, statuses: {302: ok}}}", "a redirection is a failure"),
        ("guide: {places: {path: /a, picks: {id: a, name: b, opening: '{day: c}'}}}", "opening: day not known here"),
        ("zone: ../../etc/passwd", "zone: not a time zone"),
        ("dates: '%H:%M'", "dates: '%H:%M' tells no day"),
        ("moments: '%Q'", "moments: not a way to write a date"),
        ("currency: dirham", "currency: currency is not"),
    ],
)
def test_each_mistake_is_told_where_it_stands(text: str, says: str) -> None:
    with pytest.raises(Mistaken) as caught:
        settings_of(yaml.safe_load(text))
    assert says in str(caught.value), str(caught.value)


@pytest.mark.parametrize("name", ["berkane", "vnpost", "asan_visa", "town"])
def test_the_examples_are_without_mistakes(name: str) -> None:
    assert settings_of(settings(name)).services


def test_yaml_s_own_ideas_are_undone() -> None:
    config = settings_of(
        yaml.safe_load("services: {x: {code: 11}}\nstates: {yes: granted, 10: received}\nguide: {info: {path: /a}}")
    )
    assert config.services["x"].code == "11" and set(config.states) == {"true", "10"}
