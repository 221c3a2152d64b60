"""Records to put: small, valid, and told apart by their id."""


def answer(id, text="Commencez par une tâche qui se répète."):
    """Its question is its id: a slug is the slug of itself."""
    return {"question": id, "reponse": text, "statut": "valide", "theme": "demarrer", "langue": "fr", "demo": True}


def answers(count, prefix="question"):
    return [answer(f"{prefix}-{number:04d}") for number in range(count)]
