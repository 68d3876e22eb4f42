"""Settings: each wrong value stops the start with one clear line that holds no secret; unknown names are warned of."""

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.assembly import assemble
from gateway.settings import DEMO_ENCRYPTION_KEYS, Settings, SettingsError

KEY = "k1:dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE="
GOOD = {
    "GUICHET_DATABASE_URL": "postgresql://guichet:hidden-word@db/guichet",
    "GUICHET_REDIS_URL": "redis://:hidden-word@redis/0",
    "GUICHET_CALLBACK_SECRETS": "a-long-enough-secret-1",
    "GUICHET_ENCRYPTION_KEYS": KEY,
}


def read(**changed: str) -> Settings:
    return Settings.read(GOOD | {f"GUICHET_{name}": value for name, value in changed.items()})[0]


WRONG = [
    ("DATABASE_URL", "mysql://u:hidden-word@h/d"),
    ("DATABASE_URL", "hidden-word"),
    ("REDIS_URL", "http://:hidden-word@h"),
    ("REDIS_URL", "redis://:hidden-word@[h/0"),
    ("REDIS_URL", "redis+sentinel://:hidden-word@h,[h/main"),
    ("REDIS_URL", "redis+sentinel://:hidden-word@h"),
    ("CALLBACK_SECRETS", "hidden-word with spaces"),
    ("CALLBACK_SECRETS", "hidden-word/../x,other"),
    ("CALLBACK_NETWORKS", "300.1.2.3"),
    ("CALLBACK_NETWORKS", "10.0.0.1/8"),
    ("CALLBACK_NETWORKS", "10.0.0.0/8,example.org"),
    ("TRUSTED_PROXIES", "everybody"),
    ("HOP_DEADLINE", "soon"),
    ("HOP_DEADLINE", "0"),
    ("HOP_DEADLINE", "60"),
    ("HOP_DEADLINE", "nan"),
    ("HOP_DEADLINE", "inf"),
    ("SESSION_TTL", "10m"),
    ("SESSION_TTL", "59"),
    ("SESSION_TTL", "600.5"),
    ("RESUME_WINDOW", "-1"),
    ("STARTS_PER_HOUR", "0"),
    ("HOPS_IN_FLIGHT", "0"),
    ("DATABASE_POOL", "1e9"),
    ("LOG_LEVEL", "loud"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_clear_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(**{name: value})
    line = str(wrong.value)
    assert line.startswith(f"GUICHET_{name}: ")
    assert "\n" not in line
    assert len(line) > len(name) + 15
    assert "hidden-word" not in line
    assert wrong.value.__cause__ is None


@pytest.mark.parametrize(
    "keys", ["hidden-word", "k1:hidden-word", "k1:aGlkZGVu", f"{KEY},{KEY}", ",", ":dGVzdA==", "k 1:dGVzdA=="]
)
def test_wrong_keys_stop_the_assembly_without_being_quoted(keys: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        assemble(read(ENCRYPTION_KEYS=keys), {})
    line = str(wrong.value)
    assert line.startswith("GUICHET_ENCRYPTION_KEYS: ")
    assert "\n" not in line
    assert "hidden-word" not in line
    assert "aGlkZGVu" not in line


def test_a_number_is_told_its_bounds() -> None:
    with pytest.raises(SettingsError, match=r"^GUICHET_SESSION_TTL: must be a whole number between 60 and 3600$"):
        read(SESSION_TTL="10m")
    with pytest.raises(SettingsError, match=r"^GUICHET_HOP_DEADLINE: must be a number between 0\.5 and 9$"):
        read(HOP_DEADLINE="soon")
    with pytest.raises(SettingsError, match=r"^GUICHET_SPOOL_ENTRIES: must be a whole number between 1 and 10000000$"):
        read(SPOOL_ENTRIES="0")


def test_good_values_are_read() -> None:
    settings = read(
        CALLBACK_SECRETS=" one-secret-of-two , two-secret-of-two ",
        CALLBACK_NETWORKS="192.0.2.0/24, 2001:db8::/32,198.51.100.7",
        HOP_DEADLINE="3.5",
        LOG_LEVEL="DEBUG",
        SESSION_TTL="",
    )
    assert settings.callback_secrets == ("one-secret-of-two", "two-secret-of-two")
    assert [str(network) for network in settings.callback_networks] == [
        "192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"
    ]  # fmt: skip
    assert settings.hop_deadline == 3.5
    assert settings.log_level == "debug"
    assert settings.session_ttl == 600
    assert settings.database_url.startswith("postgresql+asyncpg://")


def test_an_unknown_name_is_warned_of_with_the_likeliest() -> None:
    environment = GOOD | {
        "GUICHET_HOP_DEADLIN": "3",
        "GUICHET_QQQQQQ_ZZZZZZ_XXXXXX": "1",
        "GUICHET_MINISTRY_VEMTAS_URL": "http://vemtas",
        "GUICHET_TEST_REQUIRE": "chromium",
        "OTHER_HOP_DEADLINE": "3",
    }
    _, warnings = Settings.read(environment, ("GUICHET_MINISTRY_VEMTAS_URL",))
    assert warnings == [
        "GUICHET_HOP_DEADLIN is not a setting; did you mean GUICHET_HOP_DEADLINE?",
        "GUICHET_QQQQQQ_ZZZZZZ_XXXXXX is not a setting",
    ]


def test_real_settings_are_served() -> None:
    read().require_real()


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_named(name: str) -> None:
    settings, _ = Settings.read({key: value for key, value in GOOD.items() if key != name})
    with pytest.raises(SettingsError, match=f"^{name} is not set$"):
        settings.require_real()


@pytest.mark.parametrize(
    "changed",
    [
        {"CALLBACK_SECRETS": "demo"},
        {"CALLBACK_SECRETS": "a-long-enough-secret-1,demo"},
        {"ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEYS},
        {"ENCRYPTION_KEYS": f"{KEY},{DEMO_ENCRYPTION_KEYS}"},
        {"ENCRYPTION_KEYS": "mine:" + DEMO_ENCRYPTION_KEYS.partition(":")[2]},
    ],
)
def test_the_demonstrations_secrets_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="known to everybody"):
        read(**changed).require_real()


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 16 characters"):
        read(CALLBACK_SECRETS="a-long-enough-secret-1,short").require_real()


def test_every_setting_has_a_parser_and_a_line_of_documentation() -> None:
    for item in dataclasses.fields(Settings):
        assert len(str(item.metadata["doc"])) > 10
        with pytest.raises(SettingsError) if item.name not in ("country", "encryption_keys") else _nothing():
            read(**{item.name.upper(): "?? not a value of anything ??"})


class _nothing:  # noqa: N801
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_serve_says_it_in_one_line_and_ends(tmp_path: Path) -> None:
    """The command itself, as an operator meets it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    environment |= GOOD | {"GUICHET_HOP_DEADLINE": "soon"}
    program = "import sys; from gateway.cli import main; sys.exit(main(['serve']))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert re.search(r"GUICHET_HOP_DEADLINE: ", lines[0])
    assert "hidden-word" not in done.stderr
