#include "node/portal/route.h"

#include "node/portal/http/static.h"
#include "node/portal/pages/pages.h"
#include "node/portal/programs/api.h"
#include "node/portal/programs/dcat.h"
#include "node/portal/programs/embed.h"
#include "node/portal/programs/metrics.h"
#include "node/portal/programs/openapi.h"
#include "node/portal/programs/sitemap.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/theme.h"

#include <string.h>

static const route_t ROUTES[] = {
    {"/", .handler = page_home},
    {"/robots.txt", .handler = robots_txt, LASTS_STORE},
    {"/sitemap.xml", .handler = sitemap_index, LASTS_STORE},
    {"/sitemap/{part.xml}", .handler = sitemap_part, LASTS_STORE},
    {"/opensearch.xml", .handler = opensearch, LASTS_STORE},
    {"/catalog.jsonld", .handler = dcat_catalogue, LASTS_STORE},
    {"/metrics", .handler = metrics, LASTS_NOT},
    {"/embed/{path}", .handler = embed_list},
    {"/recherche", .handler = page_search},
    {"/reseau", .handler = page_network, LASTS_NOT, .names_places = true},
    {"/vos-donnees", .handler = page_legal},
    {"/accessibilite", .handler = page_legal},
    {"/mentions", .handler = page_legal},
    {"/partenaires", .handler = page_legal},
    {"/plan", .handler = page_legal},
    {"/{path}/{hub}/{id.format}", .handler = record_twin},
    {"/reponses", .handler = page_answers, .kind = "answer"},
    {"/reponses/{id}", .handler = page_own_answer, .kind = "answer"},
    {"/reponses/{hub}/{id}", .handler = page_answer, .kind = "answer"},
    {"/annuaire/{hub}/{id}", .handler = page_entry, .kind = "provider"},
    {"/acteurs/{hub}/{id}", .handler = page_entry, .kind = "organisation"},
    {"/agenda", .handler = page_agenda, .kind = "event"},
    {"/agenda/{hub}/{id}", .handler = page_event, .kind = "event"},
    {"/agenda/{hub}/{id}/affiche", .handler = page_poster, .kind = "event"},
    {"/cas-usage", .handler = page_cases, .kind = "use_case"},
    {"/cas-usage/{hub}/{id}", .handler = page_case, .kind = "use_case"},
    {"/aides", .handler = page_aids, .kind = "programme"},
    {"/aides/{hub}/{id}", .handler = page_aid, .kind = "programme"},
    {"/chiffres", .handler = page_figures, .kind = "indicator"},
    {"/chiffres/{hub}/{id}", .handler = page_figure, .kind = "indicator"},
    {"/hubs/{hub}/{id}", .handler = page_hub, .kind = "hub"},
    {"/static/hub.css", .handler = theme_css, LASTS_NOT},
    {"/static/logo", .handler = theme_logo, LASTS_NOT},
    {"/static/{file}", .handler = static_file, LASTS_NOT},
    {"/healthz", .handler = api_health, LASTS_NOT},
    {"/readyz", .handler = api_ready, LASTS_NOT},
    {"/api/v1/openapi.json", .handler = openapi, LASTS_STORE},
    {"/api/v1/streams", .handler = api_streams, LASTS_STORE},
    {"/api/v1/counts", .handler = api_counts, LASTS_STORE},
    {"/api/v1/kinds", .handler = api_kinds, LASTS_STORE},
    {"/api/v1/{kind.format}", .handler = page_twin, LASTS_STORE},
    {"/api/v1/{kind}", .handler = api_list, LASTS_STORE},
    {"/api/v1/{kind}/{hub}/{id}", .handler = api_record, LASTS_STORE},
    {"/{path.format}", .handler = page_twin, LASTS_STORE},
    {"/{path}", .handler = page_list},
    {"/{path}/{hub}/{id}", .handler = page_record},
};

/* Does the pattern's next piece, at *at, match? Moves *at behind it. */
static bool piece_matches(const char **at, const char *piece, request_t *request, size_t *captured)
{
    const char *start = *at + 1;
    size_t size = strcspn(start, "/");
    *at = start + size;
    if (*start != '{')
        return strlen(piece) == size && !memcmp(piece, start, size);
    if (memchr(start, '.', size) && !strchr(piece, '.'))
        return false;
    request->captures[(*captured)++] = piece;
    return true;
}

static bool matches(const route_t *route, request_t *request)
{
    const char *at = strcmp(route->pattern, "/") ? route->pattern : "";
    size_t captured = 0;
    for (size_t i = 0; i < request->piece_count; i++)
        if (!*at || !piece_matches(&at, request->pieces[i], request, &captured))
            return false;
    return !*at;
}

static const route_t *find_from(size_t i, request_t *request)
{
    for (; i < sizeof ROUTES / sizeof *ROUTES && !request->odd; i++)
        if (matches(&ROUTES[i], request))
            return &ROUTES[i];
    return NULL;
}

const route_t *route_find(request_t *request)
{
    return find_from(0, request);
}

const route_t *route_next(const route_t *route, request_t *request)
{
    return find_from((size_t)(route - ROUTES) + 1, request);
}

bool route_serves(const char *path, const char *kind)
{
    request_t request = {.pieces = {path}, .piece_count = 1};
    const route_t *route = route_find(&request);
    return route
           && (route->handler == page_list || (route->kind && strcmp(route->kind, kind) == 0));
}

bool route_is_short(const kind_t *kind)
{
    request_t request = {.pieces = {kind->path, "x"}, .piece_count = 2};
    const route_t *route = route_find(&request);
    return route && route->kind && strcmp(route->kind, kind->name) == 0;
}
