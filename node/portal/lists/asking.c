#include "node/portal/lists/asking.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/listing.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/view.h"
#include "node/store/meant.h"

#include <stdlib.h>
#include <string.h>

/* --- the question --- */

int asking_read(asking_t *self, site_t *site, const request_t *request, const kind_t *kind,
                const size_t *limit, err_t *err)
{
    *self = (asking_t){.site = site, .request = request};
    if (listing_read(request, kind, limit, &self->query, err))
        return -1;
    if (!limit || facet_place(kind)) /* a page passes over what it does not know */
        near_read(&self->near, site, request, &self->query);
    return limit ? directory_refresh(site->directory, site->catalogue, site->schema, err)
                 : near_check(&self->near, request, err);
}

void asking_close(asking_t *self)
{
    page_free(&self->page);
    free(self->meant);
    free(self->turned);
    self->meant = self->turned = NULL;
}

void asking_skip_past(asking_t *self)
{
    listing_skip_past(&self->query, self->site->now_ms, self->today);
}

void asking_add(asking_t *self, const char *field, const char *code)
{
    if (self->query.filter_count < QUERY_FILTERS_MAX)
        self->query.filters[self->query.filter_count++] =
            (filter_t){.field = field, .codes = {code}, .count = 1};
}

bool asking_has(const asking_t *self, const char *field)
{
    const char *value = request_parameter(self->request, field);
    return value && *value;
}

static bool has_words(const asking_t *self)
{
    return self->query.search && *self->query.search;
}

bool asking_asks(const asking_t *self)
{
    for (size_t i = 0; i < self->query.filter_count; i++)
        if (asking_has(self, self->query.filters[i].field))
            return true;
    return has_words(self) || self->near.found;
}

/* --- what is found --- */

static int find(asking_t *self, page_t *page, err_t *err)
{
    return catalogue_list(self->site->catalogue, &self->query, page, err);
}

/* Other words are kept only when they find something. */
static int find_meant(asking_t *self, err_t *err)
{
    const char *typed = self->query.search;
    char *better;
    page_t found = {0};
    if (meant_correct(self->site->catalogue, typed, 0, &better, err))
        return -1;
    if (!better)
        return 0;
    self->query.search = better;
    int rc = find(self, &found, err);
    if (rc || !found.total) {
        page_free(&found);
        free(better);
        self->query.search = typed;
        return rc;
    }
    page_free(&self->page);
    self->page = found;
    self->meant = better;
    return 0;
}

int asking_find(asking_t *self, err_t *err)
{
    page_free(&self->page);
    if (find(self, &self->page, err))
        return -1;
    bool literal = self->meant || asking_has(self, ASKING_EXACT);
    return self->page.total || !has_words(self) || literal ? 0 : find_meant(self, err);
}

bool asking_turn(asking_t *self)
{
    if (!self->page.next)
        return false;
    free(self->turned);
    self->turned = self->page.next;
    self->page.next = NULL;
    self->query.after = self->turned;
    return true;
}

/* --- addresses --- */

static void add_pair(text_t *out, const char *name, const char *value)
{
    text_add_string(out, strchr(out->data, '?') ? "&" : "?");
    request_encode(out, name);
    text_add_string(out, "=");
    request_encode(out, value);
}

request_t *asking_written_out(const asking_t *self)
{
    text_t target;
    text_init(&target, REQUEST_TARGET_MAX * 4);
    listing_address(self->request, self->meant ? "q" : "after", NULL, self->meant, &target);
    for (size_t i = 0; i < self->query.filter_count; i++) {
        const filter_t *filter = &self->query.filters[i];
        for (size_t j = 0; j < filter->count && !asking_has(self, filter->field); j++)
            add_pair(&target, filter->field, filter->codes[j]);
    }
    request_t *whole = request_new(target.data);
    if (whole->refused) { /* one of nearly the greatest length has no room for more */
        request_destroy(&whole);
        whole = request_new(self->request->target);
    }
    memcpy(whole->origin, self->request->origin, sizeof whole->origin);
    text_free(&target);
    return whole;
}

static void show_address(const asking_t *self, const char *name, const char *after, json_t *content)
{
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX * 4);
    request_again(self->request, after, &address);
    json_object_set_new(content, name, view_take(&address));
}

/* --- what is shown --- */

void asking_say_meant(const request_t *request, const char *words, json_t *content)
{
    json_object_set_new(content, "meant", json_null());
    if (!words)
        return;
    text_t literal;
    text_init(&literal, REQUEST_TARGET_MAX * 4);
    listing_address(request, ASKING_EXACT, NULL, "oui", &literal);
    json_object_set_new(content, "meant",
                        json_pack("{s:s, s:s, s:o}", "typed", request_parameter(request, "q"),
                                  "words", words, "literal", view_take(&literal)));
}

void asking_show(const asking_t *self, json_t *content)
{
    const kind_t *kind = self->query.kind;
    const char *typed = request_parameter(self->request, "q");
    text_t total;
    text_init(&total, 128);
    listing_count(kind, self->page.total, &total);
    if (!json_object_get(content, "title"))
        json_object_set_new(content, "title", json_string(kind->plural));
    json_object_set_new(content, "path", json_string(kind->path));
    json_object_set_new(content, "q", json_string(typed ? typed : ""));
    json_object_set_new(content, "asked", json_boolean(asking_asks(self)));
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!self->page.count));
    asking_say_meant(self->request, self->meant, content);
    if (self->page.next)
        show_address(self, "next", self->page.next, content);
    if (self->query.after)
        show_address(self, "first", NULL, content);
}

void asking_keep(const asking_t *self, const char *name, json_t *content)
{
    json_t *kept = json_object_get(content, "kept");
    if (!kept)
        json_object_set_new(content, "kept", kept = json_array());
    if (asking_has(self, name))
        json_array_append_new(kept, json_pack("{s:s, s:s}", "name", name, "value",
                                              request_parameter(self->request, name)));
}

json_t *asking_rows(const asking_t *self,
                    json_t *(*row_of)(const asking_t *self, const entry_t *entry))
{
    json_t *rows = json_array();
    for (size_t i = 0; i < self->page.count; i++)
        json_array_append_new(rows, row_of(self, &self->page.entries[i]));
    return rows;
}
