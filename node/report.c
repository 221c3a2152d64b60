#include "node/report.h"

#include "broker/base/moment.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <time.h>

#define FAILURES_ALARMING 2 /* proofs that a broker failed in a row */
#define REBUILT_ALARMING_MS (30LL * 24 * 3600 * 1000)

static const char *const REASONS[] = {
    [PUBLISHER_RECONCILE] = "Le hub demande aux relais ce qu'il a déjà publié.",
    [PUBLISHER_READY] = "",
    [PUBLISHER_FENCED] =
        ("Une autre copie de ce hub publie à sa place. Arrêtez-la, puis lancez ici « maillage"
         " unfence »."),
};

static json_t *instant(int64_t unix_ms)
{
    char text[32];
    struct tm utc;
    time_t seconds = (time_t)(unix_ms / 1000);
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

static json_t *brokers(const report_t *self)
{
    json_t *list = json_array();
    for (size_t i = 0; i < self->link_count; i++) {
        const link_t *link = self->links[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:s}", "name", link_broker(link), "endpoint",
                            link_endpoint(link), "state", link_words[link_state(link)], "since",
                            instant(link_since_ms(link)), "error", link_trouble(link)));
    }
    return list;
}

static void add_stream_alarms(const report_t *self, const stream_t *stream, json_t *alarms)
{
    if (stream->own && stream->count >= STREAM_WARNING_ITEMS)
        json_array_append_new(alarms,
                              json_sprintf("« %s » compte %" PRIu64 " fiches ; la limite est %d.",
                                           stream->kind, stream->count, STREAM_MAX_ITEMS));
    for (size_t i = 0; !stream->own && i < self->link_count; i++) {
        const char *broker = link_broker(self->links[i]);
        unsigned failures = sink_failures(self->sink, stream, broker);
        if (failures >= FAILURES_ALARMING)
            json_array_append_new(
                alarms, json_sprintf("Le relais « %s » a fourni %u fois de suite, pour %s/%s, autre"
                                     " chose que ce que ce hub a signé.",
                                     broker, failures, stream->hub, stream->kind));
    }
}

static void add_rebuilt_alarm(const report_t *self, json_t *alarms)
{
    if (!self->rebuilt_ms || moment_now().unix_ms - self->rebuilt_ms > REBUILT_ALARMING_MS)
        return;
    char day[32];
    struct tm utc;
    time_t seconds = (time_t)(self->rebuilt_ms / 1000);
    gmtime_r(&seconds, &utc);
    strftime(day, sizeof day, "%d/%m/%Y", &utc);
    json_array_append_new(
        alarms, json_sprintf("Les données d'ici ont été reconstruites le %s : leur fichier"
                             " était endommagé. Faites vérifier le disque.",
                             day));
}

static json_t *alarms(const report_t *self)
{
    json_t *list = json_array();
    add_rebuilt_alarm(self, list);
    for (size_t i = 0; self->publisher && i < publisher_alarm_count(self->publisher); i++)
        json_array_append_new(list, json_string(publisher_alarm(self->publisher, i)));
    for (size_t i = 0; i < streams_count(self->streams); i++)
        add_stream_alarms(self, streams_at(self->streams, i), list);
    return list;
}

char *report_make(const report_t *self)
{
    bool publishes = self->publisher != NULL;
    publisher_state_t state = publishes ? publisher_state(self->publisher) : PUBLISHER_READY;
    uint64_t life = publishes ? publisher_life(self->publisher) : 0;
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "node", self->settings->name, "role",
        member_roles[self->settings->role], "version", MAILLAGE_VERSION, "state",
        publisher_words[state], "reason", REASONS[state], "life", (json_int_t)life, "brokers",
        brokers(self), "rebuilt_at", self->rebuilt_ms ? instant(self->rebuilt_ms) : json_null(),
        "alarms", alarms(self));
    assert(json);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
