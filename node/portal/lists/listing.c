#include "node/portal/lists/listing.h"

#include "node/portal/lists/aid_state.h"
#include "node/portal/lists/facet.h"
#include "node/portal/words/format.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 50

static int set_search(query_t *query, const char *value, err_t *err)
{
    (void)err;
    query->search = value;
    return 0;
}

static int set_after(query_t *query, const char *value, err_t *err)
{
    (void)err;
    query->after = value;
    return 0;
}

static int set_limit(query_t *query, const char *value, err_t *err)
{
    size_t size = strlen(value);
    if (size && size <= 3 && strspn(value, "0123456789") == size)
        query->limit = strtoul(value, NULL, 10);
    else
        query->limit = 0;
    if (query->limit >= 1 && query->limit <= QUERY_LIMIT_MAX)
        return 0;
    return err_set(err, ERR_REJECT, "« limit » doit être un nombre de 1 à %d, pas « %s ».",
                   QUERY_LIMIT_MAX, value);
}

/* Read by near.c and asking.c. */
static int pass_over(query_t *query, const char *value, err_t *err)
{
    (void)query;
    (void)value;
    (void)err;
    return 0;
}

static const struct {
    const char *name;
    int (*set)(query_t *query, const char *value, err_t *err);
    bool for_programs;
} WORDS[] = {
    {"q", set_search, false},   {"after", set_after, false}, {"limit", set_limit, true},
    {"pres", pass_over, false}, {"rayon", pass_over, false}, {"exact", pass_over, false},
};

static int add_filter(query_t *query, const parameter_t *parameter, err_t *err)
{
    filter_t *filter = NULL;
    for (size_t i = 0; i < query->filter_count && !filter; i++)
        if (!strcmp(query->filters[i].field, parameter->name))
            filter = &query->filters[i];
    if (!filter && query->filter_count == QUERY_FILTERS_MAX)
        return err_set(err, ERR_REJECT, "Pas plus de %d filtres différents à la fois.",
                       QUERY_FILTERS_MAX);
    if (!filter) {
        filter = &query->filters[query->filter_count++];
        filter->field = parameter->name;
    }
    if (filter->count == QUERY_CODES_MAX)
        return err_set(err, ERR_REJECT, "Pas plus de %d valeurs à la fois pour le filtre « %s ».",
                       QUERY_CODES_MAX, parameter->name);
    filter->codes[filter->count++] = parameter->value;
    return 0;
}

static int add_word(const request_t *request, size_t index, size_t word, query_t *query, err_t *err)
{
    const parameter_t *parameter = &request->parameters[index];
    for (size_t i = 0; i < index; i++)
        if (!strcmp(request->parameters[i].name, parameter->name))
            return err_set(err, ERR_REJECT, "« %s » est donné deux fois.", parameter->name);
    return WORDS[word].set(query, parameter->value, err);
}

static int add_parameter(const request_t *request, size_t index, bool program, query_t *query,
                         err_t *err)
{
    const parameter_t *parameter = &request->parameters[index];
    if (!program && !*parameter->value)
        return 0;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strcmp(parameter->name, WORDS[i].name) && (program || !WORDS[i].for_programs))
            return add_word(request, index, i, query, err);
    if (!strcmp(parameter->name, "hub") || facet_find(query->kind, parameter->name))
        return add_filter(query, parameter, err);
    if (!program)
        return 0;
    if (aid_state_fits(query->kind) && !strcmp(parameter->name, AID_STATE))
        return aid_state_check(parameter->value, err);
    return err_set(err, ERR_REJECT, "Le paramètre « %s » n'existe pas pour « %s ».",
                   parameter->name, query->kind->name);
}

int listing_read(const request_t *request, const kind_t *kind, const size_t *limit, query_t *query,
                 err_t *err)
{
    *query = (query_t){.kind = kind, .limit = limit ? *limit : LIMIT_DEFAULT};
    for (size_t i = 0; i < request->parameter_count; i++)
        if (add_parameter(request, i, !limit, query, err))
            return -1;
    return 0;
}

static void add_pair(text_t *out, bool *first, const char *name, const char *value)
{
    text_add_string(out, *first ? "?" : "&");
    *first = false;
    request_encode(out, name);
    text_add_string(out, "=");
    request_encode(out, value);
}

/* Where in a list one is: of a changed list, no more. */
static bool is_position(const char *name)
{
    return !strcmp(name, "after") || !strcmp(name, "page");
}

void listing_address(const request_t *request, const char *name, const char *value,
                     const char *instead, text_t *out)
{
    bool first = true;
    for (size_t i = 0; i < request->piece_count; i++) {
        text_add_string(out, "/");
        request_encode(out, request->pieces[i]);
    }
    for (size_t i = 0; i < request->parameter_count; i++) {
        const parameter_t *parameter = &request->parameters[i];
        bool changed =
            !strcmp(parameter->name, name) && (!value || !strcmp(parameter->value, value));
        if (!changed && *parameter->value && !is_position(parameter->name))
            add_pair(out, &first, parameter->name, parameter->value);
    }
    if (instead)
        add_pair(out, &first, name, instead);
}

void listing_skip_past(query_t *query, int64_t now_ms, char today[FORMAT_DAY_START_SIZE])
{
    const field_t *sort = kind_path(query->kind, query->kind->sort);
    if (!sort || (sort->type != FIELD_DATE && sort->type != FIELD_INSTANT))
        return;
    format_day_start(now_ms, today);
    query->from = today;
}

void listing_count(const kind_t *kind, int64_t count, text_t *out)
{
    static const struct {
        const char *kind, *one, *many;
    } NOUNS[] = {
        {"answer", "réponse", "réponses"},     {"event", "rendez-vous", "rendez-vous"},
        {"indicator", "chiffre", "chiffres"},  {"programme", "aide", "aides"},
        {"use_case", "histoire", "histoires"}, {"", "fiche", "fiches"},
    };
    size_t at = 0;
    while (*NOUNS[at].kind && strcmp(NOUNS[at].kind, kind->name) != 0)
        at++;
    format_count(out, count, NOUNS[at].one, NOUNS[at].many);
}

bool listing_chosen(const query_t *query, const char *field, const char *code)
{
    for (size_t i = 0; i < query->filter_count; i++)
        for (size_t j = 0; j < query->filters[i].count; j++)
            if (!strcmp(query->filters[i].field, field)
                && !strcmp(query->filters[i].codes[j], code))
                return true;
    return false;
}
