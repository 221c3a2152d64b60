#include "node/cli/cli.h"
#include "node/cli/table.h"
#include "node/store/meant.h"
#include "node/store/synonyms.h"
#include "schemas/base/yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 100

static filter_t *filter_of(query_t *query, const char *field)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (strcmp(query->filters[i].field, field) == 0)
            return &query->filters[i];
    if (query->filter_count == QUERY_FILTERS_MAX)
        return NULL;
    query->filters[query->filter_count] = (filter_t){.field = field};
    return &query->filters[query->filter_count++];
}

static int add_filter(query_t *query, const char *field, const char *code)
{
    filter_t *filter = filter_of(query, field);
    if (!filter || filter->count == QUERY_CODES_MAX) {
        cli_say("trop de conditions : %d champs, et %d valeurs par champ.", QUERY_FILTERS_MAX,
                QUERY_CODES_MAX);
        return EXIT_USAGE;
    }
    filter->codes[filter->count++] = code;
    return EXIT_DONE;
}

static bool is_filter(const kind_t *kind, const char *path)
{
    const field_t *field = kind_path(kind, path);
    return (field && field->facet) || strcmp(path, "hub") == 0;
}

/* Adds the paths of the facets among these fields, which may lie inside maps and lists. */
static void add_filters(text_t *names, const field_t *fields, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        const field_t *field = &fields[i];
        char path[FACET_NAME_SIZE];
        snprintf(path, sizeof path, "%s%s%s", before, *before && *field->name ? "." : "",
                 field->name);
        if (field->facet)
            text_add_format(names, ", %s", path);
        if (field->type == FIELD_MAP)
            add_filters(names, field->fields, field->field_count, path);
        else if (field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP)
            add_filters(names, field->fields, 1, path);
    }
}

static int unknown_filter(const kind_t *kind, const char *path)
{
    text_t names;
    text_init(&names, 4096);
    text_add_format(&names, "hub");
    add_filters(&names, kind->fields, kind->field_count, "");
    cli_say("« %s » n'est pas un filtre de la sorte « %s ». Il y a : %s.", path, kind->name,
            names.data);
    text_free(&names);
    return EXIT_USAGE;
}

int cli_conditions(const cli_t *cli, query_t *query)
{
    int code = cli->options.hub ? add_filter(query, "hub", cli->options.hub) : EXIT_DONE;
    for (size_t i = 0; i < cli->options.where_count && !code; i++) {
        char *condition = cli->options.where[i], *equals = strchr(condition, '=');
        if (!equals || equals == condition || !equals[1]) {
            cli_say("--where : « champ=valeur » est attendu, pas « %s ».", condition);
            return EXIT_USAGE;
        }
        *equals = 0;
        if (!is_filter(query->kind, condition))
            return unknown_filter(query->kind, condition);
        code = add_filter(query, condition, equals + 1);
    }
    return code;
}

typedef struct listing {
    json_t *json; /* NULL: a table */
    table_t *table;
    size_t count;
} listing_t;

static int add_entry(const cli_t *cli, listing_t *listing, const entry_t *entry, err_t *err)
{
    listing->count++;
    if (listing->json) {
        json_t *envelope = cli_envelope(cli, entry, err);
        return envelope ? json_array_append_new(listing->json, envelope) : -1;
    }
    json_t *changed = envelope_instant(entry->changed_ms);
    table_add(listing->table, entry->hub);
    table_add(listing->table, entry->id);
    table_add(listing->table, entry->title);
    table_add(listing->table, json_string_value(changed));
    json_decref(changed);
    return 0;
}

static int list_pages(const cli_t *cli, query_t *query, listing_t *listing, int64_t *total,
                      err_t *err)
{
    size_t wanted = cli->options.limit >= 0 ? (size_t)cli->options.limit : DEFAULT_LIMIT;
    char *after = NULL;
    int rc = 0;
    do {
        page_t page = {0};
        size_t left = wanted - listing->count;
        query->after = after;
        query->limit = left > QUERY_LIMIT_MAX ? QUERY_LIMIT_MAX : left ? left : 1;
        rc = catalogue_list(cli->catalogue, query, &page, err);
        free(after);
        after = NULL;
        if (rc)
            break;
        *total = page.total;
        for (size_t i = 0; i < page.count && listing->count < wanted && rc == 0; i++)
            rc = add_entry(cli, listing, &page.entries[i], err);
        if (page.next && listing->count < wanted)
            after = strdup(page.next);
        page_free(&page);
    } while (after && rc == 0);
    free(after);
    return rc;
}

/* --- what is not in the list --- */

static const char *nearest_term(const vocabulary_t *vocabulary, const char *word)
{
    const char **codes = calloc(vocabulary->count + 1, sizeof *codes);
    assert(codes);
    for (size_t i = 0; i < vocabulary->count; i++)
        codes[i] = vocabulary->terms[i].code;
    const char *near = yaml_did_you_mean(word, codes);
    free(codes);
    return near;
}

static const vocabulary_t *vocabulary_of(const field_t *field)
{
    if (field && field->type == FIELD_LIST)
        field = &field->fields[0];
    return field && field->type == FIELD_CODE ? field->vocabulary : NULL;
}

/* A word that no record can have is probably mistyped; a newer hub may use one that is not known here. */
static void say_unknown_codes(const filter_t *filter, const vocabulary_t *vocabulary)
{
    for (size_t i = 0; i < filter->count; i++) {
        const char *code = filter->codes[i];
        if (vocabulary_term(vocabulary, code))
            continue;
        const char *near = nearest_term(vocabulary, code);
        cli_say("« %s » n'est pas dans la liste « %s »%s%s%s", code, vocabulary->label,
                near ? " : vouliez-vous dire « " : "", near ? near : ".", near ? " » ?" : "");
    }
}

static int say_unknown_hubs(const cli_t *cli, const filter_t *filter)
{
    err_t err = {0};
    stream_states_t states = {0};
    if (catalogue_streams(cli->catalogue, &states, &err))
        return cli_fail(&err);
    for (size_t i = 0; i < filter->count; i++) {
        bool known = false;
        for (size_t j = 0; j < states.count && !known; j++)
            known = strcmp(states.list[j].hub, filter->codes[i]) == 0;
        if (!known)
            cli_say("aucun hub « %s » n'est connu ici.", filter->codes[i]);
    }
    stream_states_free(&states);
    return EXIT_DONE;
}

static int say_empty(const cli_t *cli, const query_t *query)
{
    int code = EXIT_DONE;
    cli_say("aucune fiche.");
    for (size_t i = 0; i < query->filter_count && !code; i++) {
        const filter_t *filter = &query->filters[i];
        const vocabulary_t *vocabulary = vocabulary_of(kind_path(query->kind, filter->field));
        if (strcmp(filter->field, "hub") == 0)
            code = say_unknown_hubs(cli, filter);
        else if (vocabulary)
            say_unknown_codes(filter, vocabulary);
    }
    return code;
}

/* Nobody has these words: lists what they may mean, and says so. The words are given to *instead. */
static int list_meant(const cli_t *cli, query_t *query, listing_t *listing, int64_t *total,
                      char **instead, err_t *err)
{
    const char *typed = query->search;
    *instead = NULL;
    if (*total || !typed || !*typed)
        return 0;
    if (meant_correct(cli->catalogue, typed, 0, instead, err))
        return -1;
    if (!*instead)
        return 0;
    query->search = *instead;
    if (list_pages(cli, query, listing, total, err))
        return -1;
    if (*total)
        cli_say("Résultats pour « %s » au lieu de « %s ».", *instead, typed);
    return 0;
}

/* The words that the portal knows to stand for each other; NULL for none. Given. */
static synonyms_t *know_synonyms(const cli_t *cli)
{
    findings_t findings = {0};
    synonyms_t *synonyms = NULL;
    if (cli->settings.synonymes)
        synonyms = synonyms_load(cli->settings.synonymes, &findings);
    findings_free(&findings); /* `config check` and the node say what is wrong */
    catalogue_understand(cli->catalogue, synonyms);
    return synonyms;
}

static int say_rest(const cli_t *cli, const query_t *query, size_t shown, int64_t total)
{
    if (total == 0)
        return say_empty(cli, query);
    if ((int64_t)shown < total)
        cli_say("%zu fiche%s sur %lld : --limit en montre plus.", shown, shown < 2 ? "" : "s",
                (long long)total);
    return EXIT_DONE;
}

int command_list(cli_t *cli)
{
    static const char *const NAMES[] = {"hub", "id", "titre", "modifiée", NULL};
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    query_t query = {.kind = cli_kind(cli, cli->arguments[0]), .search = cli->options.search};
    code = query.kind ? cli_conditions(cli, &query) : EXIT_USAGE;
    if (code)
        return code;
    err_t err = {0};
    int64_t total = 0;
    listing_t listing = {.json = cli->options.json ? json_array() : NULL,
                         .table = table_new(NAMES)};
    table_cut(listing.table, "titre");
    table_cut(listing.table, "modifiée");
    char *instead = NULL;
    synonyms_t *synonyms = know_synonyms(cli);
    if (list_pages(cli, &query, &listing, &total, &err)
        || list_meant(cli, &query, &listing, &total, &instead, &err))
        code = cli_fail(&err);
    else if (listing.json)
        cli_print_json(json_incref(listing.json));
    else
        table_print(listing.table);
    if (code == EXIT_DONE)
        code = say_rest(cli, &query, listing.count, total);
    json_decref(listing.json);
    table_destroy(&listing.table);
    catalogue_understand(cli->catalogue, NULL);
    synonyms_destroy(&synonyms);
    free(instead);
    return code;
}
