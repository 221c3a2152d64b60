#include "node/portal/http/static.h"

#include "node/portal/asset.h"

#include <string.h>

#define FOLDER "static/"

static const struct {
    const char *ending, *type;
} TYPES[] = {
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof TYPES / sizeof *TYPES; i++)
        if (!strcmp(dot, TYPES[i].ending))
            return TYPES[i].type;
    return "application/octet-stream";
}

int static_file(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)site, (void)err;
    for (size_t i = 0; i < asset_count; i++) {
        const asset_t *asset = &assets[i];
        if (strncmp(asset->name, FOLDER, strlen(FOLDER))
            || strcmp(asset->name + strlen(FOLDER), request->captures[0]))
            continue;
        response->type = type_of(asset->name);
        response->cache = "public, max-age=3600";
        return text_add(&response->body, asset->bytes, asset->size);
    }
    response_fail(response, 404, NULL);
    return 0;
}
