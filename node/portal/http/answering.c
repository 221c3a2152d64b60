#include "node/portal/http/answering.h"

#include "broker/base/log.h"
#include "node/portal/http/origin.h"
#include "node/portal/http/page_cache.h"
#include "node/portal/lists/aid_state.h"
#include "node/portal/pages/pages.h"
#include "node/portal/route.h"
#include "node/portal/words/format.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define METHODS "GET, HEAD, OPTIONS"
#define KEY_MAX (REQUEST_ORIGIN_SIZE + 1 + REQUEST_TARGET_MAX)
#define HASH_BYTES 16

struct answering {
    page_cache_t *cache;
    uint64_t version;                /* of the catalogue, when it was last looked at */
    char day[FORMAT_DAY_START_SIZE]; /* the one in France */
    uint64_t state;                  /* raised when one of the two changes */
    int64_t since_ms;                /* Unix; when that was noticed */
    answering_counts_t counts;
};

answering_t *answering_new(void)
{
    answering_t *self = calloc(1, sizeof *self);
    assert(self);
    self->cache = page_cache_new(ANSWERING_CACHE_SIZE);
    return self;
}

void answering_destroy(answering_t **self_p)
{
    if (!*self_p)
        return;
    page_cache_destroy(&(*self_p)->cache);
    free(*self_p);
    *self_p = NULL;
}

const answering_counts_t *answering_counts(answering_t *self)
{
    self->counts.cache_size = page_cache_size(self->cache);
    self->counts.cache_count = page_cache_count(self->cache);
    return &self->counts;
}

/* --- what has not changed --- */

static void look_at_state(site_t *site)
{
    answering_t *self = site->answering;
    uint64_t version = catalogue_version(site->catalogue);
    char day[FORMAT_DAY_START_SIZE];
    format_day_start(site->now_ms, day);
    if (self->state && version == self->version && !strcmp(day, self->day))
        return;
    self->version = version;
    memcpy(self->day, day, sizeof day);
    self->since_ms = site->now_ms;
    page_cache_state(self->cache, ++self->state);
}

/* RFC 9110, 5.6.7, in the words of the protocol whatever the locale is. */
static void add_http_date(text_t *out, int64_t unix_ms)
{
    static const char *const DAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t second = (time_t)(unix_ms / 1000);
    struct tm utc;
    if (gmtime_r(&second, &utc))
        text_add_format(out, "%s, %02d %s %d %02d:%02d:%02d GMT", DAYS[utc.tm_wday], utc.tm_mday,
                        MONTHS[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                        utc.tm_sec);
}

/* The state says when an answer changed, the whole address which one it is. */
static void add_tag(const site_t *site, const route_t *route, const request_t *request,
                    const char *key, response_t *response)
{
    const answering_t *self = site->answering;
    bool daily = route->lasting == LASTS_DAY || aid_state_asked(request);
    unsigned char hash[HASH_BYTES];
    char hex[sizeof hash * 2 + 1];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)key, strlen(key), NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    text_add_format(&response->etag, "\"%llx-%.10s-%s\"", (unsigned long long)self->version,
                    daily ? self->day : "", hex);
}

static void add_modified(const site_t *site, response_t *response)
{
    const answering_t *self = site->answering;
    text_clear(&response->modified);
    if (site->now_ms / 1000 > self->since_ms / 1000)
        add_http_date(&response->modified, self->since_ms);
}

/* Weak marks do not matter here (RFC 9110, 13.1.2); the date counts only without a tag (13.1.3), and
 * as the text that we gave: another one may mean a state before this one. */
static bool unchanged(const request_t *request, const response_t *response)
{
    if (request->if_none_match)
        return strstr(request->if_none_match, response->etag.data);
    return request->if_modified_since && response->modified.size
           && !strcmp(request->if_modified_since, response->modified.data);
}

/* --- one route --- */

static int call(site_t *site, const route_t *route, request_t *request, response_t *response,
                err_t *err)
{
    if (route->lasting == LASTS_DAY || route->names_places)
        site_open_geo(site);
    int rc;
    while ((rc = route->handler(site, request, response, err)) > 0)
        if (!(route = route_next(route, request))) {
            response_fail(response, 404, NULL);
            return 0;
        }
    return rc;
}

static int answer_lasting(site_t *site, const route_t *route, request_t *request,
                          response_t *response, err_t *err)
{
    answering_t *self = site->answering;
    char key[KEY_MAX];
    snprintf(key, sizeof key, "%s %s", request->origin, request->target);
    look_at_state(site);
    add_tag(site, route, request, key, response);
    add_modified(site, response);
    if (unchanged(request, response)) {
        response->status = 304;
        return 0;
    }
    if (page_cache_find(self->cache, key, response)) {
        self->counts.from_cache++;
        add_modified(site, response); /* it was kept within its first second, perhaps */
        return 0;
    }
    uint64_t version = self->version;
    if (call(site, route, request, response, err))
        return -1;
    if (response->status == 200 && catalogue_version(site->catalogue) == version)
        page_cache_keep(self->cache, key, response);
    return 0;
}

static bool reads(const request_t *request)
{
    return !strcmp(request->method, "GET") || !strcmp(request->method, "HEAD");
}

/* One address for one page: the same one without the slash at its end. */
static void redirect(const request_t *request, response_t *response)
{
    response->status = 308;
    request_again(request, request_parameter(request, "after"), &response->location);
}

static int refuse_method(const request_t *request, response_t *response)
{
    response->allow = METHODS;
    if (strcmp(request->method, "OPTIONS"))
        response_fail(response, 405, NULL);
    else
        response->status = 204;
    return 0;
}

static int route_request(site_t *site, request_t *request, response_t *response, err_t *err)
{
    if (request->refused) {
        response_fail(response, request->refused, request->reason);
        return 0;
    }
    const route_t *route = route_find(request);
    if (!route) {
        response_fail(response, 404, NULL);
        return 0;
    }
    if (!reads(request))
        return refuse_method(request, response);
    if (request->has_body) {
        response_fail(response, 400, "Une demande de lecture ne porte pas de contenu.");
        return 0;
    }
    if (request->slash) {
        redirect(request, response);
        return 0;
    }
    return route->lasting == LASTS_NOT ? call(site, route, request, response, err)
                                       : answer_lasting(site, route, request, response, err);
}

/* --- errors --- */

/* A handler could not answer: a bad question is the visitor's, anything else is ours and is
 * logged. */
static int excuse(site_t *site, const request_t *request, response_t *response, const err_t *err)
{
    if (err->action == ERR_REJECT) {
        response_fail(response, 400, err->text);
        return 0;
    }
    if (catalogue_gave_up(site->catalogue)) {
        response_fail(response, 503,
                      "Cette demande prend trop de temps. Choisissez moins de mots ou un filtre de "
                      "plus.");
        return 0;
    }
    log_warning("portal: cannot answer %s: %s", request->target, err->text);
    response_fail(response, err->action == ERR_RETRY ? 503 : 500, NULL);
    return err->action == ERR_STOP ? -1 : 0;
}

/* A request that could not be understood may hide the start of another: nothing more is read. */
static bool must_close(const request_t *request, const response_t *response)
{
    return response->status == 400 || response->status == 414 || request->has_body
           || !reads(request);
}

static void tell_error(site_t *site, const request_t *request, response_t *response)
{
    err_t ignored;
    text_clear(&response->etag);
    text_clear(&response->modified);
    text_clear(&response->link);
    text_clear(&response->ancestors);
    response->cache = "no-store";
    response->close = must_close(request, response);
    catalogue_give_up_after(site->catalogue, ANSWERING_PATIENCE_MS);
    if (request->api || page_error(site, response, &ignored))
        response_problem(response);
}

int site_answer(site_t *self, request_t *request, response_t *response, err_t *err)
{
    err_t trouble = {0};
    int rc = 0;
    origin_of(self->settings, request, request->origin);
    catalogue_give_up_after(self->catalogue, ANSWERING_PATIENCE_MS);
    if (route_request(self, request, response, &trouble)) {
        rc = excuse(self, request, response, &trouble);
        if (rc)
            *err = trouble;
    }
    if (response->status >= 400)
        tell_error(self, request, response);
    else if (!reads(request))
        response->close = request->has_body;
    self->answering->counts.by_status[response->status]++;
    return rc;
}
