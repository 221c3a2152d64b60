"""Records of every kind, as many as a whole country might publish: the same ones each time."""

import random

from federation import ROOT

SEED = 20260000
TOPICS = ("devis", "factures", "clients", "pannes", "recrutement", "paperasse", "énergie", "qualité", "stocks", "tournées")
TRADES = ("boulangerie", "garage", "atelier de mécanique", "cabinet comptable", "restaurant", "imprimerie", "exploitation agricole")
FUNCTIONS = ("creation", "production", "vente", "logistique", "rh", "administration", "transition_eco", "transverse")
SECTIONS = "ACFGHIJKLMNPQRS"
SIZES = ("0", "1-9", "10-19", "20-49", "50-99")
ACTORS = ("lieu_accompagnement", "chambre", "collectivite", "ecole", "association", "cluster")
ROLES = ("informe", "accompagne", "forme", "finance", "met_en_reseau")
THEMES = ("demarrer", "cout", "emploi", "donnees", "juridique", "cyber", "formation", "financement")


def communes():
    """[(code, name, longitude, latitude)]; both None where only the name is known."""
    found = []
    for line in (ROOT / ".build/geo/communes.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if cells[0] == "C":
            at = (int(cells[4]) / 1e6, int(cells[5]) / 1e6) if cells[4] else (None, None)
            found.append((cells[1], cells[7], *at))
    return found


def _source(number):
    return {"nom": "mesure", "identifiant": f"{number:06d}"}


def organisation(chance, number, towns):
    """Half of them say where they are, the others only in which commune."""
    code, name, lon, lat = chance.choice(towns)
    body = {
        "nom": f"Relais {chance.choice(TOPICS)} {number:06d}", "type": chance.choice(ACTORS), "demo": True, "source": _source(number),
        "description": f"Aide pour {chance.choice(TOPICS)} et {chance.choice(TOPICS)}, chez vous ou chez nous. " * 2,
        "roles": chance.sample(ROLES, 2), "themes": chance.sample(THEMES, 2), "commune": name, "code_insee": f"COM-{code}",
    }  # fmt: skip
    if lon is not None and number % 4:
        body |= {"lon": round(lon + chance.uniform(-0.05, 0.05), 5), "lat": round(lat + chance.uniform(-0.05, 0.05), 5)}
    return body


def use_case(chance, number, _towns):
    topic = chance.choice(TOPICS)
    return {
        "titre": f"Moins de temps pour {topic}, {chance.choice(TRADES)} {number:05d}", "demo": True,
        "resume": f"L'entreprise gagne deux heures par semaine sur {topic}. " * 2, "fonction": chance.choice(FUNCTIONS),
        "section": {"nomenclature": "rev2", "code": chance.choice(SECTIONS)}, "taille": chance.choice(SIZES),
        "probleme": "Tout se faisait le soir, à la main.", "solution": "Un assistant propose, une personne relit.",
        "technologies": ["generative_texte"], "maturite": "production", "concluant": chance.choice(("oui", "non", "mitige")),
        "difficultes": "Il a fallu trier les anciens fichiers.", "ai_act": {"classe": "minimal"},
    }  # fmt: skip


def event(chance, number, towns):
    code, name, lon, lat = chance.choice(towns)
    day = f"{2027 + number % 2}-{1 + chance.randrange(12):02d}-{1 + chance.randrange(28):02d}"
    place = {"nom": "Salle des fêtes", "commune": name, "code_insee": f"COM-{code}"}
    if lon is not None:
        place |= {"lon": lon, "lat": lat}
    return {
        "uid": f"mesure-{number:05d}", "titre": f"Atelier {chance.choice(TOPICS)} {number:05d}", "demo": True, "type": "atelier",
        "description": "Deux heures pour essayer, avec vos propres documents. " * 3, "mode": "presentiel", "lieu": place,
        "horaires": [{"debut": f"{day}T09:00:00+01:00", "fin": f"{day}T11:00:00+01:00"}], "statut": "programme",
    }  # fmt: skip


def programme(chance, number, _towns):
    return {
        "titre": f"Aide {chance.choice(TOPICS)} {number:04d}", "promesse": "Financez la moitié de votre premier projet", "demo": True,
        "operateur": "Exemple", "code": f"a-{number:04d}", "description": "Une aide d'exemple, pour mesurer. " * 10,
        "eligibilite": "Toute entreprise de moins de 20 salariés.", "types_aides": ["financement"],
    }  # fmt: skip


def indicator(chance, number, _towns):
    return {
        "libelle": f"Entreprises qui {chance.choice(('utilisent', 'essaient', 'refusent'))} l'IA", "code": f"ia-{number % 40}", "demo": True,
        "territoire": f"DEP-{1 + number // 40 % 19:02d}", "periode": str(2020 + number // 760), "valeur": chance.randrange(100),
        "unite": "pct", "champ": "Entreprises de 10 salariés et plus.", "producteur": "Exemple",
    }  # fmt: skip


def answer(chance, number, _towns):
    return {
        "question": f"Comment gagner du temps sur {chance.choice(TOPICS)} ? ({number})", "reponse": "Commencez petit. " * 40, "demo": True,
        "theme": chance.choice(THEMES), "fonctions": [chance.choice(FUNCTIONS)], "demain_matin": "Notez le temps que cela prend.",
        "statut": "valide",
    }  # fmt: skip


# Few answers and aids, as there will be; the others as the figures want them.
KINDS = {
    "organisation": (organisation, 100000), "use_case": (use_case, 20000), "event": (event, 2000), "programme": (programme, 300),
    "indicator": (indicator, 2000), "answer": (answer, 300),
}  # fmt: skip


def records(kind, share=1):
    """The bodies of one kind."""
    make, count = KINDS[kind]
    chance, towns = random.Random(f"{SEED} {kind}"), communes()
    return [make(chance, number, towns) for number in range(int(count * share))]
