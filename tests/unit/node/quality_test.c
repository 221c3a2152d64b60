/* Scores and their reasons, on the kinds that ship. */
#include "node/quality.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"

#define TODAY "2026-11-22"

typedef struct world {
    schema_t *schema;
    quality_t quality;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->schema = real_schema();
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    schema_destroy(&world->schema);
    free(world);
    return 0;
}

static const quality_t *judge(world_t *world, const char *kind, const char *json)
{
    json_error_t error;
    json_t *body = json_loads(json, 0, &error);
    if (!body)
        fail_msg("%s in %s", error.text, json);
    quality_judge(schema_kind(world->schema, kind), body, TODAY, TODAY, &world->quality);
    json_decref(body);
    return &world->quality;
}

static const quality_reason_t *reason(const quality_t *quality, const char *criterion)
{
    for (size_t i = 0; i < quality->count; i++)
        if (strcmp(quality->reasons[i].criterion, criterion) == 0)
            return &quality->reasons[i];
    return NULL;
}

static void expect_reason(const quality_t *quality, const char *criterion, const char *part)
{
    const quality_reason_t *found = reason(quality, criterion);
    if (!found || !strstr(found->text, part))
        fail_msg("%s: '%s' instead of '%s'", criterion, found ? found->text : "nothing", part);
    assert_true(found->lost > 0);
}

static void expect_none(const quality_t *quality, const char *criterion)
{
    const quality_reason_t *found = reason(quality, criterion);
    if (found)
        fail_msg("%s: '%s'", criterion, found->text);
}

#define FORTY "Quarante caractères de texte, ou presque."
#define LONG_TEXT FORTY FORTY FORTY FORTY FORTY FORTY
#define PROVIDER                                                                                   \
    "\"nom\": \"Un\", \"categorie\": \"conseil\", \"description\": \"" LONG_TEXT                   \
    "\", \"fonctions_servies\": [\"vendre\"], \"sections_servies\": [\"C\"], \"lat\": 45.4, "      \
    "\"lon\": 4.4, \"date_maj\": \"2026-11-01\", \"telephone\": \"0477430400\""
#define PRICED "{\"titre\": \"a\", \"type\": \"audit\", \"prix\": {\"mode\": \"devis\"}}"
#define UNPRICED "{\"titre\": \"b\", \"type\": \"audit\"}"

static void a_record_that_lacks_nothing_has_100(void **state)
{
    world_t *world = *state;
    const quality_t *quality = judge(world, "provider", "{" PROVIDER ", \"offres\": [" PRICED "]}");
    for (size_t i = 0; i < quality->count; i++)
        print_error("%s: %s\n", quality->reasons[i].criterion, quality->reasons[i].text);
    assert_int_equal(quality->count, 0);
    assert_int_equal(quality->score, 100);
}

static void an_empty_record_of_every_kind_is_judged(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < schema_kind_count(world->schema); i++) {
        const char *kind = schema_kind_at(world->schema, i)->name;
        const quality_t *quality = judge(world, kind, "{}");
        assert_in_range(quality->score, 0, 99);
        assert_true(quality->count > 0);
        for (size_t j = 0; j < quality->count; j++) {
            assert_true(*quality->reasons[j].text);
            if (j)
                assert_true(quality->reasons[j].lost <= quality->reasons[j - 1].lost);
        }
    }
}

static void nobody_can_reach_who_gives_neither_telephone_nor_courriel(void **state)
{
    world_t *world = *state;
    expect_reason(judge(world, "organisation", "{}"), "contact",
                  "Pas de téléphone ni de courriel : personne ne pourra vous joindre.");
    expect_reason(judge(world, "organisation", "{\"site\": \"https://exemple.fr\"}"), "contact",
                  "que le site");
    expect_reason(judge(world, "organisation", "{\"source\": {\"url\": \"https://exemple.fr\"}}"),
                  "contact", "personne");
    expect_none(judge(world, "organisation", "{\"courriel\": \"a@exemple.fr\"}"), "contact");
    expect_none(judge(world, "event", "{\"inscription\": {\"telephone\": \"0477430400\"}}"),
                "contact");
    expect_reason(judge(world, "event", "{\"inscription\": {\"url\": \"https://exemple.fr\"}}"),
                  "contact", "que le site");
    expect_none(judge(world, "answer", "{}"), "contact"); /* a kind without contacts */
}

static void an_event_online_needs_no_place(void **state)
{
    world_t *world = *state;
    expect_reason(judge(world, "event", "{\"mode\": \"presentiel\"}"), "lieu", "on ne sait pas où");
    expect_none(judge(world, "event", "{\"mode\": \"en_ligne\"}"), "lieu");
    expect_reason(judge(world, "event", "{\"lieu\": {\"code_insee\": \"COM-42218\"}}"), "lieu",
                  "carte");
    expect_none(judge(world, "event", "{\"lieu\": {\"lon\": 4.4, \"lat\": 45.4}}"), "lieu");
    expect_none(judge(world, "programme", "{}"), "lieu");
}

static void a_choice_inside_a_group_that_is_not_there_is_not_missing(void **state)
{
    world_t *world = *state;
    expect_none(judge(world, "provider", "{\"categorie\": \"conseil\"}"), "type");
    expect_reason(judge(world, "provider", "{}"), "type", "liste");
    expect_none(judge(world, "indicator", "{}"), "secteur");
}

static void an_aid_for_all_activities_lacks_no_sector(void **state)
{
    world_t *world = *state;
    expect_none(judge(world, "programme", "{}"), "secteur");
    expect_reason(judge(world, "provider", "{}"), "secteur", "Aucun secteur");
    expect_reason(judge(world, "use_case", "{}"), "secteur", "Aucun secteur");
    expect_none(
        judge(world, "use_case", "{\"section\": {\"nomenclature\": \"rev2\", \"code\": \"C\"}}"),
        "secteur");
    expect_reason(judge(world, "use_case", "{}"), "fonction", "Aucune fonction");
}

static void a_text_of_a_few_words_counts_for_little(void **state)
{
    world_t *world = *state;
    int none = reason(judge(world, "organisation", "{}"), "presentation")->lost;
    const quality_t *quality = judge(world, "organisation", "{\"description\": \"" FORTY "\"}");
    expect_reason(quality, "presentation", "très courte (41 caractères)");
    assert_true(reason(quality, "presentation")->lost < none);
    expect_none(judge(world, "organisation", "{\"description\": \"" LONG_TEXT "\"}"),
                "presentation");
}

static void what_nobody_looked_at_for_a_year_is_stale(void **state)
{
    world_t *world = *state;
    expect_none(judge(world, "organisation", "{\"date_maj\": \"2026-05-23\"}"), "fraicheur");
    expect_reason(judge(world, "organisation", "{\"date_maj\": \"2026-05-22\"}"), "fraicheur",
                  "six mois");
    expect_reason(judge(world, "organisation", "{\"date_maj\": \"2025-11-21\"}"), "fraicheur",
                  "plus d'un an (2025-11-21)");
    expect_none(judge(world, "organisation", "{}"), "fraicheur"); /* it was changed today */
    expect_reason(judge(world, "answer", "{\"a_relire_le\": \"2026-11-22\"}"), "fraicheur",
                  "À relire");
    expect_none(judge(world, "answer", "{\"a_relire_le\": \"2026-11-23\"}"), "fraicheur");
}

static void each_offer_should_have_a_price(void **state)
{
    world_t *world = *state;
    expect_none(judge(world, "provider", "{\"offres\": [" PRICED "]}"), "prix");
    const quality_t *quality = judge(world, "provider", "{\"offres\": [" PRICED ", " UNPRICED "]}");
    expect_reason(quality, "prix", "Certaines");
    int half = reason(quality, "prix")->lost;
    quality = judge(world, "provider", "{}");
    expect_reason(quality, "prix", "Aucun prix");
    assert_in_range(reason(quality, "prix")->lost, 2 * half - 2, 2 * half + 2);
    expect_none(judge(world, "event", "{\"prix\": \"gratuit\"}"), "prix");
    expect_none(judge(world, "organisation", "{}"), "prix");
}

static void only_labels_that_are_claimed_want_proof(void **state)
{
    world_t *world = *state;
    expect_none(judge(world, "provider", "{}"), "labels");
    expect_reason(judge(world, "provider",
                        "{\"labels\": [{\"code\": \"qualiopi\"}, {\"code\": "
                        "\"nr\", \"preuve_url\": \"https://exemple.fr\"}]}"),
                  "labels", "1 label sans preuve");
}

static void what_a_kind_expects_is_asked_for_by_its_label(void **state)
{
    world_t *world = *state;
    const quality_t *quality =
        judge(world, "programme", "{\"url_source\": \"https://exemple.fr\"}");
    expect_reason(quality, "attendu", "« Porteurs », « Où »");
    assert_null(strstr(reason(quality, "attendu")->text, "Page officielle"));
    assert_null(strstr(reason(quality, "attendu")->text, "Mise à jour"));
}

static void a_received_record_of_wrong_types_is_judged_all_the_same(void **state)
{
    world_t *world = *state;
    const quality_t *quality =
        judge(world, "provider",
              "{\"labels\": 3, \"offres\": {\"a\": 1}, \"description\": [1], \"date_maj\": 5, "
              "\"telephone\": [], \"source\": \"x\", \"lat\": \"ici\"}");
    assert_in_range(quality->score, 0, 99);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_record_that_lacks_nothing_has_100),
        TEST(an_empty_record_of_every_kind_is_judged),
        TEST(nobody_can_reach_who_gives_neither_telephone_nor_courriel),
        TEST(an_event_online_needs_no_place),
        TEST(a_choice_inside_a_group_that_is_not_there_is_not_missing),
        TEST(an_aid_for_all_activities_lacks_no_sector),
        TEST(a_text_of_a_few_words_counts_for_little),
        TEST(what_nobody_looked_at_for_a_year_is_stale),
        TEST(each_offer_should_have_a_price),
        TEST(only_labels_that_are_claimed_want_proof),
        TEST(what_a_kind_expects_is_asked_for_by_its_label),
        TEST(a_received_record_of_wrong_types_is_judged_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
