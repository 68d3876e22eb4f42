"""Records as the API shows them."""

from tests.afternoon.regie.data import PIECES, STATUTS, TYPES, Agence, Change, Client, Demande, Event, Rdv
from tests.afternoon.regie.formats import amount, iso, short
from tests.afternoon.regie.store import Slot
from tests.afternoon.regie.web import Fields


def request_line(demande: Demande) -> Fields:
    """A request in a list."""
    return {
        "numero": demande.numero,
        "type": demande.type,
        "statut": demande.statut,
        "date_depot": short(demande.historique[0].quand),
        "date_maj": iso(demande.historique[-1].quand),
    }


def _event(event: Event) -> Fields:
    return {
        "date": iso(event.quand),
        "statut": event.statut,
        "agent": event.agent,
        "commentaire": event.commentaire or None,
    }


def _piece(code: str) -> Fields:
    fr, ar = PIECES[code]
    return {"code": code, "libelle": {"fr": fr, "ar": ar}}


def request_full(demande: Demande, client: Client) -> Fields:
    """A request by itself."""
    return {
        **request_line(demande),
        "type_libelle": TYPES[demande.type],
        "statut_libelle": STATUTS[demande.statut],
        "client": {
            "code": client.code,
            "nom": client.nom,
            "telephone": client.telephone,
            "langue": client.langue,
        },
        "adresse": demande.adresse,
        "quartier": demande.quartier,
        "agence": demande.agence,
        "montant_devis": amount(demande.montant),
        "devise": "MAD",
        "pieces_manquantes": [_piece(code) for code in demande.manquantes],
        "historique": [_event(event) for event in demande.historique],
        "rdv": demande.rdv,
    }


def slot(free: Slot) -> Fields:
    """A free slot."""
    return {"id": free.id, "debut": iso(free.debut), "fin": iso(free.fin)}


def visit(rdv: Rdv) -> Fields:
    """A visit."""
    return {
        "id": rdv.id,
        "demande": rdv.demande,
        "statut": rdv.statut,
        "creneau": rdv.creneau,
        "debut": iso(rdv.debut),
        "fin": iso(rdv.fin),
        "commentaire": rdv.commentaire or None,
        "cree_le": short(rdv.cree),
        "date_maj": iso(rdv.maj),
    }


def agency(agence: Agence) -> Fields:
    """An agency with its hours."""
    return {
        "code": agence.code,
        "nom": agence.nom,
        "nom_ar": agence.nom_ar,
        "adresse": agence.adresse,
        "quartier": agence.quartier,
        "telephone": agence.telephone,
        "horaires_texte": agence.horaires_texte,
        "horaires": [{"jour": day, "ouvre": opens, "ferme": closes} for day, opens, closes in agence.horaires],
    }


def change(line: Change) -> Fields:
    """A line of the journal."""
    return {
        "quand": iso(line.quand),
        "objet": line.objet,
        "reference": line.reference,
        "nature": line.nature,
        "avant": line.avant,
        "apres": line.apres,
    }
