#include "schemas/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof list / sizeof *list)

/* A kind with a field of every type, made by hand so that the YAML of the real ones may change. */
static const term_t TERMS[] = {{"agentique", "Agents"}, {"vision", "Vision par ordinateur"}};
static const vocabulary_t VOCABULARY = {
    .name = "technologie", .label = "Technologie", .terms = TERMS, .count = COUNT(TERMS)};
static const field_t CODE_ENTRY = {.name = "", .type = FIELD_CODE, .vocabulary = &VOCABULARY};
static const field_t DECIMAL_ENTRY = {.name = "", .type = FIELD_DECIMAL, .min = -100, .max = 100};
static const field_t SLOT_FIELDS[] = {
    {.name = "debut", .label = "Début", .type = FIELD_INSTANT, .need = NEED_REQUIRED},
    {.name = "fin", .label = "Fin", .type = FIELD_INSTANT},
    {.name = "preuve", .label = "Preuve", .type = FIELD_URL},
};
static const field_t SLOT = {
    .name = "", .type = FIELD_MAP, .fields = SLOT_FIELDS, .field_count = COUNT(SLOT_FIELDS)};
static const field_t PLACE_FIELDS[] = {
    {.name = "nom", .label = "Nom du lieu", .type = FIELD_TEXT},
};
static const field_t FIELDS[] = {
    {.name = "texte", .label = "Texte", .type = FIELD_TEXT, .max_size = 5},
    {.name = "long", .label = "Long", .type = FIELD_MARKDOWN},
    {.name = "code", .label = "Code", .type = FIELD_CODE, .vocabulary = &VOCABULARY},
    {.name = "siren", .label = "SIREN", .type = FIELD_SIREN},
    {.name = "siret", .label = "SIRET", .type = FIELD_SIRET},
    {.name = "rna", .label = "RNA", .type = FIELD_RNA},
    {.name = "cog", .label = "Territoire", .type = FIELD_COG},
    {.name = "naf", .label = "Activité", .type = FIELD_NAF},
    {.name = "url", .label = "Site", .type = FIELD_URL},
    {.name = "tel", .label = "Téléphone", .type = FIELD_TEL},
    {.name = "courriel", .label = "Courriel", .type = FIELD_COURRIEL},
    {.name = "date", .label = "Jour", .type = FIELD_DATE},
    {.name = "date_fin", .label = "Dernier jour", .type = FIELD_DATE},
    {.name = "instant", .label = "Moment", .type = FIELD_INSTANT},
    {.name = "entier", .label = "Entier", .type = FIELD_INTEGER, .min = 0, .max = 10000},
    {.name = "numerateur", .label = "Numérateur", .type = FIELD_INTEGER, .min = 0, .max = 10000},
    {.name = "denominateur",
     .label = "Dénominateur",
     .type = FIELD_INTEGER,
     .min = 0,
     .max = 10000},
    {.name = "valeur", .label = "Valeur", .type = FIELD_DECIMAL, .min = -1000, .max = 1000},
    {.name = "approx", .label = "Approché", .type = FIELD_BOOL},
    {.name = "lat", .label = "Latitude", .type = FIELD_DEGREES, .min = -90, .max = 90},
    {.name = "codes",
     .label = "Codes",
     .type = FIELD_LIST,
     .max_size = 2,
     .fields = &CODE_ENTRY,
     .field_count = 1},
    {.name = "horaires",
     .label = "Horaires",
     .type = FIELD_LIST,
     .max_size = 9,
     .fields = &SLOT,
     .field_count = 1},
    {.name = "lieu",
     .label = "Lieu",
     .type = FIELD_MAP,
     .fields = PLACE_FIELDS,
     .field_count = COUNT(PLACE_FIELDS)},
    {.name = "duree",
     .label = "Durée",
     .type = FIELD_INTERVAL,
     .fields = &DECIMAL_ENTRY,
     .field_count = 1},
};
static const kind_t KIND = {.name = "essai", .fields = FIELDS, .field_count = COUNT(FIELDS)};

static findings_t check_text(const kind_t *kind, const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: %s", text, error.text);
    findings_t findings = {0};
    check_body(kind, json, &findings);
    json_decref(json);
    return findings;
}

typedef struct example {
    const char *json;
    const char *code;  /* of the only finding; NULL: none */
    const char *field; /* where it is */
} example_t;

static void assert_examples(const kind_t *kind, const example_t *examples)
{
    for (; examples->json; examples++) {
        findings_t found = check_text(kind, examples->json);
        if (found.count != (examples->code != NULL))
            fail_msg("%s: %zu findings, first %s", examples->json, found.count,
                     found.count ? found.list[0].reason : "none");
        if (examples->code) {
            assert_string_equal(found.list[0].code, examples->code);
            assert_string_equal(found.list[0].field, examples->field);
            assert_int_equal(found.list[0].severity,
                             *examples->code == 'E' ? SEVERITY_ERROR : SEVERITY_WARNING);
        }
        findings_free(&found);
    }
}

static void assert_sentence(const kind_t *kind, const char *json, const char *sentence)
{
    findings_t found = check_text(kind, json);
    assert_true(found.count >= 1);
    assert_string_equal(found.list[0].reason, sentence);
    findings_free(&found);
}

static void texts_are_short_enough_readable_and_visible(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"texte\":\"élève\"}", NULL, NULL},
        {"{\"texte\":\"élèves\"}", "E_SIZE", "texte"},
        {"{\"texte\":\"a\\nb\"}", "E_TEXT", "texte"},
        {"{\"long\":\"a\\n\\tb\"}", NULL, NULL},
        {"{\"long\":\"a\\u0007b\"}", "E_TEXT", "long"},
        {"{\"long\":\"a\\u0085b\"}", "E_TEXT", "long"},
        {"{\"long\":\"a\\u202eb\"}", "E_TEXT", "long"},
        {"{\"long\":\"a\\u2067b\"}", "E_TEXT", "long"},
        {"{\"long\":\"a\\u0000b\"}", "E_TEXT", "long"},
        {"{\"long\":\"Saint-\\ufffdtienne\"}", "W_ENCODING", "long"},
        {"{\"texte\":1}", "E_TYPE", "texte"},
        {"{\"texte\":[\"a\"]}", "E_TYPE", "texte"},
        {0},
    };
    assert_examples(&KIND, examples);
}

static void malformed_utf8_is_refused(void **state)
{
    (void)state;
    json_t *json = json_pack("{so}", "long", json_stringn_nocheck("a\xff", 2));
    findings_t found = {0};
    check_body(&KIND, json, &found);
    assert_int_equal(found.errors, 1);
    assert_string_equal(found.list[0].code, "E_TEXT");
    findings_free(&found);
    json_decref(json);
}

static void a_code_is_in_its_vocabulary_or_the_nearest_is_proposed(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"code\":\"vision\"}", NULL, NULL},
        {"{\"code\":\"visoin\"}", "E_CODE", "code"},
        {"{\"codes\":[\"vision\",\"x\"]}", "E_CODE", "codes[1]"},
        {0},
    };
    assert_examples(&KIND, examples);
    assert_sentence(&KIND, "{\"code\":\"visoin\"}",
                    "« visoin » n'est pas dans la liste « Technologie ». "
                    "Vouliez-vous dire « vision » ?");
    assert_sentence(&KIND, "{\"code\":\"VISION par Ordinateur\"}",
                    "« VISION par Ordinateur » n'est pas dans la liste « Technologie ». "
                    "Vouliez-vous dire « vision » ?");
    assert_sentence(&KIND, "{\"code\":\"boulangerie\"}",
                    "« boulangerie » n'est pas dans la liste « Technologie ». "
                    "Choisissez : agentique, vision.");
}

static void numbers_of_administration_are_well_formed(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"siren\":\"732829320\"}", NULL, NULL},
        {"{\"siren\":\"732829321\"}", "E_SIREN", "siren"},
        {"{\"siren\":\"732829320\\u0000\"}", "E_TEXT", "siren"},
        {"{\"siren\":\"000000000\"}", "E_UNKNOWN", "siren"},
        {"{\"siren\":732829320}", "E_TYPE", "siren"},
        {"{\"siret\":\"35600000049837\"}", NULL, NULL},
        {"{\"siret\":\"35600000049838\"}", "E_SIRET", "siret"},
        {"{\"siret\":\"W131004321\"}", "E_SIRET", "siret"},
        {"{\"rna\":\"W131004321\"}", NULL, NULL},
        {"{\"rna\":\"W13\"}", "E_RNA", "rna"},
        {"{\"cog\":\"COM-42218\"}", NULL, NULL},
        {"{\"cog\":\"COM-96001\"}", "E_COG", "cog"},
        {"{\"naf\":{\"nomenclature\":\"rev2\",\"code\":\"62.01Z\"}}", NULL, NULL},
        {"{\"naf\":{\"nomenclature\":\"rev2\",\"code\":\"V\"}}", "E_NAF", "naf"},
        {"{\"naf\":{\"nomenclature\":\"rev3\",\"code\":\"J\"}}", "E_NAF", "naf"},
        {"{\"naf\":{\"nomenclature\":\"rev2\"}}", "E_REQUIRED", "naf.code"},
        {"{\"naf\":{\"nomenclature\":\"rev2\",\"code\":\"J\",\"x\":1}}", "E_UNKNOWN_FIELD",
         "naf.x"},
        {"{\"naf\":\"62.01Z\"}", "E_TYPE", "naf"},
        {0},
    };
    assert_examples(&KIND, examples);
}

static void a_refused_number_is_quoted_with_what_to_do(void **state)
{
    (void)state;
    assert_sentence(&KIND, "{\"siren\":\"732829321\"}",
                    "Le SIREN « 732829321 » est faux : sa clé de contrôle ne correspond pas. "
                    "Vérifiez-le sur l'avis de situation Sirene.");
    assert_sentence(&KIND, "{\"siren\":\"05520135\"}",
                    "Le SIREN « 05520135 » a perdu un zéro : est-ce « 005520135 » ? Corrigez-le.");
    assert_sentence(&KIND, "{\"siret\":\"00000000000000\"}",
                    "Le SIRET « 00000000000000 » n'a que des zéros : laissez le champ vide.");
    assert_sentence(&KIND, "{\"siret\":\"W131004321\"}",
                    "« W131004321 » est un numéro RNA (association) : mettez-le dans son champ.");
    assert_sentence(&KIND, "{\"cog\":\"42218\"}",
                    "Le territoire « 42218 » n'a pas de type. Écrivez « COM-42218 ».");
}

static void addresses_lead_to_pages_and_mailboxes(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"url\":\"https://www.exemple.fr:8080/a?b=c#d\"}", NULL, NULL},
        {"{\"url\":\"http://saint-étienne.fr\"}", NULL, NULL},
        {"{\"url\":\"javascript:alert(1)\"}", "E_URL", "url"},
        {"{\"url\":\"www.exemple.fr\"}", "E_URL", "url"},
        {"{\"url\":\"https://\"}", "E_URL", "url"},
        {"{\"url\":\"https://exemple\"}", "E_URL", "url"},
        {"{\"url\":\"https://banque.fr@exemple.fr/\"}", "E_URL", "url"},
        {"{\"url\":\"https://exemple.fr:x/\"}", "E_URL", "url"},
        {"{\"url\":\"https://exemple.fr/a b\"}", "E_URL", "url"},
        {"{\"url\":\"https://exemple.fr/\\\"onclick=\"}", "E_URL", "url"},
        {"{\"tel\":\"0477000000\"}", NULL, NULL},
        {"{\"tel\":\"+33477000000\"}", NULL, NULL},
        {"{\"tel\":\"265100\"}", NULL, NULL},
        {"{\"tel\":\"3939\"}", NULL, NULL},
        {"{\"tel\":\"477000000\"}", "E_TEL", "tel"},
        {"{\"tel\":\"04 77 00 00 00\"}", "E_TEL", "tel"},
        {"{\"tel\":\"+\"}", "E_TEL", "tel"},
        {"{\"courriel\":\"contact@exemple.fr\"}", NULL, NULL},
        {"{\"courriel\":\"contact\"}", "E_COURRIEL", "courriel"},
        {"{\"courriel\":\"a@b\"}", "E_COURRIEL", "courriel"},
        {"{\"courriel\":\"a b@exemple.fr\"}", "E_COURRIEL", "courriel"},
        {"{\"courriel\":\"a@exemple.fr, b@exemple.fr\"}", "E_COURRIEL", "courriel"},
        {0},
    };
    assert_examples(&KIND, examples);
}

static void days_and_moments_exist(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"date\":\"2024-02-29\"}", NULL, NULL},
        {"{\"date\":\"2026-02-29\"}", "E_DATE", "date"},
        {"{\"date\":\"29/02/2024\"}", "E_DATE", "date"},
        {"{\"date\":20240229}", "E_TYPE", "date"},
        {"{\"instant\":\"2026-11-22T18:00:00+01:00\"}", NULL, NULL},
        {"{\"instant\":\"2026-11-22T18:00:00\"}", "E_DATE", "instant"},
        {"{\"instant\":\"2026-11-31T18:00:00Z\"}", "E_DATE", "instant"},
        {0},
    };
    assert_examples(&KIND, examples);
    assert_sentence(&KIND, "{\"date\":\"2026-02-29\"}",
                    "Le jour « 2026-02-29 » n'existe pas. Corrigez la date.");
    assert_sentence(&KIND, "{\"instant\":\"2026-11-31T18:00:00Z\"}",
                    "Le jour « 2026-11-31 » n'existe pas. Corrigez la date.");
}

static void numbers_are_within_their_bounds_and_precision(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"entier\":0,\"valeur\":-1000,\"lat\":90}", NULL, NULL},
        {"{\"entier\":10000}", NULL, NULL},
        {"{\"entier\":10001}", "E_RANGE", "entier"},
        {"{\"entier\":-1}", "E_RANGE", "entier"},
        {"{\"entier\":1.5}", "E_TYPE", "entier"},
        {"{\"valeur\":1000.01}", "E_RANGE", "valeur"},
        {"{\"valeur\":-1000.01}", "E_RANGE", "valeur"},
        {"{\"valeur\":10.123}", "E_TYPE", "valeur"},
        {"{\"valeur\":\"10,2\"}", "E_TYPE", "valeur"},
        {"{\"valeur\":1e20}", "E_RANGE", "valeur"},
        {"{\"lat\":90.000001}", "E_RANGE", "lat"},
        {"{\"lat\":45.4397123456}", NULL, NULL},
        {"{\"approx\":true}", NULL, NULL},
        {"{\"approx\":1}", "E_TYPE", "approx"},
        {0},
    };
    assert_examples(&KIND, examples);
    assert_sentence(&KIND, "{\"valeur\":\"10,2\"}",
                    "« Valeur » attend un nombre, avec un point pour les décimales (10.2), et non "
                    "« 10,2 ».");
}

static void lists_groups_and_intervals_are_checked_inside(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{\"codes\":[\"vision\",\"agentique\"]}", NULL, NULL},
        {"{\"codes\":[\"vision\",\"vision\",\"vision\"]}", "E_SIZE", "codes"},
        {"{\"codes\":\"vision\"}", "E_TYPE", "codes"},
        {"{\"codes\":[null]}", "E_TYPE", "codes[0]"},
        {"{\"horaires\":[{\"fin\":\"2026-11-22T18:00:00Z\"}]}", "E_REQUIRED", "horaires[0].debut"},
        {"{\"horaires\":[1]}", "E_TYPE", "horaires[0]"},
        {"{\"lieu\":{\"nmo\":1}}", "E_UNKNOWN_FIELD", "lieu.nmo"},
        {"{\"lieu\":\"Saint-Étienne\"}", "E_TYPE", "lieu"},
        {"{\"duree\":[1,2.5]}", NULL, NULL},
        {"{\"duree\":[null,2]}", NULL, NULL},
        {"{\"duree\":[1]}", "E_TYPE", "duree"},
        {"{\"duree\":[2,1]}", "E_ORDER", "duree"},
        {"{\"duree\":[1,101]}", "E_RANGE", "duree[1]"},
        {"{\"duree\":{\"min\":1}}", "E_TYPE", "duree"},
        {0},
    };
    assert_examples(&KIND, examples);
}

static void a_content_is_a_group_of_known_fields(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"{}", NULL, NULL},
        {"{\"texte\":null}", NULL, NULL},
        {"[]", "E_TYPE", ""},
        {"{\"tetxe\":null}", "E_UNKNOWN_FIELD", "tetxe"},
        {0},
    };
    assert_examples(&KIND, examples);
    assert_sentence(&KIND, "{\"tetxe\":1}",
                    "Le champ « tetxe » n'existe pas. Vouliez-vous dire « texte » ?");
}

static void what_is_missing_is_refused_or_only_told(void **state)
{
    (void)state;
    static const field_t NEEDS[] = {
        {.name = "titre", .label = "Titre", .type = FIELD_TEXT, .need = NEED_REQUIRED},
        {.name = "resume", .label = "Résumé", .type = FIELD_TEXT, .need = NEED_EXPECTED},
        {.name = "note", .label = "Note", .type = FIELD_TEXT},
    };
    const kind_t kind = {.fields = NEEDS, .field_count = COUNT(NEEDS)};
    const example_t examples[] = {
        {"{\"titre\":\"t\",\"resume\":\"r\"}", NULL, NULL},
        {"{\"resume\":\"r\"}", "E_REQUIRED", "titre"},
        {"{\"titre\":\"t\"}", "W_INCOMPLETE", "resume"},
        {0},
    };
    assert_examples(&kind, examples);
}

/* The sample kind with one rule. */
typedef struct ruled {
    rule_t rule;
    kind_t kind;
} ruled_t;

static const kind_t *with_rule(ruled_t *ruled, const char *name, const char *const *arguments)
{
    size_t count = 0;
    while (arguments[count])
        count++;
    ruled->rule = (rule_t){check_find(name), arguments, count};
    ruled->kind = KIND;
    ruled->kind.rules = &ruled->rule;
    ruled->kind.rule_count = 1;
    assert_non_null(ruled->rule.check);
    assert_null(check_arguments(ruled->rule.check, &ruled->kind, arguments, count));
    return &ruled->kind;
}

static void a_printed_percentage_agrees_with_its_figures(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"numerateur", "denominateur", "valeur", "approx", NULL};
    const kind_t *kind = with_rule(&ruled, "ratio", arguments);
    const example_t examples[] = {
        {"{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.2}", "W_RATIO", "valeur"},
        {"{\"numerateur\":261,\"denominateur\":2580,\"valeur\":10.2}", "W_RATIO", "valeur"},
        {"{\"numerateur\":263,\"denominateur\":2580,\"valeur\":10.2}", NULL, NULL},
        {"{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.1}", NULL, NULL},
        {"{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10}", NULL, NULL},
        {"{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.08}", NULL, NULL},
        {"{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.07}", "W_RATIO", "valeur"},
        {"{\"numerateur\":1,\"denominateur\":8,\"valeur\":12}", NULL, NULL},
        {"{\"numerateur\":1,\"denominateur\":8,\"valeur\":13}", NULL, NULL},
        {"{\"numerateur\":1,\"denominateur\":0,\"valeur\":13}", "W_RATIO", "valeur"},
        {"{\"numerateur\":1,\"valeur\":13}", NULL, NULL},
        {0},
    };
    assert_examples(kind, examples);
    assert_sentence(kind, "{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.2}",
                    "260 sur 2580 font 10,1 %, la valeur annoncée est 10,2 %. Vérifiez ces "
                    "chiffres ; ils sont gardés tels quels.");
}

static void an_approximate_percentage_is_warned_about_all_the_same(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"numerateur", "denominateur", "valeur", "approx", NULL};
    assert_sentence(
        with_rule(&ruled, "ratio", arguments),
        "{\"numerateur\":260,\"denominateur\":2580,\"valeur\":10.2,\"approx\":true}",
        "260 sur 2580 font 10,1 %, la valeur annoncée est 10,2 % (marquée approximative). "
        "Vérifiez ces chiffres ; ils sont gardés tels quels.");
}

static void the_first_comes_before_the_second(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const days[] = {"date", "date_fin", NULL};
    const example_t day_examples[] = {
        {"{\"date\":\"2026-01-02\",\"date_fin\":\"2026-01-02\"}", NULL, NULL},
        {"{\"date\":\"2026-01-02\",\"date_fin\":\"2026-01-01\"}", "E_ORDER", "date_fin"},
        {"{\"date\":\"2026-01-02\"}", NULL, NULL},
        {0},
    };
    assert_examples(with_rule(&ruled, "ordered", days), day_examples);
    const char *const numbers[] = {"numerateur", "denominateur", NULL};
    assert_sentence(with_rule(&ruled, "ordered", numbers),
                    "{\"numerateur\":12,\"denominateur\":10}",
                    "« Dénominateur » (10) est inférieur à « Numérateur » (12). Corrigez l'un des "
                    "deux.");
}

static void a_rule_through_a_list_looks_at_each_entry(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"horaires.debut", "horaires.fin", NULL};
    const example_t examples[] = {
        {"{\"horaires\":[{\"debut\":\"2026-01-02T10:00:00+01:00\","
         "\"fin\":\"2026-01-02T09:00:00Z\"}]}",
         NULL, NULL},
        {"{\"horaires\":[{\"debut\":\"2026-01-02T10:00:00Z\"},"
         "{\"debut\":\"2026-01-02T10:00:00Z\",\"fin\":\"2026-01-02T10:59:00+01:00\"}]}",
         "E_ORDER", "horaires[1].fin"},
        {"{}", NULL, NULL},
        {0},
    };
    assert_examples(with_rule(&ruled, "ordered", arguments), examples);
}

static void one_of_several_fields_is_enough(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"siren", "rna", "lieu.nom", NULL};
    const kind_t *kind = with_rule(&ruled, "one_of", arguments);
    const example_t examples[] = {
        {"{\"rna\":\"W131004321\"}", NULL, NULL},
        {"{\"lieu\":{\"nom\":\"Halle\"}}", NULL, NULL},
        {"{\"lieu\":{\"nom\":null}}", "E_ONE_OF", "siren"},
        {0},
    };
    assert_examples(kind, examples);
    assert_sentence(
        kind, "{}",
        "Remplissez au moins un de ces champs : « SIREN », « RNA » ou « Nom du lieu ».");
}

static void a_field_is_required_unless_another_says_so(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"lieu.nom", "code", "vision", NULL};
    const kind_t *kind = with_rule(&ruled, "required_unless", arguments);
    const example_t examples[] = {
        {"{\"code\":\"vision\"}", NULL, NULL},
        {"{\"code\":\"agentique\",\"lieu\":{\"nom\":\"Halle\"}}", NULL, NULL},
        {"{\"code\":\"agentique\"}", "E_REQUIRED", "lieu.nom"},
        {"{}", "E_REQUIRED", "lieu.nom"},
        {0},
    };
    assert_examples(kind, examples);
    assert_sentence(
        kind, "{}",
        "« Nom du lieu » est obligatoire, sauf si « Code » est « Vision par ordinateur »."
        " Remplissez-le.");
}

static void a_field_that_another_withholds_is_not_written_down(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"lieu.nom", "code", "vision", NULL};
    const kind_t *kind = with_rule(&ruled, "absent_when", arguments);
    const example_t examples[] = {
        {"{\"code\":\"vision\"}", NULL, NULL},
        {"{\"code\":\"agentique\",\"lieu\":{\"nom\":\"Halle\"}}", NULL, NULL},
        {"{\"lieu\":{\"nom\":\"Halle\"}}", NULL, NULL},
        {"{\"code\":\"vision\",\"lieu\":{\"nom\":\"Halle\"}}", "E_WITHHELD", "lieu.nom"},
        {0},
    };
    assert_examples(kind, examples);
}

static void an_establishment_belongs_to_its_company(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"siret", "siren", NULL};
    const example_t examples[] = {
        {"{\"siret\":\"73282932000074\",\"siren\":\"732829320\"}", NULL, NULL},
        {"{\"siret\":\"73282932000074\",\"siren\":\"356000000\"}", "E_SIRET", "siret"},
        {"{\"siret\":\"73282932000074\"}", NULL, NULL},
        {0},
    };
    assert_examples(with_rule(&ruled, "siret_siren", arguments), examples);
}

static void an_entry_without_evidence_is_told(void **state)
{
    (void)state;
    ruled_t ruled;
    const char *const arguments[] = {"horaires", "preuve", NULL};
    const kind_t *kind = with_rule(&ruled, "evidence", arguments);
    const example_t examples[] = {
        {"{\"horaires\":[{\"debut\":\"2026-01-02T10:00:00Z\",\"preuve\":\"https://a.fr\"},"
         "{\"debut\":\"2026-01-02T10:00:00Z\"}]}",
         "W_EVIDENCE", "horaires[1]"},
        {"{}", NULL, NULL},
        {0},
    };
    assert_examples(kind, examples);
    assert_sentence(kind, "{\"horaires\":[{\"debut\":\"2026-01-02T10:00:00Z\"}]}",
                    "« Horaires » n° 1 est sans « Preuve ». Ajoutez de quoi le vérifier.");
}

static void rules_bear_values_their_types_refused(void **state)
{
    (void)state;
    const char *const rules[][5] = {
        {"ratio", "numerateur", "denominateur", "valeur", NULL},
        {"ordered", "horaires.debut", "horaires.fin", NULL},
        {"ordered", "date", "date_fin", NULL},
        {"evidence", "horaires", "preuve", NULL},
        {"siret_siren", "siret", "siren", NULL},
        {"required_unless", "lieu.nom", "code", "vision", NULL},
    };
    const char *const bodies[] = {
        "{\"numerateur\":\"x\",\"denominateur\":[],\"valeur\":{},\"lieu\":3,\"code\":[1]}",
        "{\"horaires\":7,\"siret\":1,\"siren\":\"2\",\"date\":{},\"date_fin\":[[]]}",
        "{\"horaires\":[1,null,[],{\"debut\":1,\"fin\":\"x\",\"preuve\":{}}]}",
    };
    for (size_t i = 0; i < COUNT(rules); i++)
        for (size_t j = 0; j < COUNT(bodies); j++) {
            ruled_t ruled;
            findings_t found = check_text(with_rule(&ruled, rules[i][0], rules[i] + 1), bodies[j]);
            assert_true(found.errors > 0);
            findings_free(&found);
        }
}

static void every_rule_is_found_by_its_name(void **state)
{
    (void)state;
    size_t count = 0;
    for (const char *const *name = check_names(); *name; name++, count++)
        assert_non_null(check_find(*name));
    assert_int_equal(count, 7);
    assert_null(check_find("eval"));
}

static void arguments_that_do_not_suit_are_told_when_a_kind_is_loaded(void **state)
{
    (void)state;
    const struct {
        const char *rule;
        size_t count;
        const char *arguments[4];
    } bad[] = {
        {"ratio", 2, {"numerateur", "denominateur"}},
        {"ratio", 3, {"numerateur", "denominateur", "texte"}},
        {"ordered", 2, {"date", "instant"}},
        {"ordered", 2, {"texte", "texte"}},
        {"ordered", 2, {"date", "datte"}},
        {"ordered", 2, {"horaires.debut", "instant"}},
        {"ordered", 2, {"instant", "horaires.debut"}},
        {"siret_siren", 2, {"siren", "siret"}},
        {"evidence", 2, {"codes", "preuve"}},
        {"evidence", 2, {"horaires", "prevue"}},
        {"one_of", 1, {"texte"}},
        {"required_unless", 3, {"lieu.nmo", "code", "vision"}},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!check_arguments(check_find(bad[i].rule), &KIND, bad[i].arguments, bad[i].count))
            fail_msg("%s takes %s, %s", bad[i].rule, bad[i].arguments[0], bad[i].arguments[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_short_enough_readable_and_visible),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(a_code_is_in_its_vocabulary_or_the_nearest_is_proposed),
        cmocka_unit_test(numbers_of_administration_are_well_formed),
        cmocka_unit_test(a_refused_number_is_quoted_with_what_to_do),
        cmocka_unit_test(addresses_lead_to_pages_and_mailboxes),
        cmocka_unit_test(days_and_moments_exist),
        cmocka_unit_test(numbers_are_within_their_bounds_and_precision),
        cmocka_unit_test(lists_groups_and_intervals_are_checked_inside),
        cmocka_unit_test(a_content_is_a_group_of_known_fields),
        cmocka_unit_test(what_is_missing_is_refused_or_only_told),
        cmocka_unit_test(a_printed_percentage_agrees_with_its_figures),
        cmocka_unit_test(an_approximate_percentage_is_warned_about_all_the_same),
        cmocka_unit_test(the_first_comes_before_the_second),
        cmocka_unit_test(a_rule_through_a_list_looks_at_each_entry),
        cmocka_unit_test(one_of_several_fields_is_enough),
        cmocka_unit_test(a_field_is_required_unless_another_says_so),
        cmocka_unit_test(a_field_that_another_withholds_is_not_written_down),
        cmocka_unit_test(an_establishment_belongs_to_its_company),
        cmocka_unit_test(an_entry_without_evidence_is_told),
        cmocka_unit_test(rules_bear_values_their_types_refused),
        cmocka_unit_test(every_rule_is_found_by_its_name),
        cmocka_unit_test(arguments_that_do_not_suit_are_told_when_a_kind_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
