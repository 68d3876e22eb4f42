"""The ministries' electronic forms, as JSON Schema with titles in three languages."""

from typing import Any

Json = dict[str, Any]


def _in(az: str, en: str, fr: str) -> Json:
    return {"az": az, "en": en, "fr": fr}


def _field(kind: str, az: str, en: str, fr: str, **more: Any) -> Json:
    return {"type": kind, "title": en, "x-title": _in(az, en, fr), **more}


def _choice(az: str, en: str, fr: str, labels: Json, **more: Any) -> Json:
    return _field("string", az, en, fr, enum=list(labels), **{"x-labels": labels}, **more)


# Some letter, in any script; and what a browser, or a keypad's form, may know of such an answer.
_NAME: Json = {"pattern": r"\p{L}", "x-autocomplete": "name"}
_BORN: Json = {"format": "date", "formatMinimum": "1900-01-01", "x-autocomplete": "bday"}

_MARITAL = {
    "single": _in("Subay", "Single", "Célibataire"),
    "married": _in("Evli", "Married", "Marié(e)"),
    "divorced": _in("Boşanmış", "Divorced", "Divorcé(e)"),
    "widowed": _in("Dul", "Widowed", "Veuf ou veuve"),
}
_HOUSING = {
    "own": _in("Öz evi", "Own home", "Propriétaire"),
    "rented": _in("Kirayə", "Rented", "Locataire"),
    "relatives": _in("Qohumlarla", "With relatives", "Chez des proches"),
}
_RELATION = {
    "spouse": _in("Həyat yoldaşı", "Spouse", "Conjoint"),
    "child": _in("Uşaq", "Child", "Enfant"),
    "parent": _in("Valideyn", "Parent", "Parent"),
    "other": _in("Digər", "Other", "Autre"),
}
_MEMBER: Json = {
    "type": "object",
    "required": ["name", "birthDate", "relation", "monthlyIncome"],
    "properties": {
        "name": _field("string", "Adı", "First name", "Prénom", minLength=1, maxLength=30, **_NAME),
        "birthDate": _field("string", "Doğum tarixi", "Birth date", "Date de naissance", **_BORN),
        "relation": _choice("Kim olur", "Relation", "Lien", _RELATION),
        "monthlyIncome": _field(
            "number", "Aylıq gəliri, AZN", "Monthly income, AZN", "Revenu mensuel, AZN", minimum=0, maximum=99999
        ),
    },
}

SOCIAL_AID: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Targeted social aid",
    "x-title": _in("Ünvanlı sosial yardım", "Targeted social aid", "Aide sociale ciblée"),
    "required": ["fullName", "birthDate", "maritalStatus", "housing", "monthlyIncome", "hasDisability"],
    "properties": {
        "fullName": _field("string", "Ad və soyad", "Full name", "Nom complet", minLength=3, maxLength=30, **_NAME),
        "birthDate": _field("string", "Doğum tarixi", "Birth date", "Date de naissance", **_BORN),
        "maritalStatus": _choice("Ailə vəziyyəti", "Marital status", "Situation de famille", _MARITAL),
        "housing": _choice("Mənzil", "Housing", "Logement", _HOUSING),
        "monthlyIncome": _field(
            "number",
            "Aylıq gəliriniz, AZN",
            "Your monthly income, AZN",
            "Votre revenu mensuel, AZN",
            minimum=0,
            maximum=99999,
        ),
        "hasDisability": _field("boolean", "Əlilliyiniz var?", "Do you have a disability?", "Avez-vous un handicap?"),
        "householdMembers": {
            "type": "array",
            "title": "Household members",
            "x-title": _in("Ailə üzvləri", "Household members", "Membres du foyer"),
            "minItems": 0,
            "maxItems": 8,
            "items": _MEMBER,
        },
    },
}

# Outside what a keypad can answer, on purpose: a file to upload and an object within an object.
DISABILITY_EQUIPMENT: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Rehabilitation equipment",
    "x-title": _in("Reabilitasiya vasitəsi", "Rehabilitation equipment", "Équipement de réadaptation"),
    "required": ["certificate", "measurements"],
    "properties": {
        "certificate": _field(
            "string",
            "Arayış",
            "Certificate",
            "Certificat",
            contentEncoding="base64",
            contentMediaType="application/pdf",
        ),
        "measurements": {
            "type": "object",
            "title": "Measurements",
            "x-title": _in("Ölçülər", "Measurements", "Mesures"),
            "properties": {"height": _field("number", "Boy, sm", "Height, cm", "Taille, cm")},
        },
    },
}

VISA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Electronic visa",
    "x-title": _in("Elektron viza", "Electronic visa", "Visa électronique"),
    "required": ["fullName", "passport", "passportScan"],
    "properties": {
        "fullName": _field("string", "Ad və soyad", "Full name", "Nom complet", maxLength=60, **_NAME),
        "passport": _field("string", "Pasport nömrəsi", "Passport number", "Numéro de passeport", maxLength=12),
        "passportScan": _field(
            "string", "Pasport şəkli", "Passport scan", "Copie du passeport", contentEncoding="base64"
        ),
    },
}
