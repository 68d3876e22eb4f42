"""What the simulated ministries offer: services with their papers, fees, durations and forms."""

from dataclasses import dataclass
from typing import Any

from sandbox.ministries import eforms, eforms_hanoi
from sandbox.ministries.homes import AZERBAIJAN, VIETNAM, Home
from sandbox.ministries.references import CRIMINAL_RECORD, SOCIAL_AID, VISA, Numbering

Json = dict[str, Any]
Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a Registration building block. `by_post`: what is granted is brought to the applicant's address,
    and the fee is paid under a reference once it is handed in."""

    id: str
    code: str
    name: str
    description: str
    e_form_id: str
    e_form: Json
    numbering: Numbering
    papers: tuple[Words, ...]
    fee: str
    processing_days: int
    pays_by_card: bool = False
    home: Home = AZERBAIJAN
    by_post: bool = False

    def shown(self) -> Json:
        """GovStack's `service`; everything a citizen asks beforehand stands in `serviceBody`."""
        papers = [
            {"code": f"required_document.{language}", "value": paper[language]}
            for language in self.home.languages
            for paper in self.papers
        ]
        return {
            "id": self.id,
            "name": self.name,
            "version": "1",
            "type": "Public",
            "isExecutable": True,
            "isClosed": False,
            "description": self.description,
            "serviceBody": [
                *papers,
                *self._fee(),
                {"code": "processing_days", "value": str(self.processing_days)},
            ],
        }

    def _fee(self) -> list[Json]:
        """Nothing where the ministry keeps it to itself."""
        if not self.fee:
            return []
        return [{"code": "fee", "value": self.fee}, {"code": "fee_currency", "value": self.home.currency}]

    def e_form_item(self) -> Json:
        return {
            "eFormId": self.e_form_id,
            "name": self.e_form["title"],
            "description": self.description,
            "version": "1",
            "latest": True,
        }


_IDENTITY = {"az": "Şəxsiyyət vəsiqəsi", "en": "Identity card", "fr": "Carte d'identité"}
_PASSPORT = {"az": "Pasport", "en": "Passport", "fr": "Passeport"}
_PHOTO = {"az": "Foto 3x4", "en": "Photo 3x4", "fr": "Photo 3x4"}
_CERTIFICATE = {"az": "Həkim arayışı", "en": "Medical certificate", "fr": "Certificat médical"}

SOCIAL_AID_SERVICE = Service(
    id="4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01",
    code="social_aid",
    name="Targeted social aid",
    description="Monthly aid for families with a low income (demonstration)",
    e_form_id="a3e7d6c4-58b1-4f0e-8d92-7c6b5a4e3d01",
    e_form=eforms.SOCIAL_AID,
    numbering=SOCIAL_AID,
    papers=(_IDENTITY,),
    fee="0.00",
    processing_days=15,
    pays_by_card=True,
)
EQUIPMENT_SERVICE = Service(
    id="4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d02",
    code="rehabilitation_equipment",
    name="Rehabilitation equipment",
    description="Wheelchairs, prostheses and the like (demonstration)",
    e_form_id="a3e7d6c4-58b1-4f0e-8d92-7c6b5a4e3d02",
    e_form=eforms.DISABILITY_EQUIPMENT,
    numbering=SOCIAL_AID,
    papers=(_IDENTITY, _CERTIFICATE),
    fee="",
    processing_days=15,
)
VISA_SERVICE = Service(
    id="7b2e8d14-3c5f-4a96-8e71-5d9c0b4a6f01",
    code="visa",
    name="ASAN Visa",
    description="Electronic visa for visitors (demonstration)",
    e_form_id="b4f8e7d5-69c2-4a1f-9ea3-8d7c6b5f4e01",
    e_form=eforms.VISA,
    numbering=VISA,
    papers=(_PASSPORT, _PHOTO),
    fee="44.20",
    processing_days=3,
)
CRIMINAL_RECORD_SERVICE = Service(
    id="9d1c4b7e-2a60-4f38-b5d9-8e3f7a2c6b01",
    code="criminal_record",
    name="Phiếu lý lịch tư pháp",
    description="Certificate of the criminal record (demonstration)",
    e_form_id="c5a9f8e6-7ad3-4b20-8fb4-9e8d7c6a5f01",
    e_form=eforms_hanoi.CRIMINAL_RECORD,
    numbering=CRIMINAL_RECORD,
    papers=(
        {"vi": "Căn cước", "en": "Identity card"},
        {"vi": "Nơi cư trú và việc làm từ 14 tuổi", "en": "Where you lived and worked since the age of 14"},
    ),
    fee="200000",
    processing_days=10,
    home=VIETNAM,
    by_post=True,
)
MINISTRIES: dict[str, tuple[Service, ...]] = {
    "vemtas": (SOCIAL_AID_SERVICE, EQUIPMENT_SERVICE),
    "visa": (VISA_SERVICE,),
    "hanoi": (CRIMINAL_RECORD_SERVICE,),
}
