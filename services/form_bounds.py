"""What a form may be answered with by the calendar: nobody is born tomorrow, or lives for ever. Pure."""

from dataclasses import replace
from datetime import date

from services.values import Form, FormField, Holds

# The longest life on record is of 122 years.
LONGEST_LIFE = 125


def within_life(form: Form, today: date) -> Form:
    """The form, its birth dates bounded by a life; where its ministry bounds them closer, that stands."""
    return replace(form, fields=_bounded(form.fields, date(today.year - LONGEST_LIFE, 1, 1), today))


def _bounded(fields: tuple[FormField, ...], earliest: date, today: date) -> tuple[FormField, ...]:
    return tuple(
        replace(
            field,
            earliest=max(field.earliest or earliest, earliest),
            latest=min(field.latest or today, today),
        )
        if field.holds is Holds.BIRTH
        else replace(field, fields=_bounded(field.fields, earliest, today))
        if field.fields
        else field
        for field in fields
    )
