"""What people and ministries wrote in the invented month of messages (message_month.py)."""

from collections.abc import Mapping

# Places of azerbaijan beside the pack's own.
BANKS = [
    ("Demo Bank Nərimanov", "Nümunə küç. 12, Bakı"),
    ("Demo Bank Sumqayıt", "Nümunə meyd. 3, Sumqayıt"),
    ("Demo Bank Gəncə, 2 saylı filial", "Sınaq küç. 7, Kəpəz rayonu, Gəncə"),
    ("Qəbələ rayon mərkəzi (demo)", "28 May küçəsi 14, 1-ci mərtəbə, Qəbələ"),
]
# By what the slot is called, then by language.
SAID: Mapping[str, Mapping[str, list[str]]] = {
    "reason": {
        "az": [
            "Ailənin adambaşına gəliri ehtiyac meyarından yuxarıdır.",
            "Sənədlər vaxtında təqdim edilməyib.",
            "Müraciətdə göstərilən ünvan qeydiyyat ünvanı ilə uyğun gəlmir, yoxlama zamanı təsdiq edilməyib.",
        ],
        "en": [
            "The income of the family is above the limit.",
            "The documents were not handed in on time.",
            "The address in the application is not the registered one and could not be confirmed on a visit.",
        ],
        "fr": [
            "Le revenu de la famille est au-dessus du plafond.",
            "Les documents ne sont pas arrivés à temps.",
            "L'adresse de la demande n'est pas l'adresse enregistrée, et la visite ne l'a pas confirmée.",
        ],
        "ar": [
            "دخل الأسرة فوق الحد المسموح به.",
            "لم تصل الوثائق في الأجل المحدد.",
            "العنوان المذكور في الطلب ليس هو العنوان المسجل، ولم تؤكده الزيارة.",
        ],
        "wo": [
            "Xaalisu njaboot gi ëpp na li yoon tëral.",
            "Kayit yi ñëwuñu ci waxtu wi.",
            "Adres bi ci demande bi du bi ñu bind, te ziyaar bi dëggalul ko.",
        ],
        "vi": [
            "Thu nhập của gia đình cao hơn mức quy định.",
            "Giấy tờ nộp không đúng hạn.",
            "Địa chỉ trong đơn không phải địa chỉ đã đăng ký và không xác minh được khi đến thăm.",
        ],
    },
    "needs": {
        "az": ["Ailə tərkibi haqqında arayış", "Şəxsiyyət vəsiqəsinin surəti; gəlir haqqında arayış"],
        "en": ["A certificate of your household", "A copy of your ID card; a statement of income"],
        "fr": ["Un certificat de famille", "Une copie de la carte d'identité; une attestation de revenu"],
        "ar": ["شهادة عدد أفراد الأسرة", "نسخة من البطاقة الوطنية؛ شهادة الدخل"],
        "wo": ["Certificat de résidence", "Kopi carte d'identité; kayitu xaalis bi ngay jot"],
        "vi": ["Giấy xác nhận cư trú", "Bản sao thẻ căn cước; giấy xác nhận thu nhập"],
    },
}
# Who helps and for whom, by the pack, and in Arabic by the language: people and offices that do not exist.
AGENTS = {
    "azerbaijan": ["Aygün Nümunəyeva", "Elçin Sınaqzadə"],
    "morocco": ["Fatima Exemple", "Youssef Modèle"],
    "ar": ["فاطمة المثالي", "يوسف بنموذج"],
    "senegal": ["Awa Exemple", "Mamadou Modèle"],
    "vietnam": ["Nguyễn Thị Mẫu", "Trần Ví Dụ"],
}
OFFICES = {
    "azerbaijan": ["Demo icma mərkəzi", "Nümunə poçtu"],
    "morocco": ["Association Exemple", "Guichet Modèle"],
    "ar": ["جمعية المثال", "مكتب الخدمات"],
    "senegal": ["Espace Exemple", "Poste Modèle"],
    "vietnam": ["Bưu điện Mẫu", "Hội Ví Dụ"],
}
SCREENS = {
    "ar": "شهادة السكنى 41000019: قيد الدراسة.\n1 المزيد\n2 أين السحب\n0 رجوع\n00 البداية",
    "wo": "Certificat 41000019: ñu ngi koy xool.\n1 Li des\n2 Fan lañu koy jële\n0 Dellu\n00 Ci kaw",
    "vi": "Phiếu lý lịch tư pháp 41000019: đang xem xét.\n1 Xem thêm\n2 Nhận ở đâu\n0 Quay lại\n00 Trang đầu",
}
SCREEN = "Social aid 41000019: being examined.\n1 See more\n2 Where to collect\n0 Back\n00 Home"
