"""The texts of SMS, proven before anything is sent: each fits its parts, holds no link, and promises no reply."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from i18n.letters import Letters
from i18n.links import has_link
from i18n.translator import Translator
from sms.templates import MINISTRIES_OWN, TEMPLATES, Composer, Template, template_of

# What catalogs call the texts of this channel.
PREFIX = "sms."
_asks_for_a_reply = re.compile(r"\b(STOP|START)\b").search


@dataclass(frozen=True, slots=True)
class Finding:
    """One text that may not be sent so. `language` is "" where it is the same in all."""

    text_id: str
    language: str
    why: str

    def __str__(self) -> str:
        return f"{self.text_id}{f' ({self.language})' if self.language else ''}: {self.why}"


def check(
    translator: Translator,
    languages: Iterable[str],
    letters: Mapping[str, Letters],
    most: int = 2,
    templates: Mapping[str, Template] = TEMPLATES,
    app_domain: str = "",
) -> list[Finding]:
    """Everything that is wrong, at once. `letters`: in which each language is sent; `most`: parts that any may need,
    and that every text of a language in a script of its own may; `app_domain`: what the last line of a code names.

    Every slot is filled with the longest and dearest that its type lets through, and in a script of its own cut as the
    composer cuts.
    """
    composer = Composer(translator, letters, code="", templates=templates, app_domain=app_domain, longest=most)
    findings = _rows(translator, templates, most)
    for template in rows(translator, templates):
        for language in languages:
            chosen = composer.letters(template.text_id, language)
            longest = translator.longest(template.text_id, language, chosen)
            found = composer.at_most(template.text_id, language, chosen)
            # A part holds 153 plain letters and 67 Arabic ones: what a row declares is for the former.
            allowed = max(template.parts, most) if composer.own_script(language, chosen) else template.parts
            if len(found.parts) > allowed:
                needs = f"{found.units} units of {found.encoding} in {chosen} letters at its longest"
                why = f"{needs}: {len(found.parts)} parts, declared are {allowed}"
                findings.append(Finding(template.text_id, language, why))
            if has_link(longest):
                findings.append(Finding(template.text_id, language, "holds what a telephone may take for a link"))
            if not template.two_way and _asks_for_a_reply(longest):
                findings.append(Finding(template.text_id, language, "asks for a reply, but is not declared two_way"))
    return findings


def rows(translator: Translator, templates: Mapping[str, Template] = TEMPLATES) -> list[Template]:
    """The rows of the texts that the catalogs have, those of ministries last."""
    declared = list(translator.ids())
    own = [row for text_id in declared if text_id.startswith(MINISTRIES_OWN) and (row := template_of(text_id))]
    return [row for row in templates.values() if translator.has(row.text_id)] + own


def _rows(translator: Translator, templates: Mapping[str, Template], most: int) -> list[Finding]:
    """Texts without a row, rows without a text, rows that allow themselves too much."""
    findings = [
        Finding(text_id, "", "has no row in sms/templates.py")
        for text_id in translator.ids()
        if text_id.startswith(PREFIX) and template_of(text_id, templates) is None
    ]
    for row in templates.values():
        if not translator.has(row.text_id):
            findings.append(Finding(row.text_id, "", "is in no catalog"))
        if row.parts > most:
            findings.append(Finding(row.text_id, "", f"declares {row.parts} parts, more than the pack's {most}"))
    return findings
