#include "schemas/body.h"

#include "schemas/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof list / sizeof *list)
#define CONTENTS_PER_KIND 300

/* A kind with what normal and canonical are about, made by hand so that the YAML may change. */
static const term_t TERMS[] = {{"agentique", "Agents"}, {"vision", "Vision"}, {"nlp", "Langue"}};
static const vocabulary_t VOCABULARY = {
    .name = "technologie", .label = "Technologie", .terms = TERMS, .count = COUNT(TERMS)};
static const field_t CODE = {.name = "", .type = FIELD_CODE, .vocabulary = &VOCABULARY};
static const field_t TEXT = {.name = "", .type = FIELD_TEXT};
static const field_t WHOLE = {.name = "", .type = FIELD_INTEGER};
static const field_t PLACE[] = {{.name = "ville", .label = "Ville", .type = FIELD_TEXT},
                                {.name = "adresse", .label = "Adresse", .type = FIELD_TEXT}};
static const field_t FIELDS[] = {
    {.name = "titre", .label = "Titre", .type = FIELD_TEXT, .need = NEED_REQUIRED},
    {.name = "texte", .label = "Texte", .type = FIELD_MARKDOWN},
    {.name = "siren", .label = "SIREN", .type = FIELD_SIREN},
    {.name = "cog", .label = "Territoire", .type = FIELD_COG},
    {.name = "naf", .label = "Activité", .type = FIELD_NAF},
    {.name = "tel", .label = "Téléphone", .type = FIELD_TEL},
    {.name = "courriel", .label = "Courriel", .type = FIELD_COURRIEL},
    {.name = "instant", .label = "Moment", .type = FIELD_INSTANT},
    {.name = "entier", .label = "Entier", .type = FIELD_INTEGER},
    {.name = "valeur", .label = "Valeur", .type = FIELD_DECIMAL},
    {.name = "lon", .label = "Longitude", .type = FIELD_DEGREES},
    {.name = "actif", .label = "Actif", .type = FIELD_BOOL},
    {.name = "codes", .label = "Codes", .type = FIELD_LIST, .fields = &CODE, .field_count = 1},
    {.name = "mots", .label = "Mots", .type = FIELD_LIST, .fields = &TEXT, .field_count = 1},
    {.name = "lieu", .label = "Lieu", .type = FIELD_MAP, .fields = PLACE, .field_count = 2},
    {.name = "duree", .label = "Durée", .type = FIELD_INTERVAL, .fields = &WHOLE, .field_count = 1},
    {.name = "date_maj", .label = "Mise à jour", .type = FIELD_DATE},
};
static const char *const BY_SIREN[] = {"siren", NULL};
static const char *const BY_PLACE[] = {"titre", "lieu.ville", NULL};
static const char *const *const KEYS[] = {BY_SIREN, BY_PLACE};
static const kind_t KIND = {
    .name = "essai", .fields = FIELDS, .field_count = COUNT(FIELDS), .keys = KEYS, .key_count = 2};

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s: %s", text, error.text);
    return json;
}

static char *dump(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(BODY_DIGITS));
}

/* Encodes what must be good. */
static text_t encoded(const kind_t *kind, const char *json_text)
{
    json_t *json = load(json_text);
    findings_t findings = {0};
    text_t out;
    text_init(&out, BODY_MAX_SIZE);
    if (body_encode(kind, json, &out, &findings))
        fail_msg("%s: %s", json_text, findings.list[0].reason);
    findings_free(&findings);
    json_decref(json);
    return out;
}

static void assert_stored_as(const char *json_text, const char *expected)
{
    text_t bytes = encoded(&KIND, json_text);
    json_t *json = body_decode(&KIND, bytes.data, bytes.size, NULL);
    char *text = dump(json);
    assert_string_equal(text, expected);
    free(text);
    json_decref(json);
    text_free(&bytes);
}

static void values_are_written_in_one_way(void **state)
{
    (void)state;
    assert_stored_as("{\"titre\":\"  Cafe\\u0301 \\n IA\\u00a0! \\u00a0\"}",
                     "{\"titre\":\"Café IA\xc2\xa0!\"}");
    assert_stored_as("{\"titre\":42000}", "{\"titre\":\"42000\"}");
    assert_stored_as("{\"titre\":\"t\",\"texte\":\"\\n a\\r\\n\\r\\nb  \\nc\\r\"}",
                     "{\"texte\":\"a\\n\\nb  \\nc\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"siren\":\"732\\u00a0829\\u202f320 \"}",
                     "{\"siren\":\"732829320\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"siren\":732829320}",
                     "{\"siren\":\"732829320\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"tel\":\"04.77-00 00/00\",\"cog\":\"dep-2a\"}",
                     "{\"cog\":\"DEP-2A\",\"tel\":\"0477000000\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"courriel\":\"Contact@Exemple.FR\"}",
                     "{\"courriel\":\"Contact@exemple.fr\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"naf\":{\"nomenclature\":\"rev2\",\"code\":\"6201z\"}}",
                     "{\"naf\":{\"code\":\"62.01Z\",\"nomenclature\":\"rev2\"},\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"instant\":\"2026-11-22 18:00+01:00\"}",
                     "{\"instant\":\"2026-11-22T18:00:00+01:00\",\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"actif\":\"non\",\"entier\":\" 12 \",\"valeur\":\"10.20\"}",
                     "{\"actif\":false,\"entier\":12,\"titre\":\"t\",\"valeur\":10.2}");
}

static void numbers_come_back_as_they_were_written(void **state)
{
    (void)state;
    assert_stored_as("{\"titre\":\"t\",\"valeur\":10.2,\"lon\":4.3871781}",
                     "{\"lon\":4.387178,\"titre\":\"t\",\"valeur\":10.2}");
    assert_stored_as("{\"titre\":\"t\",\"valeur\":33.0,\"lon\":-4}",
                     "{\"lon\":-4,\"titre\":\"t\",\"valeur\":33}");
    assert_stored_as("{\"titre\":\"t\",\"duree\":[null,\"3\"]}",
                     "{\"duree\":[null,3],\"titre\":\"t\"}");
}

static void a_list_of_codes_is_a_set_and_a_list_of_texts_is_not(void **state)
{
    (void)state;
    assert_stored_as("{\"titre\":\"t\",\"codes\":[\"vision\",\" nlp\",\"vision\",null,\"\"]}",
                     "{\"codes\":[\"nlp\",\"vision\"],\"titre\":\"t\"}");
    assert_stored_as("{\"titre\":\"t\",\"mots\":[\"b\",\"a\",\"b\",\" \"]}",
                     "{\"mots\":[\"b\",\"a\",\"b\"],\"titre\":\"t\"}");
}

static void what_is_empty_is_absent(void **state)
{
    (void)state;
    assert_stored_as(
        "{\"titre\":\"t\",\"texte\":\" \\n\",\"siren\":\"\",\"entier\":\" \",\"codes\":[],"
        "\"mots\":[null,\"\"],\"lieu\":{\"ville\":\" \"},\"duree\":[null,null],"
        "\"naf\":{},\"valeur\":null,\"actif\":\"\",\"instant\":\"\"}",
        "{\"titre\":\"t\"}");
}

static void the_bytes_are_sorted_and_short(void **state)
{
    (void)state;
    text_t bytes = encoded(&KIND, "{\"valeur\":10.2,\"titre\":\"é\",\"entier\":-1,\"actif\":true}");
    static const char EXPECTED[] = "\x84\xa5"
                                   "actif\xc3\xa6"
                                   "entier\xff\xa5"
                                   "titre\xa2\xc3\xa9\xa6"
                                   "valeur\xcd\x03\xfc";
    assert_int_equal(bytes.size, sizeof EXPECTED - 1);
    assert_memory_equal(bytes.data, EXPECTED, bytes.size);
    text_free(&bytes);
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    (void)state;
    text_t one =
        encoded(&KIND, "{\"titre\":\"Café\",\"lieu\":{\"ville\":\"Roanne\",\"adresse\":\"1\"},"
                       "\"codes\":[\"nlp\",\"vision\"],\"valeur\":33}");
    text_t two = encoded(&KIND, "{\"codes\":[\"vision\",\"nlp\"],\"valeur\":\"33.00\","
                                "\"lieu\":{\"adresse\":\"1\",\"ville\":\" Roanne\"},\"siren\":null,"
                                "\"titre\":\"Cafe\\u0301\"}");
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);
    text_free(&one);
    text_free(&two);
}

static void an_error_leaves_the_output_as_it_was(void **state)
{
    (void)state;
    json_t *json = load("{\"titre\":\"t\",\"siren\":\"732829321\",\"inconnu\":1}");
    findings_t findings = {0};
    text_t out;
    text_init(&out, BODY_MAX_SIZE);
    text_add_string(&out, "before");
    assert_int_equal(body_encode(&KIND, json, &out, &findings), -1);
    assert_string_equal(out.data, "before");
    assert_int_equal(findings.errors, 2);
    json_decref(json);
    json = load("[]");
    assert_int_equal(body_encode(&KIND, json, &out, &findings), -1);
    assert_int_equal(findings.errors, 3);
    json_decref(json);
    findings_free(&findings);
    text_free(&out);
}

static void earlier_findings_do_not_refuse_a_good_content(void **state)
{
    (void)state;
    findings_t findings = {0};
    findings_add(&findings, SEVERITY_ERROR, "E_TYPE", "", "", "", "of another row");
    json_t *json = load("{\"titre\":\"t\"}");
    text_t out;
    text_init(&out, BODY_MAX_SIZE);
    assert_int_equal(body_encode(&KIND, json, &out, &findings), 0);
    json_decref(json);
    findings_free(&findings);
    text_free(&out);
}

/* Encodes a title of `size` bytes; the size of the body, or 0 when it was refused. */
static size_t encode_long(size_t size)
{
    char *title = calloc(1, size + 1);
    memset(title, 'x', size);
    json_t *json = json_pack("{ss}", "titre", title);
    findings_t findings = {0};
    text_t out;
    text_init(&out, 2 * BODY_MAX_SIZE);
    int rc = body_encode(&KIND, json, &out, &findings);
    size_t made = out.size;
    assert_int_equal(rc, made ? 0 : -1);
    if (rc)
        assert_string_equal(findings.list[0].code, "E_SIZE");
    findings_free(&findings);
    text_free(&out);
    json_decref(json);
    free(title);
    return made;
}

static void a_body_has_a_maximum_of_bytes(void **state)
{
    (void)state;
    size_t around = encode_long(60000) - 60000;
    assert_int_equal(encode_long(BODY_MAX_SIZE - around), BODY_MAX_SIZE);
    assert_int_equal(encode_long(BODY_MAX_SIZE - around + 1), 0);
}

static void a_body_has_a_maximum_of_values(void **state)
{
    (void)state;
    json_t *words = json_array();
    json_t *json = json_pack("{ssso}", "titre", "t", "mots", words);
    for (size_t i = 0; i < BODY_MAX_VALUES - 5; i++)
        json_array_append_new(words, json_string("m"));
    for (int too_many = 0; too_many < 2; too_many++) {
        findings_t findings = {0};
        text_t out;
        text_init(&out, BODY_MAX_SIZE);
        assert_int_equal(body_encode(&KIND, json, &out, &findings), too_many ? -1 : 0);
        findings_free(&findings);
        text_free(&out);
        json_array_append_new(words, json_string("m"));
    }
    json_decref(json);
}

static void assert_shows(const char *bytes, size_t size, const char *expected)
{
    err_t err = {0};
    json_t *json = body_decode(&KIND, bytes, size, &err);
    if (!json)
        fail_msg("%s", err.text);
    char *text = dump(json);
    assert_string_equal(text, expected);
    free(text);
    json_decref(json);
}

#define ASSERT_SHOWS(bytes, expected) assert_shows(bytes, sizeof bytes - 1, expected)

static void what_a_newer_hub_added_is_shown_as_it_is(void **state)
{
    (void)state;
    ASSERT_SHOWS("\x82\xa4neuf\x92\x01\xc3\xa6valeur\xcd\x03\xfc",
                 "{\"neuf\":[1,true],\"valeur\":10.2}");
    ASSERT_SHOWS("\x81\xa4lieu\x81\xa1x\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00",
                 "{\"lieu\":{\"x\":1.5}}");
}

static void what_does_not_fit_its_type_is_shown_raw(void **state)
{
    (void)state;
    ASSERT_SHOWS("\x81\xa6valeur\xa3"
                 "abc",
                 "{\"valeur\":\"abc\"}");
    ASSERT_SHOWS("\x81\xa6valeur\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
                 "{\"valeur\":\"18446744073709551615\"}");
    ASSERT_SHOWS("\x81\xa4lieu\x93\x01\xd0\xff\xc0", "{\"lieu\":[1,-1,null]}");
    ASSERT_SHOWS("\x81\xa5"
                 "codes\x81\xa1x\x01",
                 "{\"codes\":{\"x\":1}}");
    ASSERT_SHOWS("\x81\xa5titre\xc4\x02\x00\xff", "{\"titre\":\"00ff\"}");
    ASSERT_SHOWS("\x81\xa5titre\xa2\xc3\x28", "{\"titre\":\"c328\"}");
    ASSERT_SHOWS("\x81\xa5titre\xd4\x05\x7f", "{\"titre\":\"7f\"}");
    ASSERT_SHOWS("\x81\xa5titre\xca\x7f\x80\x00\x00", "{\"titre\":null}");
    ASSERT_SHOWS("\x81\xa5titre\xa0", "{\"titre\":\"\"}");
    ASSERT_SHOWS("\x81\xa0\xc4\x00", "{\"\":\"\"}");
    ASSERT_SHOWS("\x81\x07\x01", "{\"7\":1}");
    ASSERT_SHOWS("\x81\xa2\xc3\x28\x01", "{\"\\\"c328\\\"\":1}");
}

static void bytes_that_are_no_map_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        size_t size;
    } bad[] = {{"", 0},          {"\x93\x01\x02\x03", 4},
               {"\x81\xa1x", 3}, {"\x80\x80", 2},
               {"\xc1", 1},      {"\xdf\xdf\xdf\xdf\xdf\xff\x0a", 7}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        err_t err = {0};
        assert_null(body_decode(&KIND, bad[i].bytes, bad[i].size, &err));
        assert_int_equal(err.action, ERR_REJECT);
        assert_false(body_is_canonical(&KIND, bad[i].bytes, bad[i].size));
    }
    char deep[20];
    memset(deep, 0x91, sizeof deep);
    memcpy(deep, "\x81\xa1x", 3);
    deep[sizeof deep - 1] = 1;
    assert_null(body_decode(NULL, deep, sizeof deep, NULL));
}

static void only_what_encode_makes_is_canonical(void **state)
{
    (void)state;
    text_t good = encoded(&KIND, "{\"titre\":\"t\",\"entier\":5}");
    assert_true(body_is_canonical(&KIND, good.data, good.size));
    text_free(&good);
    const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        {"\x80", 1},                    /* a required field is missing */
        {"\x81\xa5titre\xd9\x01t", 10}, /* a longer form of a text */
        {"\x82\xa5titre\xa1t\xa6"
         "entier\x05",
         17}, /* keys not sorted */
        {"\x82\xa6"
         "entier\xd0\x05\xa5titre\xa1t",
         18}, /* a longer form of an integer */
        {"\x82\xa6"
         "entier\xc0\xa5titre\xa1t",
         17},                                     /* a null is stored */
        {"\x81\xa5titre\xa2 t", 10},              /* not trimmed */
        {"\x82\xa1x\x05\xa5titre\xa1t", 12},      /* unknown field */
        {"\x82\xa5titre\xa1t\xa5titre\xa1t", 17}, /* twice the same key */
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *json = body_decode(&KIND, bad[i].bytes, bad[i].size, NULL);
        assert_non_null(json);
        json_decref(json);
        if (body_is_canonical(&KIND, bad[i].bytes, bad[i].size))
            fail_msg("example %zu passes for canonical", i);
    }
}

static void only_the_day_of_update_may_differ(void **state)
{
    (void)state;
    text_t bytes[] = {
        encoded(&KIND, "{\"titre\":\"t\",\"date_maj\":\"2026-01-01\",\"entier\":1}"),
        encoded(&KIND, "{\"titre\":\"t\",\"date_maj\":\"2026-01-02\",\"entier\":1}"),
        encoded(&KIND, "{\"titre\":\"t\",\"entier\":1}"),
        encoded(&KIND, "{\"titre\":\"u\",\"entier\":1}"),
        encoded(&KIND, "{\"titre\":\"t\",\"entier\":1,\"valeur\":2}"),
        encoded(&KIND, "{\"titre\":\"t\"}"),
    };
    for (size_t i = 0; i < COUNT(bytes); i++)
        for (size_t j = 0; j < COUNT(bytes); j++)
            assert_int_equal(body_same(bytes[i].data, bytes[i].size, bytes[j].data, bytes[j].size),
                             i == j || (i < 3 && j < 3));
    assert_false(body_same(bytes[0].data, bytes[0].size, "\xc1", 1));
    assert_false(body_same("\xc1", 1, bytes[0].data, bytes[0].size));
    for (size_t i = 0; i < COUNT(bytes); i++)
        text_free(&bytes[i]);
}

static void assert_id(const char *json_text, const char *expected)
{
    json_t *json = load(json_text);
    char id[ID_SIZE] = "";
    err_t err = {0};
    if (body_id(&KIND, json, id, &err))
        fail_msg("%s: %s", json_text, err.text);
    assert_string_equal(id, expected);
    assert_true(id_valid(id));
    json_decref(json);
}

static void the_first_complete_key_makes_the_id(void **state)
{
    (void)state;
    assert_id("{\"siren\":\"732 829 320\",\"titre\":\"A\",\"lieu\":{\"ville\":\"B\"}}",
              "732829320");
    assert_id("{\"siren\":732829320}", "732829320");
    assert_id("{\"siren\":\" \",\"titre\":\"L'Œuvre\",\"lieu\":{\"ville\":\"Saint-Étienne\"}}",
              "l-oeuvre:saint-etienne");
}

static void a_long_key_makes_an_id_of_its_hash(void **state)
{
    (void)state;
    char text[600], one[ID_SIZE], two[ID_SIZE];
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "{\"titre\":\"%0300d\",\"lieu\":{\"ville\":\"%0100d\"}}", 1, i);
        json_t *json = load(text);
        assert_int_equal(body_id(&KIND, json, i ? two : one, NULL), 0);
        json_decref(json);
    }
    assert_int_equal(strlen(one), ID_SIZE - 1);
    assert_true(id_valid(one));
    assert_string_not_equal(one, two);
}

static void an_incomplete_key_is_told_with_the_fields_to_fill(void **state)
{
    (void)state;
    const char *const bodies[] = {"{}", "{\"titre\":\"A\"}",
                                  "{\"titre\":\"!\",\"lieu\":{\"ville\":\"B\"}}",
                                  "{\"titre\":\"A\",\"lieu\":3}"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        json_t *json = load(bodies[i]);
        char id[ID_SIZE];
        err_t err = {0};
        assert_int_equal(body_id(&KIND, json, id, &err), -1);
        assert_int_equal(err.action, ERR_REJECT);
        assert_string_equal(err.text, "Il manque de quoi reconnaître la fiche. Remplissez "
                                      "« SIREN » (siren), ou « Titre » (titre) et "
                                      "« Ville » (lieu.ville).");
        json_decref(json);
    }
}

/* --- random content of the real kinds --- */

typedef struct dice {
    uint64_t state;
} dice_t;

static uint32_t roll(dice_t *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

static json_t *random_text(dice_t *dice, const field_t *field)
{
    static const char *const PIECES[] = {"a",  "Œ", " ", "é",  "e\xcc\x81", "\xc2\xa0", "’", "42",
                                         "\n", "-", "🎉", "  ", "ﬁ",         "\t",       "Ω"};
    size_t pieces = roll(dice, 12), max = field->max_size ? field->max_size : 100;
    text_t text;
    text_init(&text, 200);
    for (size_t i = 0; i < pieces && i < max / 2; i++)
        text_add_string(&text, PIECES[roll(dice, COUNT(PIECES))]);
    json_t *json = json_string(text.data);
    text_free(&text);
    return json;
}

static json_t *random_number(dice_t *dice, const field_t *field)
{
    int64_t span = field->max - field->min;
    int64_t whole = span > 0 ? field->min + (int64_t)roll(dice, 1u << 31) % span : roll(dice, 1000);
    char text[40];
    switch (roll(dice, 3)) {
    case 0:
        return json_integer(whole);
    case 1:
        snprintf(text, sizeof text, "%lld%s", (long long)whole,
                 field->type == FIELD_INTEGER ? ".0" : ".25");
        return whole == field->min ? json_integer(whole) : json_string(text);
    }
    return field->type == FIELD_INTEGER ? json_integer(whole)
                                        : json_real((double)whole + roll(dice, 100) / 100.0);
}

static json_t *random_value(dice_t *dice, const field_t *field);

static json_t *random_members(dice_t *dice, const field_t *fields, size_t count)
{
    json_t *object = json_object();
    size_t start = roll(dice, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        const field_t *field = &fields[(start + i) % count];
        if (field->need == NEED_REQUIRED || roll(dice, 3))
            json_object_set_new(object, field->name, random_value(dice, field));
    }
    return object;
}

static json_t *random_list(dice_t *dice, const field_t *field)
{
    json_t *list = json_array();
    for (uint32_t i = roll(dice, 4); i-- > 0;)
        json_array_append_new(list, random_value(dice, &field->fields[0]));
    return list;
}

static json_t *random_interval(dice_t *dice, const field_t *field)
{
    json_t *end = random_number(dice, &field->fields[0]);
    return roll(dice, 2) ? json_pack("[n,o]", end) : json_pack("[O,o]", end, end);
}

static json_t *one_of(dice_t *dice, const char *const *texts, uint32_t count)
{
    return json_string(texts[roll(dice, count)]);
}

static json_t *random_value(dice_t *dice, const field_t *field)
{
    static const char *const SIRENS[] = {"732829320", " 356 000 000", "005520135"};
    static const char *const SIRETS[] = {"73282932000074", "356000000 49837"};
    static const char *const RNAS[] = {"W131004321", "w131000696"};
    static const char *const COGS[] = {"COM-42218", "DEP-2A", "REG-84", "UE-27", "pays-99100"};
    static const char *const URLS[] = {"https://exemple.fr", " http://a.exemple.fr/b?c=é "};
    static const char *const TELS[] = {"04 77 00 00 00", "+33477000000"};
    static const char *const COURRIELS[] = {"contact@exemple.fr", "A@EXEMPLE.FR"};
    static const char *const DATES[] = {"2026-11-22", "2024-02-29"};
    static const char *const INSTANTS[] = {"2026-11-22T18:00:00+01:00", "2026-11-22 18:00Z"};
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_MARKDOWN:
        return random_text(dice, field);
    case FIELD_CODE:
        return json_string(
            field->vocabulary->terms[roll(dice, (uint32_t)field->vocabulary->count)].code);
    case FIELD_SIREN:
        return one_of(dice, SIRENS, COUNT(SIRENS));
    case FIELD_SIRET:
        return one_of(dice, SIRETS, COUNT(SIRETS));
    case FIELD_RNA:
        return one_of(dice, RNAS, COUNT(RNAS));
    case FIELD_COG:
        return one_of(dice, COGS, COUNT(COGS));
    case FIELD_NAF:
        return json_pack("{ssss}", "nomenclature", roll(dice, 2) ? "rev2" : "2025", "code",
                         roll(dice, 2) ? "J" : "6201z");
    case FIELD_URL:
        return one_of(dice, URLS, COUNT(URLS));
    case FIELD_TEL:
        return one_of(dice, TELS, COUNT(TELS));
    case FIELD_COURRIEL:
        return one_of(dice, COURRIELS, COUNT(COURRIELS));
    case FIELD_DATE:
        return one_of(dice, DATES, COUNT(DATES));
    case FIELD_INSTANT:
        return one_of(dice, INSTANTS, COUNT(INSTANTS));
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_DEGREES:
        return random_number(dice, field);
    case FIELD_BOOL:
        return roll(dice, 2) ? json_true() : json_string("non");
    case FIELD_LIST:
        return random_list(dice, field);
    case FIELD_MAP:
        return random_members(dice, field->fields, field->field_count);
    case FIELD_INTERVAL:
        return random_interval(dice, field);
    }
    return json_null();
}

/* What decoding gives encodes to the same bytes, without a new finding. */
static void assert_round_trip(const kind_t *kind, const text_t *bytes, size_t warnings)
{
    json_t *json = body_decode(kind, bytes->data, bytes->size, NULL);
    assert_non_null(json);
    char *printed = dump(json);
    json_t *read_back = load(printed);
    text_t again;
    text_init(&again, BODY_MAX_SIZE);
    findings_t findings = {0};
    if (body_encode(kind, read_back, &again, &findings))
        fail_msg("%s: %s: %s", kind->name, printed, findings.list[0].reason);
    assert_int_equal(again.size, bytes->size);
    assert_memory_equal(again.data, bytes->data, again.size);
    assert_int_equal(findings.warnings, warnings);
    findings_free(&findings);
    text_free(&again);
    json_decref(read_back);
    free(printed);
    json_decref(json);
}

/* Encodes one random content; false when a rule across fields refused it. */
static bool try_content(const kind_t *kind, dice_t *dice)
{
    json_t *json = random_members(dice, kind->fields, kind->field_count);
    findings_t findings = {0};
    text_t bytes;
    text_init(&bytes, BODY_MAX_SIZE);
    bool good = !body_encode(kind, json, &bytes, &findings);
    if (good) {
        assert_int_equal(shape_check(bytes.data, bytes.size, BODY_MAX_DEPTH, BODY_MAX_VALUES, NULL),
                         0);
        assert_true(body_is_canonical(kind, bytes.data, bytes.size));
        assert_true(body_same(bytes.data, bytes.size, bytes.data, bytes.size));
        assert_round_trip(kind, &bytes, findings.warnings);
    } else {
        assert_int_equal(bytes.size, 0);
        assert_true(findings.errors > 0);
    }
    findings_free(&findings);
    text_free(&bytes);
    json_decref(json);
    return good;
}

static void any_content_of_any_kind_survives_the_round_trip(void **state)
{
    (void)state;
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    if (!schema)
        fail_msg("%s: %s", findings.list[0].where, findings.list[0].reason);
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        dice_t dice = {.state = 42 + i};
        size_t good = 0;
        for (int n = 0; n < CONTENTS_PER_KIND; n++)
            good += try_content(kind, &dice);
        if (good < CONTENTS_PER_KIND / 20)
            fail_msg("only %zu contents of '%s' were good: this proves little", good, kind->name);
    }
    dice_t dice = {.state = 7};
    size_t good = 0;
    for (int n = 0; n < CONTENTS_PER_KIND; n++)
        good += try_content(&KIND, &dice);
    assert_true(good > CONTENTS_PER_KIND / 2);
    findings_free(&findings);
    schema_destroy(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_in_one_way),
        cmocka_unit_test(numbers_come_back_as_they_were_written),
        cmocka_unit_test(a_list_of_codes_is_a_set_and_a_list_of_texts_is_not),
        cmocka_unit_test(what_is_empty_is_absent),
        cmocka_unit_test(the_bytes_are_sorted_and_short),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
        cmocka_unit_test(an_error_leaves_the_output_as_it_was),
        cmocka_unit_test(earlier_findings_do_not_refuse_a_good_content),
        cmocka_unit_test(a_body_has_a_maximum_of_bytes),
        cmocka_unit_test(a_body_has_a_maximum_of_values),
        cmocka_unit_test(what_a_newer_hub_added_is_shown_as_it_is),
        cmocka_unit_test(what_does_not_fit_its_type_is_shown_raw),
        cmocka_unit_test(bytes_that_are_no_map_are_refused),
        cmocka_unit_test(only_what_encode_makes_is_canonical),
        cmocka_unit_test(only_the_day_of_update_may_differ),
        cmocka_unit_test(the_first_complete_key_makes_the_id),
        cmocka_unit_test(a_long_key_makes_an_id_of_its_hash),
        cmocka_unit_test(an_incomplete_key_is_told_with_the_fields_to_fill),
        cmocka_unit_test(any_content_of_any_kind_survives_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
