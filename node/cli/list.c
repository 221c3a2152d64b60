#include "node/cli/cli.h"
#include "node/cli/table.h"

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

/* Cuts each "field=value" in two; the query borrows both halves from argv. */
static int add_conditions(const cli_t *cli, query_t *query)
{
    int code = cli->options.hub ? add_filter(query, "hub", cli->options.hub) : EXIT_DONE;
    for (size_t i = 0; i < cli->options.where_count && !code; i++) {
        char *condition = cli->options.where[i], *equals = strchr(condition, '=');
        if (!equals || equals == condition || !equals[1]) {
            cli_say("--where : « champ=valeur » est attendu, pas « %s ».", condition);
            return EXIT_USAGE;
        }
        *equals = 0;
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
    json_t *changed = cli_instant(entry->changed_ms);
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

int command_list(cli_t *cli)
{
    static const char *const NAMES[] = {"hub", "id", "titre", "modifiée", NULL};
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    query_t query = {.kind = cli_kind(cli, cli->arguments[0]), .search = cli->options.search};
    code = query.kind ? add_conditions(cli, &query) : EXIT_USAGE;
    if (code)
        return code;
    err_t err = {0};
    int64_t total = 0;
    listing_t listing = {.json = cli->options.json ? json_array() : NULL,
                         .table = table_new(NAMES)};
    if (list_pages(cli, &query, &listing, &total, &err))
        code = cli_fail(&err);
    else if (listing.json)
        cli_print_json(json_incref(listing.json));
    else
        table_print(listing.table);
    if (code == EXIT_DONE && (int64_t)listing.count < total)
        cli_say("%zu fiches sur %lld : --limit en montre plus.", listing.count, (long long)total);
    json_decref(listing.json);
    table_destroy(&listing.table);
    return code;
}
