#include "node/portal/pages/pages.h"

#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "node/store/mark.h"

#include <sodium.h>
#include <string.h>

#define WARNING_AGE_MS (10 * 60 * 1000LL)
#define ALARM_AGE_MS (24 * 60 * 60 * 1000LL)
#define REBUILT_SHOWN_MS (30 * 24 * 60 * 60 * 1000LL)

/* What the streams of one hub say together: as old as the oldest, as late as all of them. */
typedef struct freshness {
    bool own, heard, verified;
    int64_t verified_at_ms; /* of the stream proven longest ago; 0 when one never was */
    int64_t records;
    uint64_t behind;
} freshness_t;

static freshness_t freshness_of(const stream_state_t *streams, size_t count)
{
    freshness_t all = {
        .own = streams[0].own, .verified = true, .verified_at_ms = streams[0].verified_at_ms};
    for (size_t i = 0; i < count; i++) {
        all.heard |= streams[i].heard_at_ms > 0 || streams[i].verified_at_ms > 0;
        all.verified &= streams[i].verified;
        all.behind += streams[i].behind;
        if (streams[i].verified_at_ms < all.verified_at_ms)
            all.verified_at_ms = streams[i].verified_at_ms;
    }
    return all;
}

/* silent: no word of it for too long to say that something still is. */
static json_t *state_words(const freshness_t *fresh, bool silent)
{
    text_t text;
    text_init(&text, 128);
    if (fresh->own)
        text_add_string(&text, "tenu ici même");
    else if (!fresh->heard)
        text_add_string(&text, "jamais entendu");
    else if (fresh->behind) {
        text_add_string(&text, "en retard de ");
        format_count(&text, (int64_t)fresh->behind, "modification", "modifications");
    } else
        text_add_string(&text, !fresh->verified ? "en cours de vérification"
                               : silent         ? "était à jour"
                                                : "à jour");
    return view_take(&text);
}

/* How worried one should be: a hub signs again every minute, so silence is never normal. */
static const char *age_words(const freshness_t *fresh, int64_t now_ms, bool *alarm)
{
    *alarm = false;
    if (fresh->own || !fresh->verified_at_ms)
        return "";
    int64_t age_ms = now_ms - fresh->verified_at_ms;
    *alarm = age_ms > ALARM_AGE_MS;
    if (*alarm)
        return "Sans nouvelles depuis plus de 24 heures : les fiches peuvent avoir changé.";
    return age_ms > WARNING_AGE_MS ? "Sans nouvelles depuis plus de 10 minutes." : "";
}

static json_t *unsigned_text(uint64_t value)
{
    text_t text;
    text_init(&text, 32);
    text_add_format(&text, "%llu", (unsigned long long)value);
    return view_take(&text);
}

static json_t *stream_view(const site_t *site, const stream_state_t *stream, bool silent)
{
    const kind_t *kind = schema_kind(site->schema, stream->kind);
    freshness_t fresh = freshness_of(stream, 1);
    char root[HASH_SIZE * 2 + 1];
    sodium_bin2hex(root, sizeof root, stream->root, HASH_SIZE);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "kind", kind ? kind->plural : stream->kind,
                     "state", state_words(&fresh, silent), "life", unsigned_text(stream->life),
                     "seq", unsigned_text(stream->seq), "count", unsigned_text(stream->count),
                     "root", root);
}

static json_t *hub_view(const site_t *site, const stream_state_t *streams, size_t count,
                        const tallies_t *tallies)
{
    freshness_t fresh = freshness_of(streams, count);
    for (size_t i = 0; i < tallies->count; i++)
        if (!strcmp(tallies->list[i].hub, streams[0].hub))
            fresh.records += tallies->list[i].count;
    text_t verified, records;
    text_init(&verified, 64);
    text_init(&records, 64);
    if (!fresh.own && fresh.verified_at_ms)
        format_moment(&verified, fresh.verified_at_ms, site->now_ms);
    format_count(&records, fresh.records, "fiche", "fiches");
    bool alarm;
    const char *age = age_words(&fresh, site->now_ms, &alarm);
    json_t *details = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(details, stream_view(site, &streams[i], *age));
    json_t *view = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:b, s:b, s:o}", "name",
                             directory_name(site->directory, streams[0].hub), "hub", streams[0].hub,
                             "state", state_words(&fresh, *age), "verified", view_take(&verified),
                             "records", view_take(&records), "age", age, "alarm", alarm, "good",
                             fresh.own || (fresh.verified && !*age), "streams", details);
    return view;
}

static json_t *hub_views(const site_t *site, const stream_states_t *states,
                         const tallies_t *tallies)
{
    json_t *views = json_array();
    for (size_t i = 0, count; i < states->count; i += count) {
        for (count = 1; i + count < states->count; count++)
            if (strcmp(states->list[i].hub, states->list[i + count].hub))
                break;
        json_array_append_new(views, hub_view(site, &states->list[i], count, tallies));
    }
    return views;
}

/* "le 22 novembre 2026", when this node had to begin its store anew; "" when it never had. */
static json_t *rebuilt_words(const site_t *site, int64_t rebuilt_ms)
{
    text_t text;
    text_init(&text, 64);
    if (rebuilt_ms && site->now_ms - rebuilt_ms < REBUILT_SHOWN_MS)
        format_moment(&text, rebuilt_ms, site->now_ms);
    return view_take(&text);
}

int page_network(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request;
    stream_states_t states = {0};
    tallies_t tallies = {0};
    int64_t rebuilt_ms = 0;
    if (mark_of(site->catalogue, MARK_REBUILT, &rebuilt_ms, err)
        || directory_refresh(site->directory, site->catalogue, site->schema, err)
        || catalogue_streams(site->catalogue, &states, err)
        || catalogue_counts(site->catalogue, NULL, NULL, "", &tallies, err)) {
        stream_states_free(&states);
        return -1;
    }
    json_t *content =
        json_pack("{s:s, s:b, s:o, s:o}", "title", "Le réseau", "empty", !states.count, "rebuilt",
                  rebuilt_words(site, rebuilt_ms), "network", hub_views(site, &states, &tallies));
    stream_states_free(&states);
    tallies_free(&tallies);
    return site_page(site, "network", content, response, err);
}
