#include "node/portal/pages/facts.h"

#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 4096

/* --- prices --- */

static void add_euros(text_t *out, const json_t *amount)
{
    format_number(out, json_number_value(amount), 0, "EUR");
}

static void add_range(text_t *out, const json_t *min, const json_t *max)
{
    if (json_is_number(min) && json_is_number(max)
        && json_number_value(min) == json_number_value(max)) {
        add_euros(out, min);
        return;
    }
    if (json_is_number(min)) {
        text_add_string(out, json_is_number(max) ? "de " : "à partir de ");
        add_euros(out, min);
    }
    if (json_is_number(max)) {
        text_add_string(out, json_is_number(min) ? " à " : "jusqu'à ");
        add_euros(out, max);
    }
}

void facts_price(text_t *out, const json_t *price)
{
    const char *mode = view_text(price, "mode");
    const json_t *min = json_object_get(price, "min"), *max = json_object_get(price, "max");
    bool some = json_is_number(min) || json_is_number(max);
    if (!strcmp(mode, "gratuit")) {
        text_add_string(out, "gratuit");
        return;
    }
    if (!strcmp(mode, "devis"))
        text_add_string(out, some ? "sur devis, " : "sur devis");
    add_range(out, min, max);
    if (some && !strcmp(mode, "jour"))
        text_add_string(out, " par jour");
    if (some && !strcmp(mode, "forfait"))
        text_add_string(out, ", tout compris");
}

/* --- labels --- */

static bool is_over(const char *until, const char *today)
{
    return *until && strcmp(until, today) < 0;
}

static json_t *date_view(const char *date)
{
    text_t text;
    text_init(&text, WORDS_MAX);
    if (*date)
        format_date(&text, date);
    return view_take(&text);
}

static json_t *label_view(const site_t *site, const field_t *code, const json_t *label,
                          const char *today)
{
    text_t name;
    text_init(&name, WORDS_MAX);
    if (code)
        view_code(site, code, view_text(label, "code"), &name);
    char *proof = view_url(view_text(label, "preuve_url"));
    json_t *view =
        json_pack("{s:o, s:o, s:o, s:b, s:s}", "name", view_take(&name), "since",
                  date_view(view_text(label, "du")), "until", date_view(view_text(label, "au")),
                  "expired", is_over(view_text(label, "au"), today), "proof", proof ? proof : "");
    free(proof);
    return view;
}

json_t *facts_labels(const site_t *site, const kind_t *kind, const json_t *body, const char *today)
{
    json_t *views = json_array();
    const json_t *labels = json_object_get(body, "labels");
    const field_t *code = kind_path(kind, "labels.code");
    for (size_t i = 0; i < json_array_size(labels); i++) {
        const json_t *label = json_array_get(labels, i);
        if (*view_text(label, "code"))
            json_array_append_new(views, label_view(site, code, label, today));
    }
    return views;
}

/* --- sovereignty --- */

/* A yes and a no each have their sentence, and what nobody said its name. */
static const struct {
    const char *field, *yes, *no, *unsaid;
} QUESTIONS[] = {
    {"controle_ue", "L'entreprise est contrôlée depuis l'Union européenne.",
     "L'entreprise est contrôlée depuis un pays hors de l'Union européenne.", "qui la contrôle"},
    {"droit_extraterritorial", "Un autre État peut exiger de voir les données.",
     "Aucun autre État ne peut exiger de voir les données.",
     "si un autre État peut voir les données"},
    {"secnumcloud", "L'hébergement est qualifié SecNumCloud, par l'État français.",
     "L'hébergement n'a pas la qualification SecNumCloud.", "si l'hébergement est qualifié"},
};

/* What is said in words of its own. */
static const struct {
    const char *field, *before, *unsaid;
} WORDS[] = {
    {"siege_pays", "Siège : ", "le pays du siège"},
    {"hebergement_pays", "Données hébergées : ", "le pays où sont les données"},
    {"modele", "Modèle d'IA utilisé : ", ""},
    {"reversibilite", "Pour partir : ", "comment reprendre vos données"},
};

static void add_missing(text_t *missing, const char *unsaid)
{
    if (*unsaid)
        text_add_format(missing, "%s%s", missing->size ? ", " : "", unsaid);
}

static void add_answers(const json_t *facts, json_t *sentences, text_t *missing)
{
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof *QUESTIONS; i++) {
        const json_t *answer = json_object_get(facts, QUESTIONS[i].field);
        if (json_is_boolean(answer))
            json_array_append_new(
                sentences, json_string(json_is_true(answer) ? QUESTIONS[i].yes : QUESTIONS[i].no));
        else
            add_missing(missing, QUESTIONS[i].unsaid);
    }
}

static void add_words(const site_t *site, const field_t *map, const json_t *facts,
                      json_t *sentences, text_t *missing)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const char *said = view_text(facts, WORDS[i].field);
        const field_t *field = NULL;
        for (size_t j = 0; j < map->field_count && !field; j++)
            if (!strcmp(map->fields[j].name, WORDS[i].field))
                field = &map->fields[j];
        if (!*said || !field) {
            add_missing(missing, WORDS[i].unsaid);
            continue;
        }
        text_t sentence;
        text_init(&sentence, WORDS_MAX);
        text_add_string(&sentence, WORDS[i].before);
        view_code(site, field, said, &sentence);
        json_array_append_new(sentences, view_take(&sentence));
    }
}

json_t *facts_sovereignty(const site_t *site, const kind_t *kind, const json_t *body,
                          const char *today)
{
    const json_t *facts = json_object_get(body, "souverainete");
    const field_t *map = kind_field(kind, "souverainete");
    json_t *sentences = json_array();
    text_t missing;
    text_init(&missing, WORDS_MAX);
    if (map && json_is_object(facts)) {
        add_answers(facts, sentences, &missing);
        add_words(site, map, facts, sentences, &missing);
    }
    if (!json_array_size(sentences)) {
        json_decref(sentences);
        text_free(&missing);
        return json_null();
    }
    bool attested = !strcmp(view_text(facts, "statut"), "atteste");
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:b}", "sentences", sentences, "missing",
                     view_take(&missing), "attested", attested, "from",
                     date_view(view_text(facts, "du")), "to", date_view(view_text(facts, "au")),
                     "over", is_over(view_text(facts, "au"), today));
}
