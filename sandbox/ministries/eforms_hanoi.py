"""Hanoi's electronic form of the criminal record, as JSON Schema: who, where she lived, where she worked since 14."""

from typing import Any

Json = dict[str, Any]


def _in(vi: str, en: str) -> Json:
    return {"vi": vi, "en": en}


def _field(kind: str, vi: str, en: str, **more: Any) -> Json:
    return {"type": kind, "title": vi, "x-title": _in(vi, en), **more}


def _several(vi: str, en: str, most: int, properties: Json) -> Json:
    item = {"type": "object", "required": list(properties), "properties": properties}
    return {"type": "array", "title": vi, "x-title": _in(vi, en), "minItems": 1, "maxItems": most, "items": item}


_PURPOSE = {
    "work": _in("Xin việc", "For work"),
    "study": _in("Đi học", "For studies"),
    "abroad": _in("Đi nước ngoài", "To go abroad"),
    "other": _in("Việc khác", "Other"),
}
# Nobody lived or worked anywhere before being born: not before what is answered there.
_FROM = _field("string", "Từ ngày", "From which day", format="date", formatMinimum={"$data": "/birthDate"})

CRIMINAL_RECORD: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Phiếu lý lịch tư pháp",
    "x-title": _in("Phiếu lý lịch tư pháp", "Criminal record"),
    "required": ["fullName", "birthDate", "birthPlace", "purpose", "residences", "jobs", "deliveryAddress"],
    "properties": {
        "fullName": _field("string", "Họ và tên", "Full name", minLength=3, maxLength=40, pattern=r"\p{L}"),
        "birthDate": _field("string", "Ngày sinh", "Birth date", format="date", formatMinimum="1900-01-01"),
        "birthPlace": _field("string", "Nơi sinh: tỉnh, thành phố", "Province of birth", minLength=2, maxLength=40),
        "purpose": _field(
            "string", "Dùng để làm gì?", "What is it for?", enum=list(_PURPOSE), **{"x-labels": _PURPOSE}
        ),
        "residences": _several(
            "Nơi cư trú từ khi 14 tuổi",
            "Where you lived since the age of 14",
            8,
            {
                "address": _field(
                    "string", "Nơi cư trú từ khi 14 tuổi", "Where you lived since 14", minLength=3, maxLength=80
                ),
                "from": _FROM,
            },
        ),
        "jobs": _several(
            "Nghề nghiệp, nơi làm việc từ khi 14 tuổi",
            "What you did, and where, since the age of 14",
            8,
            {
                "occupation": _field("string", "Nghề nghiệp từ khi 14 tuổi", "What you did since 14", maxLength=40),
                "workplace": _field("string", "Nơi làm việc hoặc trường", "Place of work or school", maxLength=60),
                "from": _FROM,
            },
        ),
        "deliveryAddress": _field(
            "string",
            "Địa chỉ nhận kết quả qua bưu điện",
            "Address for the post to bring it to",
            minLength=5,
            maxLength=80,
        ),
    },
}
