"""A small menu, its words and its use cases, for the tests of the menu language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar

import i18n
from domain.money import Money
from domain.outcomes import Item, Outcome
from i18n.text import Word
from i18n.translator import Translator
from services.caller import SECRET
from services.values import FieldKind, Form, FormField
from ussd_menus.check import CheckReport, check
from ussd_menus.loader import load_sources
from ussd_menus.networks import Network
from ussd_menus.use_case_shapes import shapes_of
from ussd_menus.values import Menu

MAIN = """
journey: main
defaults: {failed: sorry}
screens:
  home:
    choice: home.title
    options:
      1: {text: home.status, goto: status_ask}
      2: {text: home.mine, goto: mine}
      3: {text: home.apply, goto: open_form}
      4: {text: home.account, goto: account_menu, when: account}
      5: {text: home.create, goto: goodbye, when: no account}
  language:
    choice: language.choose
    options:
      1: {text: language.en, set: {language: en}, goto: speak}
  sorry: {show: sorry.why, pages: 3}
  account_menu: {show: home.account}
  goodbye: {end: end.goodbye}
calls:
  welcome:
    use: accounts.recognise
    outcomes: {new_caller: language, known_caller: home}
  speak:
    use: accounts.choose_language
    with: {language: language}
    outcomes: {language_chosen: home}
"""

STATUS = """
journey: status
depth: 4
defaults:
  failed: sorry
  pin_needed: {first: pin}
screens:
  status_ask: {ask: status.ask, answer: reference, invalid: status.bad, save: reference, then: find}
  not_found:
    show: status.not_found
    options: {1: {text: status.again, goto: status_ask}}
  granted:
    show: status.granted
    pages: 2
    options: {1: {text: status.choose, goto: confirm_choice}}
  my_list: {list: mine.title, items: applications, each: mine.entry, save: reference, then: find, pages: 97}
  confirm_choice:
    confirm: status.confirm
    yes: {goto: choose}
    no: {goto: find}
  chosen: {show: status.chosen}
  pin: {ask: pin.ask, answer: pin, invalid: pin.bad, then: verify}
calls:
  find:
    use: applications.find
    with: {reference: reference}
    outcomes:
      not_found: not_found
      malformed: {goto: status_ask, note: status.bad}
      granted: granted
  mine:
    use: applications.mine
    outcomes: {applications: my_list}
  choose:
    use: applications.choose
    with: {reference: reference, confirm: confirm}
    outcomes: {chosen: chosen}
  verify:
    use: accounts.verify_pin
    outcomes: {pin_right: return, pin_wrong: {goto: pin, note: pin.wrong}}
"""

APPLY = """
journey: apply
defaults: {failed: sorry}
screens:
  form: {form: form, answers: answers, each_answer: keep, then: confirm_form}
  confirm_form:
    confirm: form.sure
    reads: {form: form, answers: answers}
    yes: {goto: submit}
    no: {goto: form}
  submitted: {end: end.goodbye}
calls:
  open_form:
    use: apply.begin
    outcomes: {form_opened: form}
  keep:
    use: apply.keep
    with: {answers: answers}
    outcomes: {kept: return, failed: return}
  submit:
    use: apply.submit
    with: {answers: answers, confirm: confirm}
    outcomes: {submitted: submitted}
"""

SOURCES = {"main.yaml": MAIN, "status.yaml": STATUS, "apply.yaml": APPLY}

# id: (slots, English, Arabic). Long Arabic texts are where screens burst.
WORDS: dict[str, tuple[str, str, str]] = {
    "home.title": ("", "Welcome", "مرحبا"),
    "home.status": ("", "My application", "طلبي"),
    "home.mine": ("", "All of mine", "كل طلباتي"),
    "home.apply": ("", "Apply", "تقديم"),
    "home.account": ("", "Account", "حساب"),
    "home.create": ("", "Create", "إنشاء"),
    "language.choose": ("", "Language", "اللغة"),
    "language.en": ("", "English", "إنجليزي"),
    "sorry.why": ("reason: word/error", "Sorry: {reason}", "عذرا: {reason}"),
    "error.ours": ("", "our mistake", "خطأ منا"),
    "end.goodbye": ("", "Goodbye", "وداعا"),
    "status.ask": ("", "Number on your slip?", "رقم؟"),
    "status.bad": ("", "That is no number of ours.", "ليس رقما"),
    "status.not_found": ("", "Not found", "غير موجود"),
    "status.again": ("", "Try again", "حاول"),
    "status.granted": ("service: word/service, amount: money", "{service}: {amount}", "{service}: {amount}."),
    "status.choose": ("", "Change", "تغيير"),
    "status.confirm": ("service: word/service", "Change {service}?", "تغيير {service}؟"),
    "status.chosen": ("", "Done", "تم"),
    "service.aid": ("", "Social aid", "مساعدة"),
    "mine.title": ("", "Yours", "لك"),
    "mine.entry": ("reference: reference", "No {reference}", "رقم {reference}"),
    "pin.ask": ("", "PIN?", "رمز؟"),
    "pin.bad": ("", "Six digits", "ستة"),
    "pin.wrong": ("tries: tries", "Wrong, {tries} left", "خطأ {tries}"),
    "form.sure": ("", "Send it?", "إرسال؟"),
    "confirm.yes": ("", "Yes", "نعم"),
    "confirm.no": ("", "No", "لا"),
    "nav.back": ("", "Back", "رجوع"),
    "nav.home": ("", "Home", "بداية"),
    "nav.more": ("", "More", "مزيد"),
    "nav.invalid": ("", "Not an option", "خطأ"),
    "nav.keys": ("", "Not a key here", "خطأ هنا"),
    "form.progress": ("count: count, total: count", "{count}/{total}", "{count} / {total}"),
    "form.question": ("question: sentence", "{question}?", "{question}؟"),
    "form.entry": ("group: sentence, entry: count", "{group} {entry}", "{group} رقم {entry}"),
    "form.choice": ("choice: label", "{choice}.", "{choice}،"),
    "form.told": ("question: sentence, answer: paragraph", "{question} {answer}", "{question} {answer}."),
    "form.told_day": ("question: sentence, day: date", "{question} {day}", "{question} {day}."),
    "form.told_entry": ("group: sentence, entry: count", "{group} ({entry}):", "{group} رقم {entry}:"),
    "form.kept": ("answer: label", "Now: {answer}. Keep: send .", "الآن {answer}"),
    **{
        f"form.{name}": ("", name, f"{name} نص")
        for name in (
            "skip",
            "date_hint",
            "number_hint",
            "add_another",
            "yes",
            "no",
            "bad_number",
            "bad_date",
            "bad_choice",
            "required",
            "too_long",
            "too_short",
            "too_early",
            "too_late",
            "no_such_day",
            "no_letter",
            "which",
            "which_none",
            "hidden",
        )
    },
    "form.before": ("question: sentence, day: date", "Before {question}: {day}", "قبل {question}: {day}"),
    "form.after": ("question: sentence, day: date", "After {question}: {day}", "بعد {question}: {day}"),
    "form.too_small": ("least: count", "At least {least}", "على الأقل {least}"),
    "form.too_big": ("most: count", "At most {most}", "على الأكثر {most}"),
}

_AGE = FormField("age", FieldKind.NUMBER, "Age", minimum=1, maximum=90)
FORM = Form(
    "aid",
    "Aid",
    (
        FormField("name", FieldKind.STRING, "Your name"),
        FormField("size", FieldKind.NUMBER, "How many", minimum=0, maximum=98),
        FormField("born", FieldKind.DATE, "Born on", required=False),
        FormField("home", FieldKind.CHOICE, "Where", choices=(("a", "Flat"), ("b", "House"))),
        FormField("work", FieldKind.YES_NO, "Do you work"),
        FormField("kids", FieldKind.GROUP, "Children", required=False, fields=(_AGE,)),
    ),
)  # fmt: skip


def _outcome(name: str, markers: dict[str, bool] | None = None, **fields: object) -> type[Outcome]:
    body = {"__annotations__": {**fields, **dict.fromkeys(markers or {}, ClassVar[bool])}, **(markers or {})}
    return dataclass(frozen=True)(type(name, (Outcome,), body))


NewCaller = _outcome("NewCaller")
KnownCaller = _outcome("KnownCaller", language=str, account=bool)
LanguageChosen = _outcome("LanguageChosen", {"speaks": True}, language=str)
NotFound = _outcome("NotFound")
Malformed = _outcome("Malformed")
PinNeeded = _outcome("PinNeeded")
Granted = _outcome("Granted", service=Word, amount=Money, until=date)
Applications = _outcome("Applications", applications=tuple[Item, ...])
Chosen = _outcome("Chosen", {"commits": True})
PinRight = _outcome("PinRight", {"proves_pin": True})
PinWrong = _outcome("PinWrong", tries=int)
FormOpened = _outcome("FormOpened", form=Form, answers=dict[str, object])
Kept = _outcome("Kept")
Submitted = _outcome("Submitted", {"commits": True})


async def recognise(desk: object, caller: object) -> NewCaller | KnownCaller: ...  # type: ignore[valid-type]
async def choose_language(desk: object, caller: object, language: str) -> LanguageChosen: ...  # type: ignore[valid-type]
async def find(desk: object, caller: object, reference: str) -> NotFound | Malformed | PinNeeded | Granted: ...  # type: ignore[valid-type]
async def mine(desk: object, caller: object) -> Applications | PinNeeded: ...  # type: ignore[valid-type]
async def choose(desk: object, caller: object, reference: str, confirm: str) -> Chosen: ...  # type: ignore[valid-type]
async def verify_pin(desk: object, caller: object, pin: Annotated[str, SECRET]) -> PinRight | PinWrong: ...  # type: ignore[valid-type]
async def begin(desk: object, caller: object) -> FormOpened: ...  # type: ignore[valid-type]
async def keep(desk: object, caller: object, answers: dict[str, object]) -> Kept: ...  # type: ignore[valid-type]
async def submit(desk: object, caller: object, answers: dict[str, object], confirm: str) -> Submitted: ...  # type: ignore[valid-type]


USE_CASES = {
    "accounts.recognise": recognise,
    "accounts.choose_language": choose_language,
    "accounts.verify_pin": verify_pin,
    "applications.find": find,
    "applications.mine": mine,
    "applications.choose": choose,
    "apply.begin": begin,
    "apply.keep": keep,
    "apply.submit": submit,
}
SHAPES = shapes_of(USE_CASES)
NETWORKS = (Network("40001", "Azercell"),)


def menu(**changes: str) -> Menu:
    """The small menu, some of its files put differently: `main="journey: …"`."""
    return load_sources({**SOURCES, **{f"{name}.yaml": text for name, text in changes.items()}})


def translator(folder: Path, languages: Iterable[str] = ("en", "ar"), **more: tuple[str, str, str]) -> Translator:
    """The small menu's words, read from files as the real ones are. `more`: `status__new=(slots, en, ar)`."""
    words = {**WORDS, **{name.replace("__", "."): text for name, text in more.items()}}
    locales = folder / "locales"
    locales.mkdir(parents=True, exist_ok=True)
    declared = [f"{id}: {{slots: {{{slots}}}}}" if slots else f"{id}: {{}}" for id, (slots, _, _) in words.items()]
    (folder / "messages.yaml").write_text("\n".join(declared), "utf-8")
    # The samples have no Latin spelling of their Arabic: what a check finds in one, it finds in both.
    for place, language in ((1, "en"), (2, "ar"), (2, "ar_Latn")):
        head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        texts = "\n".join(f'msgid "{id}"\nmsgstr "{text[place]}"\n' for id, text in words.items())
        (locales / f"{language}.po").write_text(f"{head}\n{texts}", "utf-8")
    return i18n.load([folder], tuple(languages))


def report(folder: Path, small: Menu, **more: tuple[str, str, str]) -> CheckReport:
    """The static check of a menu with the small menu's words and use cases."""
    return check(small, SHAPES, translator(folder, **more), NETWORKS, ("en", "ar"))


def messages(found: CheckReport) -> list[str]:
    return [str(finding) for finding in found.findings]
