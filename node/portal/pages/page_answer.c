/* One first answer, with who can help on the same subject. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/lookup.h"
#include "node/portal/pages/nearby.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <string.h>

#define KIND "answer"
#define AIDS ""       /* no field of an answer: see aids_of */
#define WORDS_MAX 300 /* of the description for search engines */

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

static void add_view(json_t *content, const site_t *site, const kind_t *kind, const char *name,
                     const json_t *body)
{
    const field_t *field = kind_field(kind, name);
    json_t *view = field ? view_field(site, field, body) : NULL;
    if (view)
        json_object_set_new(content, name, view);
}

static json_t *moment(int64_t unix_ms, int64_t now_ms)
{
    text_t text;
    text_init(&text, 64);
    format_moment(&text, unix_ms, now_ms);
    return view_take(&text);
}

/* Who vouches for it, and since when we know that it is so. */
static void add_voucher(json_t *content, const site_t *site, const entry_t *entry)
{
    bool own = !strcmp(entry->hub, site->settings->name);
    json_object_set_new(content, "hub", json_string(directory_name(site->directory, entry->hub)));
    json_object_set_new(content, "own", json_boolean(own));
    json_object_set_new(content, "changed", moment(entry->changed_ms, site->now_ms));
    if (entry->verified_at_ms)
        json_object_set_new(content, "verified", moment(entry->verified_at_ms, site->now_ms));
}

static json_t *content_of(const site_t *site, const kind_t *kind, const entry_t *entry,
                          const json_t *body)
{
    static const char *const fields[] = {"reponse", "cout",      "risques", "demain_matin",
                                         "sources", "fonctions", "theme",   "a_relire_le"};
    const char *state = json_string_value(json_object_get(body, "statut"));
    text_t words;
    text_init(&words, BODY_MAX_SIZE);
    view_words(body, kind->summary, WORDS_MAX, &words);
    json_t *content = json_pack("{s:s, s:s, s:b, s:b, s:b, s:o}", "title",
                                entry->title && *entry->title ? entry->title : entry->id, "path",
                                kind->path, "demo", json_is_true(json_object_get(body, "demo")),
                                "debated", state && !strcmp(state, "debattu"), "outdated",
                                state && !strcmp(state, "perime"), "words", view_take(&words));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add_view(content, site, kind, fields[i], body);
    add_voucher(content, site, entry);
    return content;
}

static int show(site_t *site, const request_t *request, const kind_t *kind, const entry_t *entry,
                response_t *response, err_t *err)
{
    json_t *body = body_decode(kind, entry->body, entry->body_size, err);
    if (!body)
        return err_context(err, "La fiche ne peut pas être affichée : ");
    json_t *content = content_of(site, kind, entry, body);
    int rc = add_all_related(site, body, entry, content, err);
    signpost_record(site, request, kind, entry, body, content, response);
    json_decref(body);
    if (rc) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "answer", content, response, err);
}

static int missing(unsigned status, const kind_t *kind, response_t *response)
{
    response_fail(response, status, NULL);
    text_add_format(&response->back, "/%s", kind->path);
    text_add_string(&response->back_label, "Voir toutes les réponses");
    return 0;
}

static int answer(site_t *site, const request_t *request, const char *hub, const char *id,
                  response_t *response, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, KIND);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    entry_t entry = {0};
    int found = lookup_record(site->catalogue, kind, hub, id, &entry, err);
    int rc = found < 0 || directory_refresh(site->directory, site->catalogue, site->schema, err)
                 ? -1
             : !found        ? missing(404, kind, response)
             : entry.deleted ? missing(410, kind, response)
                             : show(site, request, kind, &entry, response, err);
    entry_free(&entry);
    return rc;
}

int page_answer(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    return answer(site, request, request->captures[0], request->captures[1], response, err);
}

int page_own_answer(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    return answer(site, request, site->settings->name, request->captures[0], response, err);
}
