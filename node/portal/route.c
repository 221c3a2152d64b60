#include "node/portal/route.h"

#include "node/portal/api.h"
#include "node/portal/pages.h"
#include "node/portal/static.h"
#include "node/portal/twin.h"

#include <string.h>

static const route_t ROUTES[] = {
    {"/", page_home, false},
    {"/recherche", page_search, false},
    {"/reseau", page_network, false},
    {"/static/{file}", static_file, false},
    {"/healthz", api_health, false},
    {"/readyz", api_ready, false},
    {"/api/v1/streams", api_streams, true},
    {"/api/v1/counts", api_counts, true},
    {"/api/v1/kinds", api_kinds, true},
    {"/api/v1/{kind.format}", page_twin, true},
    {"/api/v1/{kind}", api_list, true},
    {"/api/v1/{kind}/{hub}/{id}", api_record, true},
    {"/{path.format}", page_twin, true},
    {"/{path}", page_list, false},
    {"/{path}/{hub}/{id}", page_record, false},
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

const route_t *route_find(request_t *request)
{
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES && !request->odd; i++)
        if (matches(&ROUTES[i], request))
            return &ROUTES[i];
    return NULL;
}

bool route_is_free(const char *path)
{
    request_t request = {.pieces = {path}, .piece_count = 1};
    const route_t *route = route_find(&request);
    return route && route->handler == page_list;
}
