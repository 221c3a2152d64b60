#include "node/cli/import_run.h"
#include "node/quality.h"
#include "schemas/body.h"

#define LOST_NAMED_MAX 1000

static bool judge(const import_run_t *run, const void *body, size_t size, quality_t *quality)
{
    err_t err;
    json_t *json = body_decode(run->kind, body, size, &err);
    if (!json)
        return false;
    quality_judge(run->kind, json, NULL, run->today, quality);
    json_decref(json);
    return true;
}

static void judge_added(void *context, const json_t *content)
{
    import_run_t *run = context;
    quality_t quality;
    quality_judge(run->kind, content, NULL, run->today, &quality);
    run->scores += quality.score;
    run->judged++;
}

void import_watch_quality(import_run_t *run)
{
    batch_watch(run->batch, judge_added, run);
}

/* The last import of this source that stands: its number, 0 for none, -1. */
static int64_t find_last(import_run_t *run, double *score, err_t *err)
{
    ledger_import_t import;
    int found = ledger_last(run->ledger, run->kind->name, run->provenance.source, &import, err);
    if (found <= 0)
        return found;
    json_t *note = json_loads(import.note, 0, NULL);
    const json_t *value = json_object_get(note, "score");
    if (score && json_is_number(value))
        *score = json_number_value(value);
    json_decref(note);
    int64_t number = import.number;
    ledger_import_free(&import);
    return number;
}

int import_judge(import_run_t *run)
{
    err_t err = {0};
    run->last = find_last(run, &run->comparison.before, &err);
    if (run->last < 0)
        return import_failed(run, &err);
    if (!run->imported.mended && run->judged) /* a few rows say nothing of the whole */
        run->comparison.after = (double)run->scores / (double)run->judged;
    return EXIT_DONE;
}

/* Names a record that this import made worse. */
static void compare(import_run_t *run, const char *id, const void *before, size_t size)
{
    const change_t *change = batch_find(run->batch, id);
    quality_t was, is;
    if (!change || change->op != ITEM_PUT || !judge(run, before, size, &was)
        || !judge(run, change->body, change->body_size, &is) || is.score >= was.score
        || json_array_size(run->comparison.lost) == LOST_NAMED_MAX)
        return;
    json_t *reasons = json_array();
    for (size_t i = 0; i < is.count; i++)
        json_array_append_new(reasons, json_string(is.reasons[i].text));
    json_array_append_new(run->comparison.lost,
                          json_pack("{s:s, s:i, s:i, s:o}", "id", id, "before", was.score, "after",
                                    is.score, "reasons", reasons));
}

static int visit_change(void *context, const ledger_change_t *change, err_t *err)
{
    (void)err;
    if (change->before)
        compare(context, change->id, change->before, change->before_size);
    return 0;
}

/* A trial has replaced nothing: what it would replace is still there. */
static int compare_trial(import_run_t *run, err_t *err)
{
    for (size_t i = 0; i < batch_count(run->batch); i++) {
        entry_t entry = {0};
        const change_t *change = &batch_changes(run->batch)[i];
        if (run->outcomes[i] != OUTCOME_CHANGED)
            continue;
        int found = catalogue_find(run->cli->catalogue, run->cli->settings.name, run->kind->name,
                                   change->id, &entry, err);
        if (found < 0)
            return -1;
        if (found && !entry.deleted)
            compare(run, change->id, entry.body, entry.body_size);
        if (found)
            entry_free(&entry);
    }
    return 0;
}

int import_compare(import_run_t *run)
{
    err_t err = {0};
    if (run->cli->options.dry_run) {
        int code = cli_open(run->cli, CLI_CATALOGUE);
        return code ? code : compare_trial(run, &err) ? import_failed(run, &err) : EXIT_DONE;
    }
    int64_t number = find_last(run, NULL, &err);
    if (number < 0)
        return import_failed(run, &err);
    if (number == run->last)
        return EXIT_DONE; /* nothing changed */
    run->number = number;
    return ledger_each(run->ledger, number, visit_change, run, &err) ? import_failed(run, &err)
                                                                     : EXIT_DONE;
}
