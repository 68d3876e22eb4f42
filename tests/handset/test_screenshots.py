"""Photographs of a transcript, and the contact sheet that shows them."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from sandbox.screenshots import Walk, contact_sheet, photograph_with
from sandbox.transcripts import parse, read_all

TEXT = """# A granted aid, looked up by the slip's number.
msisdn: +994501234501
network: 40001
language: en

> *123#
CON Dil / Language / Langue
1 Azerbaycanca
> 2
CON Guichet
> 1
CON note: a line that looks like a header
> 41000018
END Your social aid was granted
"""


def test_a_transcript_is_read_for_its_headers_and_inputs_only(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "granted.txt").write_text(TEXT, encoding="utf-8")
    [transcript] = read_all(tmp_path)
    assert (transcript.language, transcript.name) == ("en", "granted")
    assert transcript.headers == {"msisdn": "+994501234501", "network": "40001", "language": "en"}
    assert transcript.inputs == ("*123#", "2", "1", "41000018")
    assert parse("az", "x", "> *123#\n>\n> ").inputs == ("*123#", "", "")


@pytest.mark.chromium
async def test_every_screen_is_photographed(browser: Browser, handset_url: str, tmp_path: Path) -> None:
    walk = Walk(handset_url, "africastalking", "screen", tmp_path, "*123*6*2#", ("az", "en", "fr"))
    shots = await photograph_with(browser, walk, [parse("en", "granted", TEXT)])
    assert [shot.screen for shot in shots] == ["language", "home", "status_ask", "granted"]
    assert all((tmp_path / shot.file).read_bytes().startswith(b"\x89PNG") for shot in shots)
    assert not any(shot.warnings for shot in shots)
    sheet = contact_sheet(shots)
    assert sheet.count("<img") == 4
    assert "116 of 182 septets" in sheet
