#include "node/portal/lists/narrow.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/listing.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/sector.h"
#include "node/portal/words/view.h"

#include <string.h>

#define CHOICES_MAX                                                                                \
    130 /* all departments and regions: values of one filter; chosen ones are always there */

static json_t *label_of(const site_t *site, const query_t *query, const char *facet,
                        const char *code)
{
    const field_t *field = facet_find(query->kind, facet);
    if (!field)
        return json_string(directory_name(site->directory, code));
    const field_t *of = field->type == FIELD_LIST ? field->fields : field;
    text_t label;
    text_init(&label, 512);
    if (of->type == FIELD_NAF)
        sector_label(site->schema, code, &label);
    else
        view_code(site, field, code, &label);
    return view_take(&label);
}

static json_t *choice_of(const site_t *site, const query_t *query, const char *facet,
                         const char *code, int64_t count)
{
    text_t words;
    text_init(&words, 64);
    format_number(&words, (double)count, 0, "");
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "name", facet, "code", code, "label",
                     label_of(site, query, facet, code), "count", view_take(&words), "chosen",
                     listing_chosen(query, facet, code));
}

static int64_t count_of(const tallies_t *tallies, const char *facet, const char *code)
{
    int64_t count = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        const tally_t *tally = &tallies->list[i];
        bool by_hub = !strcmp(facet, "hub");
        const char *field = by_hub ? "" : facet, *value = by_hub ? tally->hub : tally->code;
        if (!strcmp(tally->field, field) && !strcmp(value, code))
            count += tally->count;
    }
    return count;
}

static void add_choice(json_t *choices, const site_t *site, const query_t *query, const char *facet,
                       const char *code, const tallies_t *tallies)
{
    int64_t count = count_of(tallies, facet, code);
    bool chosen = listing_chosen(query, facet, code);
    if (chosen || (count && json_array_size(choices) < CHOICES_MAX))
        json_array_append_new(choices, choice_of(site, query, facet, code, count));
}

static bool is_there(const json_t *choices, const char *code)
{
    for (size_t i = 0; i < json_array_size(choices); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(choices, i), "code")), code))
            return true;
    return false;
}

static bool is_of(const char *levels, const char *code)
{
    char level[8];
    size_t size = strcspn(code, "-") + 1;
    if (!*levels)
        return true;
    if (size >= sizeof level)
        return false;
    memcpy(level, code, size);
    level[size] = 0;
    return strstr(levels, level);
}

/* In the order of the vocabulary where there is one, else of the codes. */
static json_t *choices_of(const site_t *site, const query_t *query, const narrowing_t *narrowing,
                          const tallies_t *tallies)
{
    json_t *choices = json_array();
    const field_t *field = facet_find(query->kind, narrowing->facet);
    const field_t *of = field && field->type == FIELD_LIST ? field->fields : field;
    for (size_t i = 0; of && of->vocabulary && i < of->vocabulary->count; i++)
        add_choice(choices, site, query, narrowing->facet, of->vocabulary->terms[i].code, tallies);
    for (size_t i = 0; (!of || !of->vocabulary) && i < tallies->count; i++) {
        const tally_t *tally = &tallies->list[i];
        bool fits = !field ? !*tally->field : !strcmp(tally->field, narrowing->facet);
        const char *code = field ? tally->code : tally->hub;
        if (fits && is_of(narrowing->levels, code) && !is_there(choices, code))
            add_choice(choices, site, query, narrowing->facet, code, tallies);
    }
    return choices;
}

static bool is_chosen(const query_t *query, const char *facet)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (!strcmp(query->filters[i].field, facet))
            return true;
    return false;
}

int narrow_add(site_t *site, const query_t *query, const narrowing_t *narrowings, json_t *content,
               err_t *err)
{
    tallies_t tallies = {0};
    if (catalogue_counts(site->catalogue, NULL, query->kind->name, NULL, &tallies, err))
        return -1;
    json_t *views = json_array();
    for (; narrowings->facet; narrowings++) {
        bool chosen = is_chosen(query, narrowings->facet);
        json_t *choices = choices_of(site, query, narrowings, &tallies);
        if (json_array_size(choices) > 1 || (chosen && json_array_size(choices)))
            json_array_append_new(views, json_pack("{s:s, s:O, s:b}", "legend", narrowings->legend,
                                                   "choices", choices, "open", chosen));
        json_decref(choices);
    }
    tallies_free(&tallies);
    json_object_set_new(content, "q", json_string(query->search ? query->search : ""));
    json_object_set_new(content, "narrowed", json_boolean(query->filter_count > 0));
    json_object_set_new(content, "has_narrowings", json_boolean(json_array_size(views)));
    json_object_set_new(content, "narrowings", views);
    return 0;
}
