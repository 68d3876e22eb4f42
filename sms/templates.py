"""Every text that is sent by SMS, and how it becomes words cut into parts."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from domain.digits import is_digits
from i18n.letters import Letters
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue, Text, TextError, Word
from i18n.translator import Translator
from services.alerts import AlertKind
from sms.harmless import harmless, harmless_lines, harmless_place
from sms.segments import ReferenceBits, segment
from sms.shortening import shortened, single_dots, spare
from sms.values import Encoding


@dataclass(frozen=True, slots=True)
class Template:
    """One text. `parts`: the most it may need, with every slot at its longest (`template_check`).

    `plain`: it may go in plain letters where the pack sends its language so. `two_way`: it asks for an answer, so it
    may only be sent from a sender that takes answers. `autofill`: it brings a code that telephones type by themselves.
    """

    text_id: str
    kinds: frozenset[AlertKind]
    parts: int = 2
    plain: bool = True
    two_way: bool = False
    autofill: bool = False


def _of(kind: AlertKind, *text_ids: str, parts: int = 2, two_way: bool = False) -> Iterable[Template]:
    return [Template(text_id, frozenset({kind}), parts, two_way=two_way) for text_id in text_ids]


_ABOUT_APPLICATIONS = frozenset(
    {
        AlertKind.RECEIVED,
        AlertKind.IN_REVIEW,
        AlertKind.ACTION_REQUIRED,
        AlertKind.GRANTED,
        AlertKind.REFUSED,
        AlertKind.READY_FOR_PICKUP,
        AlertKind.NOT_COLLECTED,
        AlertKind.DAYS_PASSED,
        AlertKind.TERM_ENDING,
    }
)
_ABOUT_VISITS = frozenset(
    {
        AlertKind.APPOINTMENT_BOOKED,
        AlertKind.APPOINTMENT_MOVED,
        AlertKind.APPOINTMENT_CANCELLED,
        AlertKind.APPOINTMENT_REMINDER,
    }
)

# The answers to keywords (sms/replies.py).
_ANSWERS = (
    "sms.reply_state",
    "sms.reply_pickup",
    "sms.reply_not_found",
    "sms.reply_bad_reference",
    "sms.reply_ask_reference",
    "sms.reply_ask_pickup",
    "sms.reply_too_many",
    "sms.reply_away",
    "sms.reply_help",
    "sms.reply_help_menu",
    "sms.reply_language",
    "sms.reply_languages",
    "sms.reply_wrong",
    "sms.reply_wrong_ask",
    "sms.reply_did_you_mean",
    "sms.reply_cancel_or_stop",
    "sms.reply_visit_dial",
    "sms.reply_unclear",
    "sms.reply_dial",
    "sms.reply_too_late",
    "sms.reply_last_word",
    "sms.reply_nothing_done",
    "sms.reply_in_hand",
    "sms.reply_sure_again",
    "sms.reply_away_again",
    "sms.reply_visit_coming",
    "sms.reply_visit_again",
    "sms.reply_visit_sure",
    "sms.reply_visit_gone",
    "sms.reply_pickup_again",
    "sms.reply_pickup_sure",
    "sms.reply_pickup_refused",
)

TEMPLATES: Mapping[str, Template] = {
    template.text_id: template
    for template in (
        *_of(AlertKind.RECEIVED, "sms.received", "sms.received_no_due"),
        *_of(AlertKind.IN_REVIEW, "sms.in_review", "sms.in_review_no_due"),
        *_of(AlertKind.ACTION_REQUIRED, "sms.action_required", "sms.action_required_no_detail"),
        *_of(AlertKind.GRANTED, "sms.granted_amount_until", "sms.granted_amount", "sms.granted_until", "sms.granted"),
        *_of(AlertKind.REFUSED, "sms.refused_reason", "sms.refused"),
        *_of(AlertKind.READY_FOR_PICKUP, "sms.ready_until", "sms.ready_from", "sms.ready"),
        *_of(AlertKind.READY_FOR_PICKUP, "sms.ready_no_address", "sms.ready_no_place"),
        *_of(AlertKind.NOT_COLLECTED, "sms.not_collected_until", "sms.not_collected", "sms.not_collected_no_place"),
        *_of(AlertKind.APPOINTMENT_BOOKED, "sms.visit_booked"),
        *_of(AlertKind.APPOINTMENT_MOVED, "sms.visit_moved"),
        *_of(AlertKind.APPOINTMENT_CANCELLED, "sms.visit_cancelled", "sms.visit_cancelled_by_office"),
        *_of(AlertKind.APPOINTMENT_REMINDER, "sms.visit_reminder"),
        *_of(AlertKind.APPOINTMENT_REMINDER, "sms.visit_reminder_ask", two_way=True),
        *_of(AlertKind.UNIT_COMING, "sms.unit_coming", "sms.unit_coming_at"),
        *_of(AlertKind.UNIT_COMING, "sms.unit_changed", "sms.unit_cancelled"),
        *_of(AlertKind.DAYS_PASSED, "sms.days_passed"),
        *_of(AlertKind.TERM_ENDING, "sms.term_ending"),
        *_of(AlertKind.SURVEY, "sms.survey_visit", "sms.survey_decision"),
        *_of(AlertKind.SURVEY, "sms.survey_visit_ask", "sms.survey_decision_ask", two_way=True),
        *_of(AlertKind.REPLY, "sms.reply_survey_next", two_way=True),
        *_of(AlertKind.REPLY, "sms.reply_survey_misread", "sms.reply_survey_over", parts=1, two_way=True),
        *_of(AlertKind.REPLY, "sms.reply_survey_thanks", "sms.reply_survey_stopped", parts=1),
        *_of(AlertKind.PROMISED, "notice.complaint_answered"),
        *_of(AlertKind.ACCOUNT, "sms.account_created", "sms.account_closed"),
        *_of(AlertKind.ACCOUNT, "sms.account_pin_changed", "sms.account_reset", "sms.account_numbers_changed"),
        *_of(AlertKind.ACCOUNT, "sms.account_email_changed"),
        Template("sms.code", frozenset({AlertKind.CODE}), parts=1, autofill=True),
        *_of(AlertKind.CONSENT, "sms.assist_code"),
        *_of(AlertKind.ACCOUNT, "sms.assist_receipt"),
        *_of(AlertKind.OPT_OUT, "sms.opted_out", "sms.opted_out_decisions", "sms.opted_in", two_way=True),
        *_of(AlertKind.OPT_OUT, "sms.opted_in_unlinked", two_way=True),
        # What a hop promised, where no alert says the same.
        *_of(AlertKind.PROMISED, "notice.state", "notice.not_found", "notice.no_answer", "notice.given_up"),
        *_of(AlertKind.PROMISED, "notice.too_many", "sms.pickup_until", "sms.pickup_from"),
        *_of(AlertKind.PROMISED, "notice.book_refused", "notice.move_refused", "notice.cancel_refused"),
        *_of(AlertKind.PROMISED, "notice.book_refused_reason", "notice.move_refused_reason"),
        *_of(AlertKind.PROMISED, "notice.cancel_refused_reason"),
        *_of(AlertKind.PROMISED, "notice.submit_refused", "notice.submit_refused_reason", "notice.submit_open_there"),
        *_of(AlertKind.PROMISED, "notice.amend_done", "notice.amend_refused", "notice.amend_refused_reason"),
        *_of(AlertKind.PROMISED, "notice.choose_pickup_done", "notice.choose_pickup_refused"),
        # A sensitive service is never named: its reasons, places and amounts are read with the PIN.
        Template("sms.sensitive_application", _ABOUT_APPLICATIONS),
        Template("sms.sensitive_visit", _ABOUT_VISITS),
        # The number may be another's by now: nothing but that there is something.
        Template("sms.stale", frozenset(AlertKind)),
        *_of(AlertKind.REPLY, "sms.reply_screen", "sms.reply_pickup_places", two_way=True),
        *_of(AlertKind.REPLY, *_ANSWERS, parts=1, two_way=True),
    )
}
# Texts that a pack brings for ministries with an API of their own (docs/messages.md).
MINISTRIES_OWN = "sms.notify_"
# The slot with the code, in texts that are `autofill`.
ONE_TIME = "one_time"
HIDDEN_SERVICE = Word("service.hidden")


def template_of(text_id: str, templates: Mapping[str, Template] = TEMPLATES) -> Template | None:
    """The row of a text; the texts of ministries, which the code cannot know, have one by rule."""
    if text_id.startswith(MINISTRIES_OWN):
        return Template(text_id, frozenset({AlertKind.NOTIFY}))
    return templates.get(text_id)


class Composed(Struct, frozen=True):
    """An SMS as words: the whole, and as it is cut. `units`: septets or UTF-16 code units."""

    text: str
    encoding: Encoding
    units: int
    parts: tuple[str, ...]


def autofill_line(app_domain: str, code: str) -> str:
    """The last line by which iOS and Android know the code and whose it is (WICG, origin-bound one-time codes).

    It is ours alone: no text of a catalog and no value from outside can bring a line break or a domain into an SMS.
    Empty where the pack names no domain, and for anything that is not a code of digits.
    """
    return f"\n@{app_domain} #{code}" if app_domain and is_digits(code) else ""


Safe: TypeAlias = Callable[[SlotValue], SlotValue]


class _Prepared(Struct, frozen=True):
    """All of one text in one language that does not depend on values. `safe`: what makes a slot's value harmless."""

    letters: Letters
    safe: Mapping[str, Safe]
    autofill: bool
    say: Callable[[Mapping[str, SlotValue]], str]


class Composer:
    """Makes messages of facts. Immutable in effect, so it may be shared by all tasks.

    `languages`: in which letters each language is sent (faithfully where it is not named). `code`: what is dialled
    for the menus, which fills every slot `code`. `hidden`: the words of services that are never named in an SMS.
    `app_domain`: for which codes are good, "" where there is no app. `longest`: parts that a text in a script of its
    own may need; what others wrote in it is cut to that.
    """

    def __init__(
        self,
        translator: Translator,
        languages: Mapping[str, Letters],
        code: str,
        hidden: Container[str] = frozenset(),
        templates: Mapping[str, Template] = TEMPLATES,
        reference_bits: ReferenceBits = 8,
        app_domain: str = "",
        longest: int = 2,
    ) -> None:
        self._translator = translator
        self._code = code
        self._hidden = hidden
        self._templates = templates
        self._bits = reference_bits
        self._app_domain = app_domain
        self._longest = longest
        # Arabic in Latin letters is no help to its reader, and Latin names inside it cost nothing more.
        self._plain = frozenset(
            spoken
            for spoken in translator.languages
            if languages.get(spoken) is Letters.PLAIN and not translator.language(spoken).rtl
        )
        self._prepared: dict[tuple[str, str, Letters | None], _Prepared] = {}

    def letters(self, text_id: str, language: str) -> Letters:
        """In which letters the text is sent. Raises `TextError` for a text without a row."""
        template = template_of(text_id, self._templates)
        if template is None:
            raise TextError(f"{text_id!r} is no text of an SMS (sms/templates.py)")
        return Letters.PLAIN if template.plain and language in self._plain else Letters.FAITHFUL

    def compose(
        self, text_id: str, values: Mapping[str, SlotValue], language: str, letters: Letters | None = None
    ) -> Composed:
        """The message in a language; `letters` to see it in others than it is sent in.

        Raises `TextError` where it cannot be said; nothing in the error names a value.
        """
        key = (text_id, language, letters)
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = self._prepare(*key)
        line = autofill_line(self._app_domain, str(values.get(ONE_TIME, ""))) if prepared.autofill else ""
        made = self._said(text_id, prepared.say(values), line)
        if len(made.parts) > self._longest and self.own_script(language, prepared.letters):
            excess = sum(map(len, made.parts[self._longest :]))
            slots, chosen, safe = self._translator.slots_of(text_id), prepared.letters, prepared.safe
            made_safe = {name: safe[name](value) if name in safe else value for name, value in values.items()}
            shorter = shortened(made_safe, slots, excess, lambda text, most: harmless(text, most, chosen, False))
            said = self._translator.render(Text(text_id, {"code": self._code, **shorter}), language, chosen)
            made = self._said(text_id, said, line)
        return made

    def own_script(self, language: str, letters: Letters) -> bool:
        """Whether a part holds 67 letters of the text, and no other letters would do."""
        return letters is Letters.FAITHFUL and bool(self._translator.language(language).in_latin)

    def at_most(self, text_id: str, language: str, letters: Letters) -> Composed:
        """The text with every slot at its longest and dearest, as far as `compose` would leave it so: samples, no
        words. Raises `TextError` for a text that is in no catalog."""
        text = self._translator.longest(text_id, language, letters) + self._code_line(text_id, "9" * 6)
        found = segment(text, self._bits)
        over = sum(map(len, found.parts[self._longest :])) if self.own_script(language, letters) else 0
        if over:
            text = text[: len(text) - min(over, spare(self._translator.slots_of(text_id)))]
            found = segment(text, self._bits)
        return Composed(text, found.encoding, found.units, found.parts)

    def _said(self, text_id: str, said: str, line: str) -> Composed:
        if not said or said.isspace():
            raise TextError(f"{text_id}: nothing to send")
        said = single_dots(said) + line
        found = segment(said, self._bits)
        return Composed(said, found.encoding, found.units, found.parts)

    def _code_line(self, text_id: str, code: str) -> str:
        template = template_of(text_id, self._templates)
        return autofill_line(self._app_domain, code) if template is not None and template.autofill else ""

    def _prepare(self, text_id: str, language: str, letters: Letters | None) -> "_Prepared":
        chosen = letters or self.letters(text_id, language)
        template = template_of(text_id, self._templates)
        slots = self._translator.slots_of(text_id)
        safe = {name: made_safe for name, slot in slots.items() if (made_safe := self._for(slot, chosen))}
        return _Prepared(
            chosen,
            safe,
            template is not None and template.autofill,
            self._translator.saying(text_id, language, chosen, {"code": self._code}, safe),
        )

    def _for(self, slot: SlotType, letters: Letters) -> Safe | None:
        if slot.kind is Kind.WORD:
            return self._unnamed if slot.prefix == "service." else None
        if slot.kind in (Kind.TEXT, Kind.CODE):
            ascii_only = slot.kind is Kind.CODE
            # Places are the same for many, and to remember them keeps no trace of a person.
            made = harmless_place if slot.public else harmless
            return lambda value: made(value, slot.longest, letters, ascii_only) if type(value) is str else value
        if slot.kind is Kind.LINES:
            return lambda value: harmless_lines(value, letters) if type(value) is str else value
        return None

    def _unnamed(self, value: SlotValue) -> SlotValue:
        id = value.id if isinstance(value, Word) else f"service.{str(value).removeprefix('service.')}"
        return HIDDEN_SERVICE if id in self._hidden else value
