/* One use case, told to its end: what was wrong, what was done, what it brought, cost and made difficult. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/nearby.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/format.h"
#include "node/portal/words/sector.h"
#include "node/portal/words/view.h"

#include <stdio.h>
#include <string.h>

#define KIND "use_case"
#define DOER "provider"
#define DOERS_MAX 4
#define DATES "ai_act_application" /* vocabulary: what the law says of each class, and from when */

/* --- results: "Temps passé : 3 heures par semaine" --- */

static json_t *result_of(const json_t *result)
{
    const json_t *value = json_object_get(result, "valeur");
    text_t words;
    text_init(&words, 512);
    if (json_is_number(value))
        format_number(&words, json_number_value(value), 2, view_text(result, "unite"));
    return json_pack("{s:s, s:o, s:s}", "what", view_text(result, "indicateur"), "value",
                     view_take(&words), "how", view_text(result, "mesure"));
}

static void add_results(json_t *content, const json_t *body)
{
    const json_t *all = json_object_get(body, "resultats");
    json_t *results = json_array();
    for (size_t i = 0; i < json_array_size(all); i++)
        json_array_append_new(results, result_of(json_array_get(all, i)));
    json_object_set_new(content, "has_results", json_boolean(json_array_size(results)));
    json_object_set_new(content, "results", results);
}

static void add_data(json_t *content, const json_t *body)
{
    const json_t *all = json_object_get(body, "donnees");
    json_t *data = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        json_array_append_new(data, json_pack("{s:s, s:b}", "nature", view_text(one, "nature"),
                                              "personal",
                                              json_is_true(json_object_get(one, "personnelles"))));
    }
    json_object_set_new(content, "has_data", json_boolean(json_array_size(data)));
    json_object_set_new(content, "data", data);
}

/* --- verdict, sector, law --- */

static void add_sector(json_t *content, const site_t *site, const json_t *body)
{
    const json_t *section = json_object_get(body, "section");
    char code[64];
    snprintf(code, sizeof code, "%s:%s", view_text(section, "nomenclature"),
             view_text(section, "code"));
    text_t label;
    text_init(&label, 512);
    if (strlen(code) > 1)
        sector_label(site->schema, code, &label);
    json_object_set_new(content, "sector", view_take(&label));
}

static void add_verdict(json_t *content, const kind_t *kind, const json_t *body)
{
    const field_t *field = kind_field(kind, "concluant");
    const char *verdict = view_text(body, "concluant");
    json_object_set_new(content, "verdict",
                        json_string(vocabulary_label(field->vocabulary, verdict)));
    json_object_set_new(content, "failed", json_boolean(!strcmp(verdict, "non")));
    json_object_set_new(content, "mixed", json_boolean(!strcmp(verdict, "mitige")));
}

static void add_law(json_t *content, const site_t *site, const kind_t *kind, const json_t *body)
{
    const json_t *law = json_object_get(body, "ai_act");
    const char *class = view_text(law, "classe");
    const field_t *field = kind_path(kind, "ai_act.classe");
    const vocabulary_t *dates = schema_vocabulary(site->schema, DATES);
    const term_t *when = dates ? vocabulary_term(dates, class) : NULL;
    if (*class)
        json_object_set_new(
            content, "law",
            json_pack("{s:s, s:s, s:s, s:s}", "class", vocabulary_label(field->vocabulary, class),
                      "rule", view_text(law, "regle"), "why", view_text(law, "justification"),
                      "date", when ? when->label : ""));
}

/* --- who can do it --- */

/* Those who did it, by their SIREN, as far as some hub has them. */
static int add_named(site_t *site, const kind_t *kind, const json_t *body, json_t *rows, err_t *err)
{
    const json_t *numbers = json_object_get(body, "prestataires");
    int found = 0;
    for (size_t i = 0; i < json_array_size(numbers) && found >= 0; i++) {
        const char *number = json_string_value(json_array_get(numbers, i));
        entry_t entry = {0};
        found = number && id_valid(number) && json_array_size(rows) < DOERS_MAX
                    ? catalogue_find(site->catalogue, NULL, DOER, number, &entry, err)
                    : 0;
        if (found > 0 && !entry.deleted)
            json_array_append_new(rows, view_row(site, kind, &entry));
        entry_free(&entry);
    }
    return found < 0 ? -1 : 0;
}

static bool is_there(const json_t *rows, const json_t *row)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_equal(json_object_get(json_array_get(rows, i), "href"),
                       json_object_get(row, "href")))
            return true;
    return false;
}

/* And those who say that they do such things. */
static int add_able(site_t *site, const kind_t *kind, const char *facet, const json_t *codes,
                    json_t *rows, err_t *err)
{
    query_t query = {.kind = kind, .limit = DOERS_MAX};
    nearby_t found;
    if (!nearby_filter(&query, facet, codes))
        return 0;
    int rc = nearby_find(site, &query, &found, err);
    for (size_t i = 0; i < found.count && rc == 0 && json_array_size(rows) < DOERS_MAX; i++) {
        json_t *row = view_row(site, kind, found.entries[i]);
        if (!is_there(rows, row))
            json_array_append(rows, row);
        json_decref(row);
    }
    nearby_free(&found);
    return rc;
}

static int add_doers(site_t *site, const json_t *body, json_t *content, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, DOER);
    json_t *rows = json_array();
    json_object_set_new(content, "doers", rows);
    if (!kind)
        return 0;
    if (add_named(site, kind, body, rows, err)
        || add_able(site, kind, "technologies", json_object_get(body, "technologies"), rows, err)
        || add_able(site, kind, "fonctions_servies", json_object_get(body, "fonction"), rows, err))
        return -1;
    json_object_set_new(content, "has_doers", json_boolean(json_array_size(rows)));
    json_object_set_new(content, "doers_path", json_string(kind->path));
    return 0;
}

/* --- the page --- */

static int fill(const sheet_t *sheet, json_t *content, err_t *err)
{
    static const char *const fields[] = {"resume",     "probleme",    "solution", "cout",
                                         "delai_mois", "difficultes", "risques",  "technologies",
                                         "maturite",   "taille",      "fonction", NULL};
    sheet_add(content, sheet, fields);
    add_results(content, sheet->body);
    add_data(content, sheet->body);
    add_sector(content, sheet->site, sheet->body);
    add_verdict(content, sheet->kind, sheet->body);
    add_law(content, sheet->site, sheet->kind, sheet->body);
    return add_doers(sheet->site, sheet->body, content, err);
}

int page_case(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = sheet_content(&sheet);
    if (content)
        rc = fill(&sheet, content, err);
    return sheet_answer(&sheet, rc, "case", content, response, err);
}
