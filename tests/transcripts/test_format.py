"""The file format of transcripts: what is written is read back, and a file that cannot be read says where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.transcripts import parse as parse_as_stranger
from tests.transcripts.walk import name_of, transcripts
from ussd_menus.transcripts import Exchange, Transcript, TranscriptError, parse, write

ONE_LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)
ABOVE = st.builds(str.__add__, st.sampled_from("@#"), ONE_LINE)
EXCHANGES = st.builds(
    Exchange,
    typed=ONE_LINE,
    goes_on=st.booleans(),
    screen=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    name=st.from_regex(r"[a-z_]{0,12}", fullmatch=True),
    before=st.lists(ABOVE, max_size=2).map(tuple),
)
HEADERS = st.dictionaries(
    st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.from_regex(r"[!-~]([ -~]{0,10}[!-~])?", fullmatch=True), max_size=3
)
TRANSCRIPTS = st.builds(
    Transcript,
    headers=HEADERS,
    comments=st.lists(st.builds("#{}".format, ONE_LINE), max_size=2).map(tuple),
    exchanges=st.lists(EXCHANGES, max_size=4).map(tuple),
)


def _comments_stay_below_events(transcript: Transcript) -> Transcript:
    """A `#` line above the first input is a comment of the whole, unless an `@` line stands before it."""
    if not transcript.exchanges:
        return transcript
    first, *rest = transcript.exchanges
    before = tuple(sorted(first.before, key=lambda line: line.startswith("#")))
    if not any(line.startswith("@") for line in before):
        before = ()
    above = Exchange(first.typed, first.goes_on, first.screen, first.name, before)
    return Transcript(transcript.headers, transcript.comments, (above, *rest))


@given(TRANSCRIPTS.map(_comments_stay_below_events))
def test_what_is_written_is_read_back(transcript: Transcript) -> None:
    assert parse(write(transcript)) == transcript


@pytest.mark.parametrize("path", transcripts(), ids=name_of)
def test_the_files_are_as_they_would_be_written(path) -> None:
    text = path.read_text("utf-8")
    assert write(parse(text)) == text
    stranger = parse_as_stranger(path.parent.name, path.stem, text)
    assert stranger.inputs == parse(text).inputs


def test_a_file_that_cannot_be_read_says_where() -> None:
    with pytest.raises(TranscriptError, match=r"line 4"):
        parse("> *123#\nCON\n  Hello\nhello?\n")
    with pytest.raises(TranscriptError, match=r"nothing is typed after '@ clock \+1d'"):
        parse("> *123#\nEND\n  Bye\n\n@ clock +1d\n")


def test_names_of_screens_may_be_missing() -> None:
    [exchange] = parse("> *123#\nEND\n  Bye\n").exchanges
    assert exchange == Exchange("*123#", goes_on=False, screen="Bye")
