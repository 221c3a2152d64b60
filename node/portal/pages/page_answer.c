/* One first answer, with who can help on the same subject. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/nearby.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/view.h"

#include <string.h>

#define KIND "answer"
#define AIDS "" /* no field of an answer: see aids_of */

/* What else helps: records of a kind whose facet has a code of that field of the answer. */
static const struct related {
    const char *kind, *facet, *field, *label;
    size_t limit;
} RELATED[] = {
    {"use_case", "fonction", "fonctions", "Ce que d'autres ont fait", 3},
    {"provider", "fonctions_servies", "fonctions", "Qui peut le faire avec vous", 3},
    {"organisation", "themes", "theme", "Qui peut vous conseiller", 3},
    {"programme", "types_aides", AIDS, "Des aides à regarder", 2},
    {KIND, "theme", "theme", "Sur le même sujet", 4},
};
enum { RELATED_COUNT = sizeof RELATED / sizeof *RELATED };

/* A programme says how it helps, an answer what it is about: from one to the other. The last fits all
 * other themes. */
static const struct {
    const char *theme, *aids[3];
} AIDS_OF[] = {
    {"cout", {"etude", "pret"}},
    {"emploi", {"formation"}},
    {"esprit_critique", {"formation"}},
    {"formation", {"formation"}},
    {"financement", {"avantage_fiscal", "pret", "etude"}},
    {"", {"etude", "accompagnement"}},
};

static json_t *aids_of(const char *theme)
{
    size_t at = 0;
    while (*AIDS_OF[at].theme && (!theme || strcmp(AIDS_OF[at].theme, theme) != 0))
        at++;
    json_t *aids = json_array();
    for (size_t i = 0; i < 3 && AIDS_OF[at].aids[i]; i++)
        json_array_append_new(aids, json_string(AIDS_OF[at].aids[i]));
    return aids;
}

static json_t *related_rows(const site_t *site, const kind_t *kind, const nearby_t *found,
                            const entry_t *but)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const entry_t *entry = found->entries[i];
        if (strcmp(entry->kind, but->kind) || strcmp(entry->hub, but->hub)
            || strcmp(entry->id, but->id))
            json_array_append_new(rows, view_row(site, kind, entry));
    }
    return rows;
}

static void add_group(json_t *groups, const struct related *related, const kind_t *kind,
                      json_t *rows)
{
    json_t *group = json_pack("{s:s, s:O, s:s, s:s}", "label", related->label, "rows", rows, "path",
                              kind->path, "plural", kind->plural);
    if (json_array_size(rows))
        json_array_append(groups, group);
    json_decref(group);
    json_decref(rows);
}

/* A kind without that facet, or without such a record, adds nothing. */
static int add_related(site_t *site, const struct related *related, const json_t *body,
                       const entry_t *answer, json_t *groups, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, related->kind);
    query_t query = {.kind = kind, .limit = related->limit};
    json_t *codes = *related->field ? json_incref(json_object_get(body, related->field))
                                    : aids_of(json_string_value(json_object_get(body, "theme")));
    int rc = 0;
    if (kind && nearby_filter(&query, related->facet, codes)) {
        nearby_t found;
        rc = nearby_find(site, &query, &found, err);
        if (rc == 0)
            add_group(groups, related, kind, related_rows(site, kind, &found, answer));
        nearby_free(&found);
    }
    json_decref(codes);
    return rc;
}

static int add_all_related(site_t *site, const json_t *body, const entry_t *answer, json_t *content,
                           err_t *err)
{
    json_t *groups = json_array();
    json_object_set_new(content, "related", groups);
    for (size_t i = 0; i < RELATED_COUNT; i++)
        if (add_related(site, &RELATED[i], body, answer, groups, err))
            return -1;
    return 0;
}

/* --- the answer itself --- */

static int fill(const sheet_t *sheet, json_t *content, err_t *err)
{
    static const char *const fields[] = {"reponse",      "cout",        "risques",
                                         "demain_matin", "sources",     "fonctions",
                                         "theme",        "a_relire_le", NULL};
    const char *state = json_string_value(json_object_get(sheet->body, "statut"));
    sheet_add(content, sheet, fields);
    json_object_set_new(content, "debated", json_boolean(state && !strcmp(state, "debattu")));
    json_object_set_new(content, "outdated", json_boolean(state && !strcmp(state, "perime")));
    return add_all_related(sheet->site, sheet->body, &sheet->entry, content, err);
}

static int answer(site_t *site, const request_t *request, const char *hub, const char *id,
                  response_t *response, err_t *err)
{
    sheet_t sheet;
    int rc = sheet_open(&sheet, site, request, KIND, hub, id, response, err);
    json_t *content = sheet_content(&sheet);
    if (content)
        rc = fill(&sheet, content, err);
    return sheet_answer(&sheet, rc, "answer", content, response, err);
}

int page_answer(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    return answer(site, request, request->captures[0], request->captures[1], response, err);
}

int page_own_answer(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    return answer(site, request, site->settings->name, request->captures[0], response, err);
}
