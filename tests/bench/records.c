#include "tests/bench/records.h"

#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED UINT64_C(0x6d61696c6c616765)

/* clang-format off */
static const char *const FIRST_NAMES[] = {
    "Atelier", "Cabinet", "Studio", "Fabrique", "Comptoir", "Maison", "Bureau", "Forge",
};
static const char *const LAST_NAMES[] = {
    "des algorithmes", "du signal", "de la donnée", "des automates", "du calcul", "des modèles",
    "du langage", "des capteurs", "de la vision", "du numérique", "des agents", "du jumeau",
};
static const char *const VERBS[] = {
    "concevons", "installons", "développons", "entretenons", "auditons", "adaptons", "testons",
    "expliquons",
};
static const char *const SUBJECTS[] = {
    "un assistant pour rédiger les devis", "la lecture automatique des factures",
    "la prévision des ventes", "un agent conversationnel pour le service client",
    "la planification des tournées", "le contrôle qualité par caméra",
    "la maintenance prédictive des machines", "la rédaction des fiches produit",
    "le tri des courriels", "la transcription des réunions", "la gestion des stocks",
    "la recherche dans vos documents", "la détection des anomalies",
    "la traduction de vos catalogues", "le suivi de la consommation d'énergie",
    "la préparation des appels d'offres", "l'analyse des avis clients",
    "la relance des impayés", "les images de vos réseaux sociaux",
    "la saisie des bons de commande", "le jumeau numérique de l'atelier",
    "l'anonymisation des données", "le classement des candidatures", "le calcul du bilan carbone",
};
static const char *const CLIENTS[] = {
    "les artisans du bâtiment", "les commerces de proximité", "les boulangeries",
    "les restaurants et les hôtels", "les ateliers de mécanique", "les exploitations agricoles",
    "les transporteurs", "les cabinets comptables", "les associations", "les PME de l'industrie",
    "les garages", "les imprimeries", "les cabinets médicaux", "les agences immobilières",
    "les entreprises du textile", "les fabricants de cycles",
};
static const char *const PROMISES[] = {
    "La première visite est gratuite.", "Vos données restent en France.",
    "Un diagnostic de deux jours précède tout devis.",
    "Les modèles sont ouverts et installés chez vous.",
    "Une formation courte suit chaque installation.",
    "Les résultats sont mesurés avant et après.", "Aucun abonnement n'est nécessaire.",
    "Nous restons joignables par téléphone.",
};
static const char *const TOWNS[] = {
    "Saint-Étienne", "Roanne", "Lyon", "Montbrison", "Firminy", "Villefranche", "Grenoble",
    "Clermont-Ferrand", "Annonay", "Feurs", "Givors", "Vienne", "Bourgoin-Jallieu", "Valence",
    "Le Puy-en-Velay", "Annecy",
};
static const char *const CATEGORIES[] = {
    "startup", "esn", "editeur", "cabinet_conseil", "organisme_formation", "independant",
    "laboratoire", "integrateur", "accompagnement",
};
static const char *const FUNCTIONS[] = { /* two neighbours each */
    "creation", "production", "vente", "logistique", "rh", "administration", "transition_eco",
    "transverse", "creation",
};
static const char *const TECHNOLOGIES[] = {
    "ml", "generative_texte", "agentique", "vision", "parole", "nlp", "rpa", "optimisation",
    "maintenance_predictive", "jumeau_numerique", "iot", "robotique",
};
static const char *const SECTIONS[] = {
    "A", "C", "F", "G", "H", "I", "J", "K", "L", "M", "N", "P", "Q", "R", "S",
};
static const char *const SIZES[] = {"0", "1-9", "10-19", "20-49", "50-99", "100-249", "250+"};
static const char *const ZONES[] = {
    "DEP-42", "DEP-69", "DEP-38", "DEP-43", "DEP-07", "DEP-26", "DEP-01", "DEP-63", "REG-84",
};
/* clang-format on */

#define PICK(state, list) (list)[next_number(state) % (sizeof(list) / sizeof *(list))]

/* splitmix64: the whole sequence follows from the first state. */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct records {
    schema_t *schema;
    const kind_t *kind;
};

records_t *records_new(void)
{
    records_t *self = calloc(1, sizeof *self);
    findings_t findings = {0};
    assert(self);
    self->schema = schema_load(NULL, &findings);
    self->kind = self->schema ? schema_kind(self->schema, "provider") : NULL;
    findings_free(&findings);
    if (!self->kind) {
        fputs("bench: the schemas cannot be read\n", stderr);
        exit(1);
    }
    return self;
}

void records_destroy(records_t **self_p)
{
    if (*self_p)
        schema_destroy(&(*self_p)->schema);
    free(*self_p);
    *self_p = NULL;
}

static void describe(char *text, size_t size, uint64_t *state)
{
    snprintf(text, size, "Nous %s %s pour %s. Nous %s aussi %s. %s", PICK(state, VERBS),
             PICK(state, SUBJECTS), PICK(state, CLIENTS), PICK(state, VERBS), PICK(state, SUBJECTS),
             PICK(state, PROMISES));
}

json_t *record_json(uint32_t number, uint32_t revision)
{
    uint64_t fixed = SEED + number, changing = SEED ^ ((uint64_t)revision << 32 | number);
    char name[128], site[64], mail[64], telephone[32], identifier[32], date[16], text[512];
    snprintf(name, sizeof name, "%s %s %05u", PICK(&fixed, FIRST_NAMES), PICK(&fixed, LAST_NAMES),
             number);
    snprintf(site, sizeof site, "https://prestataire-%05u.example", number);
    snprintf(mail, sizeof mail, "contact@prestataire-%05u.example", number);
    snprintf(telephone, sizeof telephone, "04 65 71 %02u %02u", number / 100 % 100, number % 100);
    snprintf(identifier, sizeof identifier, "p%06u", number);
    snprintf(date, sizeof date, "2026-%02u-%02u", 1 + revision % 12, 1 + number % 28);
    describe(text, sizeof text, &changing);
    size_t function = next_number(&changing) % (sizeof FUNCTIONS / sizeof *FUNCTIONS - 1);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:[s,s], s:[s], s:[s], s:[s], s:[s], s:b, s:s, s:s, s:s, s:s, s:s,"
        " s:{s:s, s:s}, s:s}",
        "nom", name, "categorie", PICK(&fixed, CATEGORIES), "description", text,
        "fonctions_servies", FUNCTIONS[function], FUNCTIONS[function + 1], "technologies",
        PICK(&fixed, TECHNOLOGIES), "sections_servies", PICK(&fixed, SECTIONS), "tailles_servies",
        PICK(&fixed, SIZES), "zone_intervention", PICK(&fixed, ZONES), "demo", 1, "langue", "fr",
        "commune", PICK(&fixed, TOWNS), "site", site, "courriel", mail, "telephone", telephone,
        "source", "nom", "mesure", "identifiant", identifier, "date_maj", date);
    assert(json);
    return json;
}

static void make_change(const records_t *self, change_t *change, uint32_t number, uint32_t revision)
{
    json_t *json = record_json(number, revision);
    findings_t findings = {0};
    text_t body;
    err_t err = {0};
    text_init(&body, BODY_MAX_SIZE);
    *change = (change_t){.op = ITEM_PUT, .sv = self->kind->version};
    snprintf(change->kind, sizeof change->kind, "%s", self->kind->name);
    if (body_id(self->kind, json, change->id, &err)
        || body_encode(self->kind, json, &body, &findings)) {
        fprintf(stderr, "bench: record %u is not valid: %s\n", number,
                findings.count ? findings.list[0].reason : err.text);
        exit(1);
    }
    change->body_size = body.size;
    change->body = (const uint8_t *)text_take(&body);
    findings_free(&findings);
    json_decref(json);
}

change_t *records_changes(const records_t *self, uint32_t first, size_t count, uint32_t revision)
{
    change_t *changes = calloc(count + 1, sizeof *changes);
    assert(changes);
    for (size_t i = 0; i < count; i++)
        make_change(self, &changes[i], first + (uint32_t)i, revision);
    return changes;
}

void changes_free(change_t **changes_p, size_t count)
{
    for (size_t i = 0; *changes_p && i < count; i++)
        free((void *)(uintptr_t)(*changes_p)[i].body);
    free(*changes_p);
    *changes_p = NULL;
}
