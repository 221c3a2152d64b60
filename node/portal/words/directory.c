#include "node/portal/words/directory.h"

#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct directory {
    const portal_settings_t *settings;
    uint64_t version; /* of the catalogue, when `hubs` was read */
    bool fresh;
    hub_name_t *hubs;
    size_t count;
};

directory_t *directory_new(const portal_settings_t *settings)
{
    directory_t *self = calloc(1, sizeof *self);
    assert(self);
    self->settings = settings;
    return self;
}

static void forget(directory_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->hubs[i].name);
        free(self->hubs[i].territory);
        free(self->hubs[i].url);
    }
    free(self->hubs);
    self->hubs = NULL;
    self->count = 0;
    self->fresh = false;
}

void directory_destroy(directory_t **self_p)
{
    if (!*self_p)
        return;
    forget(*self_p);
    free(*self_p);
    *self_p = NULL;
}

static char *copy(const char *text, const char *otherwise)
{
    char *given = strdup(text && *text ? text : otherwise);
    assert(given);
    return given;
}

static void add(directory_t *self, const char *hub, const char *name, const char *territory,
                const char *url)
{
    self->hubs = realloc(self->hubs, (self->count + 1) * sizeof *self->hubs);
    assert(self->hubs);
    hub_name_t *entry = &self->hubs[self->count++];
    memset(entry, 0, sizeof *entry);
    memcpy(entry->hub, hub, strlen(hub) + 1);
    entry->name = copy(name, hub);
    entry->territory = copy(territory, "");
    entry->url = copy(url, "");
}

static void add_record(directory_t *self, const kind_t *kind, const entry_t *entry)
{
    err_t ignored; /* a body that cannot be read names nobody: the id stands for it */
    json_t *body = body_decode(kind, entry->body, entry->body_size, &ignored);
    add(self, entry->hub, json_string_value(json_object_get(body, "nom")),
        json_string_value(json_object_get(body, "territoire")),
        json_string_value(json_object_get(body, "url")));
    json_decref(body);
}

static const hub_name_t *find(const directory_t *self, const char *hub)
{
    for (size_t i = 0; i < self->count; i++)
        if (!strcmp(self->hubs[i].hub, hub))
            return &self->hubs[i];
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcoll(((const hub_name_t *)a)->name, ((const hub_name_t *)b)->name);
}

static int read_all(directory_t *self, catalogue_t *catalogue, const kind_t *kind, err_t *err)
{
    char *after = NULL;
    do {
        query_t query = {.kind = kind, .after = after, .limit = QUERY_LIMIT_MAX};
        page_t page = {0};
        int rc = catalogue_list(catalogue, &query, &page, err);
        free(after);
        if (rc)
            return -1;
        for (size_t i = 0; i < page.count; i++)
            add_record(self, kind, &page.entries[i]);
        after = page.next ? copy(page.next, "") : NULL;
        page_free(&page);
    } while (after);
    return 0;
}

int directory_refresh(directory_t *self, catalogue_t *catalogue, const schema_t *schema, err_t *err)
{
    uint64_t version = catalogue_version(catalogue);
    if (self->fresh && self->version == version)
        return 0;
    forget(self);
    const kind_t *kind = schema_kind(schema, "hub");
    if (kind && read_all(self, catalogue, kind, err))
        return -1;
    const portal_settings_t *settings = self->settings;
    if (settings->role == MEMBER_HUB && !find(self, settings->name))
        add(self, settings->name, settings->title, settings->territory, settings->url);
    if (self->count)
        qsort(self->hubs, self->count, sizeof *self->hubs, by_name);
    self->version = version;
    self->fresh = true;
    return 0;
}

const char *directory_name(const directory_t *self, const char *hub)
{
    const hub_name_t *found = find(self, hub);
    return found ? found->name : hub;
}

size_t directory_count(const directory_t *self)
{
    return self->count;
}

const hub_name_t *directory_at(const directory_t *self, size_t index)
{
    return &self->hubs[index];
}
