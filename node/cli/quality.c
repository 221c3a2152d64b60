#include "node/quality.h"

#include "node/cli/cli.h"
#include "node/cli/table.h"
#include "node/export/csv_line.h"
#include "node/portal/words/format.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct judged {
    char hub[NAME_SIZE], id[ID_SIZE];
    const kind_t *kind;
    char *title;
    int score;
    json_t *reasons; /* [{criterion, lost, text}], what costs most first */
} judged_t;

typedef struct run {
    cli_t *cli;
    char today[CLI_DATE_SIZE];
    query_t conditions; /* which records */
    judged_t *list;     /* of those below the wanted score */
    size_t count;
    size_t all;  /* records that were judged */
    int64_t sum; /* of their scores */
} run_t;

/* --- judging --- */

static json_t *reasons_of(const quality_t *quality)
{
    json_t *list = json_array();
    for (size_t i = 0; i < quality->count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:s}", "criterion", quality->reasons[i].criterion, "lost",
                            quality->reasons[i].lost, "text", quality->reasons[i].text));
    return list;
}

static void keep(run_t *run, const kind_t *kind, const entry_t *entry, const quality_t *quality)
{
    if ((run->count & (run->count - 1)) == 0) {
        size_t capacity = run->count ? 2 * run->count : 1;
        run->list = realloc(run->list, capacity * sizeof *run->list);
        assert(run->list);
    }
    judged_t *judged = &run->list[run->count++];
    *judged = (judged_t){.kind = kind,
                         .title = strdup(entry->title ? entry->title : entry->id),
                         .score = quality->score,
                         .reasons = reasons_of(quality)};
    assert(judged->title);
    memcpy(judged->hub, entry->hub, sizeof judged->hub);
    memcpy(judged->id, entry->id, sizeof judged->id);
}

static int judge(run_t *run, const kind_t *kind, const entry_t *entry, err_t *err)
{
    json_t *body = body_decode(kind, entry->body, entry->body_size, err);
    if (!body)
        return -1;
    json_t *changed = envelope_instant(entry->changed_ms);
    char day[CLI_DATE_SIZE] = "";
    if (json_is_string(changed))
        snprintf(day, sizeof day, "%.10s", json_string_value(changed));
    quality_t quality;
    quality_judge(kind, body, day, run->today, &quality);
    run->all++;
    run->sum += quality.score;
    if (!run->cli->options.below || quality.score < run->cli->options.below)
        keep(run, kind, entry, &quality);
    json_decref(changed);
    json_decref(body);
    return 0;
}

/* Nobody corrects what is over: from today on, where records are ordered by when they happen. */
static void skip_past(query_t *query, char today[FORMAT_DAY_START_SIZE])
{
    const field_t *sort = kind_path(query->kind, query->kind->sort);
    if (!sort || (sort->type != FIELD_DATE && sort->type != FIELD_INSTANT))
        return;
    format_day_start((int64_t)time(NULL) * 1000, today);
    query->from = today;
}

static int judge_kind(run_t *run, const kind_t *kind, err_t *err)
{
    query_t query = run->conditions;
    query.kind = kind;
    char today[FORMAT_DAY_START_SIZE], *after = NULL;
    int rc = 0;
    skip_past(&query, today);
    do {
        page_t page = {0};
        query.after = after;
        rc = catalogue_list(run->cli->catalogue, &query, &page, err);
        free(after);
        after = NULL;
        for (size_t i = 0; i < page.count && rc == 0; i++)
            rc = judge(run, kind, &page.entries[i], err);
        if (rc == 0 && page.next)
            after = strdup(page.next);
        page_free(&page);
    } while (after);
    return rc;
}

static int by_score(const void *a, const void *b)
{
    const judged_t *x = a, *y = b;
    if (x->score != y->score)
        return x->score - y->score;
    int kind = strcmp(x->kind->name, y->kind->name), hub = strcmp(x->hub, y->hub);
    return kind ? kind : hub ? hub : strcmp(x->id, y->id);
}

/* --- showing --- */

static const char *const NAMES[] = {"note", "sorte", "hub", "id", "titre", "à compléter", NULL};

/* All reasons in one cell. */
static void add_reasons(const judged_t *judged, text_t *out)
{
    for (size_t i = 0; i < json_array_size(judged->reasons); i++)
        text_add_format(
            out, "%s%s", i ? " " : "",
            json_string_value(json_object_get(json_array_get(judged->reasons, i), "text")));
}

static void print_json(const run_t *run)
{
    json_t *list = json_array();
    for (size_t i = 0; i < run->count; i++) {
        const judged_t *judged = &run->list[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:i, s:O}", "hub", judged->hub,
                                              "kind", judged->kind->name, "id", judged->id, "title",
                                              judged->title, "score", judged->score, "reasons",
                                              judged->reasons));
    }
    cli_print_json(list);
}

typedef void row_t(void *context, const char *const cells[]);

static void each_row(const run_t *run, row_t *row, void *context)
{
    text_t reasons;
    text_init(&reasons, QUALITY_CRITERIA_MAX * QUALITY_TEXT_SIZE);
    for (size_t i = 0; i < run->count; i++) {
        const judged_t *judged = &run->list[i];
        char score[12];
        snprintf(score, sizeof score, "%d", judged->score);
        text_clear(&reasons);
        add_reasons(judged, &reasons);
        row(context, (const char *const[]){score, judged->kind->name, judged->hub, judged->id,
                                           judged->title, reasons.data, NULL});
    }
    text_free(&reasons);
}

static void add_to_table(void *context, const char *const cells[])
{
    for (size_t i = 0; cells[i]; i++)
        table_add(context, cells[i]);
}

static void print_csv_line(void *context, const char *const cells[])
{
    text_t *line = context;
    for (size_t i = 0; cells[i]; i++)
        csv_text(line, cells[i], i == 0);
    csv_line_end(line);
    fwrite(line->data, 1, line->size, stdout);
    text_clear(line);
}

static void print(const run_t *run)
{
    if (run->cli->options.json) {
        print_json(run);
    } else if (run->cli->options.csv) {
        text_t line;
        text_init(&line, 64 << 10);
        if (run->cli->options.bom)
            text_add_string(&line, "\xef\xbb\xbf");
        print_csv_line(&line, NAMES);
        each_row(run, print_csv_line, &line);
        text_free(&line);
    } else {
        table_t *table = table_new(NAMES);
        each_row(run, add_to_table, table);
        table_print(table);
        table_destroy(&table);
    }
}

static void summarise(const run_t *run)
{
    if (!run->all) {
        cli_say("aucune fiche à noter.");
        return;
    }
    int mean = (int)((run->sum + (int64_t)run->all / 2) / (int64_t)run->all);
    if (run->cli->options.below)
        cli_say("%zu fiche%s sur %zu sous %lld ; en moyenne %d sur 100.", run->count,
                run->count > 1 ? "s" : "", run->all, (long long)run->cli->options.below, mean);
    else
        cli_say("%zu fiche%s, en moyenne %d sur 100.", run->all, run->all > 1 ? "s" : "", mean);
}

/* --- the command --- */

static int judge_all(run_t *run, const kind_t *only)
{
    err_t err = {0};
    for (size_t i = 0; i < schema_kind_count(run->cli->schema); i++) {
        const kind_t *kind = schema_kind_at(run->cli->schema, i);
        if ((!only || kind == only) && judge_kind(run, kind, &err))
            return cli_fail(&err);
    }
    if (run->count)
        qsort(run->list, run->count, sizeof *run->list, by_score);
    print(run);
    summarise(run);
    return EXIT_DONE;
}

int command_quality(cli_t *cli)
{
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    const kind_t *only = cli->argument_count ? cli_kind(cli, cli->arguments[0]) : NULL;
    if (cli->argument_count && !only)
        return EXIT_USAGE;
    run_t run = {.cli = cli, .conditions = {.kind = only, .limit = QUERY_LIMIT_MAX}};
    if (cli->options.where_count && !only) {
        cli_say("--where ne va qu'avec une SORTE : chacune a ses propres champs.");
        return EXIT_USAGE;
    }
    if (cli_conditions(cli, &run.conditions))
        return EXIT_USAGE;
    cli_today(run.today);
    code = judge_all(&run, only);
    for (size_t i = 0; i < run.count; i++) {
        free(run.list[i].title);
        json_decref(run.list[i].reasons);
    }
    free(run.list);
    return code;
}
