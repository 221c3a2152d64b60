#include "node/portal/programs/metrics.h"

#include "node/portal/http/answering.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static void head(text_t *out, const char *name, const char *type, const char *help)
{
    text_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslash, quote and line end; a hub id or a kind has none of them, a node's version might. */
static void add_value(text_t *out, const char *value)
{
    for (; *value; value++) {
        if (strchr("\\\"", *value))
            text_add_string(out, "\\");
        text_add(out, *value == '\n' ? " " : value, 1);
    }
}

static void add_stream(text_t *out, const char *name, const char *hub, const char *kind,
                       double value)
{
    text_add_format(out, "%s{hub=\"", name);
    add_value(out, hub);
    text_add_string(out, "\",kind=\"");
    add_value(out, kind);
    text_add_format(out, "\"} %.15g\n", value);
}

/* --- streams --- */

static double seq_of(const stream_state_t *stream)
{
    return (double)stream->seq;
}

static double behind_of(const stream_state_t *stream)
{
    return (double)stream->behind;
}

static double staged_of(const stream_state_t *stream)
{
    return (double)stream->staged;
}

static double verified_of(const stream_state_t *stream)
{
    return stream->verified && !stream->behind;
}

/* Negative: there is none. */
static double verified_at_of(const stream_state_t *stream)
{
    return stream->verified_at_ms && !stream->own ? (double)stream->verified_at_ms / 1000 : -1;
}

static double heard_at_of(const stream_state_t *stream)
{
    return stream->heard_at_ms ? (double)stream->heard_at_ms / 1000 : -1;
}

static const struct {
    const char *name, *help;
    double (*of)(const stream_state_t *stream);
} STREAM_FACTS[] = {
    {"maillage_stream_seq", "Changes shown.", seq_of},
    {"maillage_stream_behind", "Changes known to exist and not yet shown.", behind_of},
    {"maillage_stream_staged", "Records waiting for their proof.", staged_of},
    {"maillage_stream_verified", "1 when own, or proven and nothing is missing.", verified_of},
    {"maillage_stream_verified_timestamp_seconds", "Last proof or beat.", verified_at_of},
    {"maillage_stream_heard_timestamp_seconds", "Last head from any broker.", heard_at_of},
};

static int add_streams(catalogue_t *catalogue, text_t *out, err_t *err)
{
    stream_states_t states = {0};
    if (catalogue_streams(catalogue, &states, err))
        return -1;
    for (size_t i = 0; i < sizeof STREAM_FACTS / sizeof *STREAM_FACTS; i++) {
        head(out, STREAM_FACTS[i].name, "gauge", STREAM_FACTS[i].help);
        for (size_t j = 0; j < states.count; j++) {
            double value = STREAM_FACTS[i].of(&states.list[j]);
            if (value >= 0)
                add_stream(out, STREAM_FACTS[i].name, states.list[j].hub, states.list[j].kind,
                           value);
        }
    }
    stream_states_free(&states);
    return 0;
}

static int add_records(catalogue_t *catalogue, text_t *out, err_t *err)
{
    tallies_t tallies = {0};
    if (catalogue_counts(catalogue, NULL, NULL, "", &tallies, err))
        return -1;
    head(out, "maillage_records", "gauge", "Live records.");
    for (size_t i = 0; i < tallies.count; i++)
        add_stream(out, "maillage_records", tallies.list[i].hub, tallies.list[i].kind,
                   (double)tallies.list[i].count);
    tallies_free(&tallies);
    return 0;
}

/* --- this process --- */

static void add_files(const char *folder, text_t *out)
{
    static const char *const FILES[] = {"public.db", "public.db-wal"};
    head(out, "maillage_store_bytes", "gauge", "Size of the store's files.");
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_MAX];
        struct stat there;
        if (snprintf(path, sizeof path, "%s/%s", folder, FILES[i]) < (int)sizeof path
            && !stat(path, &there))
            text_add_format(out, "maillage_store_bytes{file=\"%s\"} %lld\n", FILES[i],
                            (long long)there.st_size);
    }
}

static void add_answers(const answering_counts_t *counts, text_t *out)
{
    head(out, "maillage_http_answers_total", "counter", "Answers given since the start.");
    for (size_t i = 0; i < ANSWERING_STATUS_MAX; i++)
        if (counts->by_status[i])
            text_add_format(out, "maillage_http_answers_total{status=\"%zu\"} %" PRIu64 "\n", i,
                            counts->by_status[i]);
    head(out, "maillage_http_cached_answers_total", "counter", "Answers from the page cache.");
    text_add_format(out, "maillage_http_cached_answers_total %" PRIu64 "\n", counts->from_cache);
    head(out, "maillage_page_cache_bytes", "gauge", "What the page cache holds.");
    text_add_format(out, "maillage_page_cache_bytes %zu\n", counts->cache_size);
    head(out, "maillage_page_cache_answers", "gauge", "How many answers the page cache holds.");
    text_add_format(out, "maillage_page_cache_answers %zu\n", counts->cache_count);
}

int metrics(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request;
    text_t *out = &response->body;
    response->type = "text/plain; version=0.0.4; charset=utf-8";
    response->cache = "no-store";
    head(out, "maillage_build_info", "gauge", "Which program this is.");
    text_add_string(out, "maillage_build_info{version=\"" MAILLAGE_VERSION "\",node=\"");
    add_value(out, site->settings->name);
    text_add_string(out, "\"} 1\n");
    if (add_records(site->catalogue, out, err) || add_streams(site->catalogue, out, err))
        return -1;
    add_files(site->settings->store, out);
    add_answers(answering_counts(site->answering), out);
    return 0;
}
