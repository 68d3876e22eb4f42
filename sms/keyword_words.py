"""The shared words of keywords, in the languages that Guichet meets: packs add their own and take none away.

Opt-out words are understood in every language whatever a pack speaks. None of these has been read by a native speaker
yet, except that the opt-out words are the customary ones. Spellings are folded before they are compared, so "Dừng"
(Vietnamese: stop) and "Đúng" (right) would be one word: neither is here.
"""

from collections.abc import Mapping
from enum import StrEnum


class Intent(StrEnum):
    """What a keyword asks for. `CANCEL` are the words that may mean a visit or the messages: they only ask back."""

    STATUS = "status"
    PICKUP = "pickup"
    HELP = "help"
    LANGUAGE = "language"
    STOP = "stop"
    START = "start"
    WRONG = "wrong"
    MENU = "menu"
    CANCEL = "cancel"


Spellings = Mapping[str, tuple[str, ...]]
"""Language to spellings, the one to show first."""

# "ar", "az", "en", "fr", "ru", "vi", "wo": the first spelling of a language is the one that we show.
KEYWORDS: Mapping[Intent, Spellings] = {
    Intent.STATUS: {
        "ar": ("حالة", "حالة الطلب", "وضع الطلب"),
        "az": ("STATUS", "vəziyyət", "müraciət"),
        "en": ("STATUS", "state", "track"),
        "fr": ("STATUT", "état", "suivi", "dossier"),
        "vi": ("trạng thái", "tình trạng", "hồ sơ"),
    },
    Intent.PICKUP: {
        "ar": ("استلام",),
        "az": ("KART", "götür", "götürmək", "təhvil"),
        "en": ("PICKUP", "pick up", "collect"),
        "fr": ("RETRAIT", "retirer"),
        "vi": ("nhận thẻ",),
    },
    Intent.HELP: {
        "ar": ("مساعدة",),
        "az": ("KOMEK", "kömək", "yardım"),
        "en": ("HELP", "info"),
        "fr": ("AIDE", "aidez", "infos"),
        "vi": ("trợ giúp", "giúp"),
        "wo": ("ndimbal",),
    },
    Intent.LANGUAGE: {
        "ar": ("لغة",),
        "az": ("DIL",),
        "en": ("LANG", "language"),
        "fr": ("LANGUE",),
        "vi": ("ngôn ngữ",),
        "wo": ("làkk",),
    },
    Intent.STOP: {
        "ar": ("توقف", "إيقاف", "أوقف", "إلغاء الاشتراك"),
        "az": ("STOP", "dayan", "dayandır", "dayandırın"),
        "en": (
            "STOP", "stopall", "stop all", "stop messages", "stop sms", "unsubscribe", "quit", "revoke", "optout",
            "opt out", "remove me",
        ),
        "fr": ("STOP", "arrêt", "arrêter", "arrêtez", "désabonner", "désinscrire"),
        "ru": ("стоп", "отписка", "отписаться"),
        "vi": ("từ chối", "hủy đăng ký"),
        "wo": ("taxaw", "bàyyi"),
    },
    Intent.START: {
        "ar": ("ابدأ", "اشتراك"),
        "az": ("START", "başla", "yenidən başla"),
        "en": ("START", "unstop", "subscribe"),
        "fr": ("START", "reprendre", "reprise"),
        "vi": ("bắt đầu", "đăng ký"),
    },
    Intent.WRONG: {
        "ar": ("رقم خاطئ",),
        "az": ("SEHV", "səhv nömrə", "yanlış", "yanlış nömrə", "mən deyil", "mən deyiləm"),
        "en": ("WRONG", "wrong number", "wrong person", "not me", "not my number"),
        "fr": ("FAUX", "faux numéro", "mauvais numéro", "erreur", "pas moi", "ce n'est pas moi"),
        "vi": ("sai số", "nhầm số"),
    },
    Intent.MENU: {
        "ar": ("قائمة",),
        "az": ("MENU", "menyu"),
        "en": ("MENU",),
        "fr": ("MENU",),
        "vi": ("MENU",),
        "wo": ("MENU",),
    },
    # Our own texts say "2 để hủy" and "2 للإلغاء" of a visit.
    Intent.CANCEL: {
        "ar": ("إلغاء",),
        "az": ("ləğv", "ləğv et"),
        "en": ("CANCEL", "end"),
        "fr": ("ANNULER", "fin"),
        "vi": ("hủy",),
    },
}  # fmt: skip

YES: Spellings = {
    "ar": ("نعم", "أيوه"),
    "az": ("bəli", "hə", "həə"),
    "en": ("yes", "yeah", "ok", "okay"),
    "fr": ("oui", "ouais", "d'accord"),
    "vi": ("vâng", "có"),
    "wo": ("waaw",),
}
NO: Spellings = {
    "ar": ("لا",),
    "az": ("xeyr", "yox"),
    "en": ("no", "nope"),
    "fr": ("non",),
    "vi": ("không",),
    "wo": ("déedéet",),
}
COURTESIES: tuple[str, ...] = (
    "please", "pls", "plz", "thanks", "thank you", "svp", "stp", "s'il vous plaît", "s'il te plaît", "merci", "xahiş",
    "xahiş edirəm", "zəhmət olmasa", "sağ ol", "təşəkkür", "من فضلك", "شكرا", "làm ơn", "jërëjëf",
)  # fmt: skip
"""Words that may follow any keyword and change nothing."""

LANGUAGE_NAMES: Spellings = {
    "ar": (
        "ar", "العربية", "al-arabiya", "عربية", "عربي", "بالعربية", "arabic", "arabe", "en arabe", "in arabic", "ara",
        "l3arbiya", "darija", "ərəbcə",
    ),
    "az": (
        "az", "Azərbaycanca", "azərbaycan", "azərbaycan dili", "azərbaycan dilində", "azeri", "azerbaijani", "azéri",
        "aze",
    ),
    "en": (
        "en", "English", "in english", "anglais", "en anglais", "ingilis", "ingiliscə", "ingilis dili",
        "ingilis dilində", "tiếng anh", "الإنجليزية", "إنجليزية", "àngale", "eng",
    ),
    "fr": (
        "fr", "Français", "en français", "french", "in french", "fransız", "fransızca", "fransız dili",
        "fransız dilində", "tiếng pháp", "الفرنسية", "فرنسية", "بالفرنسية", "farañse", "fra", "fre",
    ),
    "vi": ("vi", "Tiếng Việt", "vietnamese", "in vietnamese", "vietnamien", "vie"),
    "wo": ("wo", "Wolof", "ci wolof", "en wolof", "in wolof", "ouolof", "walaf", "wol"),
}  # fmt: skip
"""Its two letters, its name as it writes it itself, that in Latin letters, and what else it is called. Two and three
letters are heard after LANG only: "en" and "vie" are words."""
