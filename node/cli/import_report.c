#include "node/cli/import_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct outcome_word {
    outcome_t outcome;
    const char *word;
} WORDS[] = {
    {OUTCOME_NEW, "new"},         {OUTCOME_CHANGED, "changed"}, {OUTCOME_SAME, "same"},
    {OUTCOME_DELETED, "removed"}, {OUTCOME_ABSENT, "gone"},     {OUTCOME_KEPT, "kept"},
};

static const char *word_of(char outcome)
{
    size_t i = 0;
    while (WORDS[i].outcome != (outcome_t)outcome)
        i++;
    return WORDS[i].word;
}

/* --- the rows that were refused --- */

int import_write_refused(import_run_t *run)
{
    const char *chosen = run->cli->options.refused;
    if (refused_count(run->refused) == 0 || (run->cli->options.dry_run && !chosen))
        return EXIT_DONE;
    err_t err = {0};
    char *path = chosen ? strdup(chosen) : refused_path(run->cli->arguments[1]);
    if (path && refused_write(run->refused, path, &err) == 0) {
        run->refused_path = path;
        return EXIT_DONE;
    }
    free(path);
    return cli_fail(&err);
}

/* --- for programs --- */

static json_t *records_json(const import_run_t *run)
{
    json_t *records = json_array();
    for (size_t i = 0; i < batch_count(run->batch); i++)
        json_array_append_new(records,
                              json_pack("{s:s, s:s, s:s}", "where", batch_where(run->batch, i),
                                        "id", batch_changes(run->batch)[i].id, "outcome",
                                        word_of(run->outcomes[i])));
    return records;
}

typedef struct result {
    const char *name, *one, *many; /* in JSON; in French, of records */
    size_t count;
} result_t;
#define RESULTS 10

static void count_results(const import_run_t *run, result_t results[RESULTS])
{
    const result_t all[RESULTS] = {
        {"new", "nouvelle", "nouvelles", import_count(run, OUTCOME_NEW)},
        {"changed", "modifiée", "modifiées", import_count(run, OUTCOME_CHANGED)},
        {"same", "identique", "identiques", import_count(run, OUTCOME_SAME)},
        {"repeated", "répétée", "répétées", batch_repeated(run->batch)},
        {"outside", "hors du territoire", "hors du territoire", run->imported.outside},
        {"unplaced", "sans lieu connu", "sans lieu connu", run->imported.unplaced},
        {"skipped", "laissée de côté", "laissées de côté", run->imported.skipped},
        {"removed", "retirée", "retirées", import_count(run, OUTCOME_DELETED)},
        {"refused", "refusée", "refusées", import_refused(run)},
        {"warned", "à vérifier", "à vérifier", run->imported.warned},
    };
    memcpy(results, all, sizeof all);
}

static json_t *score_json(double score)
{
    return score < 0 ? json_null() : json_real(score);
}

static json_t *quality_json(const import_run_t *run)
{
    return json_pack("{s:o, s:o, s:O}", "before", score_json(run->comparison.before), "after",
                     score_json(run->comparison.after), "lost", run->comparison.lost);
}

static void print_report(const import_run_t *run, const result_t results[RESULTS])
{
    json_t *summary = json_object();
    for (size_t i = 0; i < RESULTS; i++)
        json_object_set_new(summary, results[i].name, json_integer((json_int_t)results[i].count));
    cli_print_json(json_pack("{s:b, s:o, s:s, s:O, s:i, s:o, s:O, s:o, s:O, s:b, s:o, s:s?, s:o}",
                             "dry_run", run->cli->options.dry_run, "import",
                             run->number ? json_integer((json_int_t)run->number) : json_null(),
                             "source", run->provenance.source, "files", run->files, "rows",
                             (int)run->imported.rows, "summary", summary, "skipped", run->skipped,
                             "records", records_json(run), "gone", run->gone, "pruned", run->prunes,
                             "quality", quality_json(run), "refused_file", run->refused_path,
                             "findings", cli_findings_json(&run->findings)));
}

void import_print_error(const import_run_t *run)
{
    const char *text = *run->error             ? run->error
                       : *run->cli->error.text ? run->cli->error.text
                                               : "voir la sortie d'erreur";
    cli_print_json(json_pack("{s:b, s:{s:s, s:s?}, s:O, s:i, s:[], s:o}", "dry_run",
                             run->cli->options.dry_run, "error", "text", text, "file", run->file,
                             "files", run->files, "rows", (int)run->imported.rows, "records",
                             "findings", cli_findings_json(&run->findings)));
}

/* --- for people --- */

/* "Acteurs : 13 fiches lues, 12 nouvelles, 1 refusée." after the findings, so that it is seen. */
static void say_summary(const import_run_t *run, const result_t results[RESULTS])
{
    size_t rows = run->imported.rows;
    cli_say_findings(&run->findings);
    printf("%s : %zu fiche%s lue%s", run->kind->plural, rows, rows < 2 ? "" : "s",
           rows < 2 ? "" : "s");
    for (size_t i = 0; i < RESULTS; i++)
        if (results[i].count)
            printf(", %zu %s", results[i].count,
                   results[i].count < 2 ? results[i].one : results[i].many);
    puts(".");
    fflush(stdout); /* before the words that follow, wherever both go */
}

/* "18 lignes laissées de côté : STATUT = INACTIF." */
static void say_skipped(const import_run_t *run)
{
    const char *why;
    json_t *rows;
    json_object_foreach(run->skipped, why, rows)
    {
        json_int_t count = json_integer_value(rows);
        cli_say("%" JSON_INTEGER_FORMAT " ligne%s laissée%s de côté par la correspondance : %s.",
                count, count < 2 ? "" : "s", count < 2 ? "" : "s", why);
    }
}

static void say_gone(const import_run_t *run)
{
    size_t count = json_array_size(run->gone);
    text_t ids;
    if (!count)
        return;
    text_init(&ids, 4096);
    size_t named = json_array_size(run->gone_names);
    for (size_t i = 0; i < named; i++)
        text_add_format(&ids, "%s%s", i ? ", " : "",
                        json_string_value(json_array_get(run->gone_names, i)));
    if (count > named)
        text_add_format(&ids, " et %zu autre%s", count - named, count > named + 1 ? "s" : "");
    const char *many = count < 2 ? "" : "s", *verb = count < 2 ? "n'est" : "ne sont";
    cli_say("%zu fiche%s venue%s de « %s » %s plus dans la source : %s.%s", count, many, many,
            run->provenance.source, verb, ids.data,
            run->prunes ? ""
            : count < 2 ? " --prune la retire."
                        : " --prune les retire.");
    text_free(&ids);
    if (import_count(run, OUTCOME_KEPT))
        cli_say("%zu sont restées : elles ont été changées à la main entre-temps.",
                import_count(run, OUTCOME_KEPT));
}

static void say_quality(const import_run_t *run)
{
    const comparison_t *comparison = &run->comparison;
    size_t lost = json_array_size(comparison->lost);
    if (comparison->after >= 0 && comparison->before >= 0)
        cli_say("qualité : %.0f sur 100 en moyenne, %.0f au dernier import de cette source.",
                comparison->after, comparison->before);
    else if (comparison->after >= 0)
        cli_say("qualité : %.0f sur 100 en moyenne.", comparison->after);
    for (size_t i = 0; i < lost && i < IMPORT_NAMED_MAX; i++) {
        const json_t *one = json_array_get(comparison->lost, i);
        cli_say("« %s » perd des points : %d au lieu de %d. %s",
                json_string_value(json_object_get(one, "id")),
                (int)json_integer_value(json_object_get(one, "after")),
                (int)json_integer_value(json_object_get(one, "before")),
                json_string_value(json_array_get(json_object_get(one, "reasons"), 0)));
    }
    if (lost > IMPORT_NAMED_MAX)
        cli_say("et %zu autres fiches perdent des points (--json les liste).",
                lost - IMPORT_NAMED_MAX);
}

static void say_what_next(const import_run_t *run)
{
    size_t refused = import_refused(run);
    bool saved = import_count(run, OUTCOME_NEW) + import_count(run, OUTCOME_CHANGED)
                     + import_count(run, OUTCOME_DELETED)
                 > 0;
    if (run->refused_path)
        cli_say("%s dans « %s » : corrigez, puis importez ce fichier de la même façon. Ou corrigez "
                "la source et importez de nouveau : le reste sera identique.",
                refused < 2 ? "la ligne refusée est" : "les lignes refusées sont",
                run->refused_path);
    else if (refused)
        cli_say("corrigez ce qui est refusé, puis importez de nouveau : le reste sera identique.");
    if (run->cli->options.dry_run)
        return;
    if (!saved && run->imported.rows)
        cli_say("rien de nouveau : rien n'a été enregistré.");
    else if (run->number)
        cli_say("c'est l'import %" PRId64 " : « maillage import --undo %" PRId64 " » le reprend.",
                run->number, run->number);
}

void import_report(const import_run_t *run)
{
    result_t results[RESULTS];
    count_results(run, results);
    if (run->cli->options.json)
        print_report(run, results);
    else {
        say_summary(run, results);
        say_skipped(run);
        say_gone(run);
        say_quality(run);
        say_what_next(run);
    }
    if (run->cli->options.dry_run)
        cli_say("rien n'a été enregistré : c'était un essai.");
}
