/* Every kind is asked in turn; the store walks its index once for all of them. Words that find nothing are
 * corrected, then shortened, and the page says so. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/asking.h"
#include "node/portal/lists/highlight.h"
#include "node/portal/lists/listing.h"
#include "node/portal/pages/home.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "node/store/meant.h"

#include <stdlib.h>
#include <string.h>

#define HITS_SHOWN 3
#define THEMES_SHOWN 8
#define FEW 3  /* records: then it is worth asking whether something else was meant */
#define RARE 2 /* records of a word that may be a mistake */
#define PLACE_WORDS_MAX 4
#define PLACE_SIZE 128

/* In the order in which visitors look for them; the other kinds follow. */
static const char *const FIRST[] = {"answer", "provider",  "use_case",
                                    "event",  "programme", "organisation"};
enum { FIRST_COUNT = sizeof FIRST / sizeof *FIRST };

typedef struct search {
    site_t *site;
    const request_t *request;
    char *words; /* what is searched for, at last */
    json_t *groups;
    int64_t total;
} search_t;

/* --- the hits of one kind --- */

static json_t *rows_of(const search_t *self, const kind_t *kind, const page_t *page)
{
    highlight_t *highlight = highlight_new(self->words, self->site->synonyms);
    json_t *rows = json_array();
    for (size_t i = 0; i < page->count; i++) {
        json_t *row = view_row(self->site, kind, &page->entries[i]);
        const char *title = json_string_value(json_object_get(row, "title"));
        const char *summary = json_string_value(json_object_get(row, "summary"));
        json_object_set_new(row, "title_parts", highlight_parts(highlight, title ? title : ""));
        json_object_set_new(row, "summary_parts",
                            highlight_parts(highlight, summary ? summary : ""));
        json_array_append_new(rows, row);
    }
    highlight_destroy(&highlight);
    return rows;
}

static json_t *address(const char *path, const char *name, const char *value)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_add_format(&href, "/%s?%s=", path, name);
    request_encode(&href, value);
    return view_take(&href);
}

static void add_group(search_t *self, const kind_t *kind, const page_t *page)
{
    text_t count;
    text_init(&count, 64);
    format_number(&count, (double)page->total, 0, "");
    json_array_append_new(self->groups,
                          json_pack("{s:s, s:s, s:o, s:o, s:o, s:b}", "kind", kind->plural, "id",
                                    kind->path, "rows", rows_of(self, kind, page), "all",
                                    address(kind->path, "q", self->words), "count",
                                    view_take(&count), "more", page->total > (int64_t)page->count));
}

static int search_kind(search_t *self, const kind_t *kind, err_t *err)
{
    query_t query = {.kind = kind, .search = self->words, .limit = HITS_SHOWN};
    char today[FORMAT_DAY_START_SIZE];
    listing_skip_past(&query, self->site->now_ms, today);
    page_t page = {0};
    if (catalogue_list(self->site->catalogue, &query, &page, err))
        return -1;
    self->total += page.total;
    if (page.count)
        add_group(self, kind, &page);
    page_free(&page);
    return 0;
}

static bool is_first(const char *kind)
{
    for (size_t i = 0; i < FIRST_COUNT; i++)
        if (!strcmp(FIRST[i], kind))
            return true;
    return false;
}

/* Searches all kinds for these words, which it takes. */
static int search_for(search_t *self, char *words, err_t *err)
{
    const schema_t *schema = self->site->schema;
    free(self->words);
    self->words = words;
    for (size_t i = 0; i < FIRST_COUNT; i++) {
        const kind_t *kind = schema_kind(schema, FIRST[i]);
        if (kind && search_kind(self, kind, err))
            return -1;
    }
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        if (!is_first(kind->name) && search_kind(self, kind, err))
            return -1;
    }
    return 0;
}

/* --- what may have been meant --- */

static int correct(search_t *self, const char *typed, json_t *content, err_t *err)
{
    char *better;
    if (meant_correct(self->site->catalogue, typed, 0, &better, err))
        return -1;
    asking_say_meant(self->request, better, content);
    return better ? search_for(self, better, err) : 0;
}

/* No record has all the words: those of some of them, and which were left out. */
static int shorten(search_t *self, json_t *content, err_t *err)
{
    char *kept, *left_out;
    if (meant_shorten(self->site->catalogue, self->words, &kept, &left_out, err))
        return -1;
    if (!kept)
        return 0;
    json_object_set_new(content, "left_out",
                        json_pack("{s:s, s:s}", "kept", kept, "without", left_out));
    free(left_out);
    return search_for(self, kept, err);
}

/* A few records have words that look like a mistake: perhaps another was meant. */
static int suggest(search_t *self, json_t *content, err_t *err)
{
    char *better;
    if (meant_correct(self->site->catalogue, self->words, RARE, &better, err))
        return -1;
    if (better)
        json_object_set_new(
            content, "suggestion",
            json_pack("{s:s, s:o}", "words", better, "href", address("recherche", "q", better)));
    free(better);
    return 0;
}

static int search(search_t *self, const char *typed, json_t *content, err_t *err)
{
    if (search_for(self, strdup(typed), err))
        return -1;
    if (request_parameter(self->request, ASKING_EXACT))
        return 0;
    if (!self->total && correct(self, typed, content, err))
        return -1;
    if (!self->total && shorten(self, content, err))
        return -1;
    bool as_typed = !strcmp(self->words, typed);
    return as_typed && self->total && self->total <= FEW ? suggest(self, content, err) : 0;
}

/* --- places --- */

/* The first commune of this name or postcode: "Saint-Étienne", "saint etienne", "42000"; NULL for none. */
static const geo_commune_t *find_place(const site_t *site, const char *words)
{
    const geo_commune_t *found[1];
    bool code = strlen(words) == 5 && strspn(words, "0123456789") == 5;
    size_t count =
        code ? geo_served(site->geo, words, found, 1) : geo_named(site->geo, words, found, 1);
    return count ? found[0] : NULL;
}

/* Many common words are the name of some village: inside a question only one's own department's count. */
static bool is_ours(const site_t *site, const geo_commune_t *commune)
{
    const char *territory = site->settings->territory;
    return territory && commune->department && !strncmp(territory, "DEP-", 4)
           && !strcmp(territory + 4, commune->department->code);
}

static const char *next_word(const char *words)
{
    const char *space = strchr(words, ' ');
    return space ? space + strspn(space, " ") : words + strlen(words);
}

/* The words that are, or that end with, the name of a place; the longest name. NULL for none. */
static const char *place_in(const site_t *site, const char *typed)
{
    const geo_commune_t *commune;
    size_t words = 0;
    typed += strspn(typed, " ");
    if (find_place(site, typed))
        return typed;
    for (const char *at = typed; *at; at = next_word(at))
        words++;
    for (const char *at = typed; *at; at = next_word(at), words--)
        if (words <= PLACE_WORDS_MAX && (commune = find_place(site, at)) && is_ours(site, commune))
            return at;
    return NULL;
}

static void add_place(site_t *site, const char *typed, json_t *content)
{
    static const char *const KINDS[] = {"provider", "organisation"};
    site_open_places(site);
    const char *place = strlen(typed) < PLACE_SIZE ? place_in(site, typed) : NULL;
    if (!place)
        return;
    const geo_commune_t *commune = find_place(site, place);
    json_t *links = json_array();
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const kind_t *kind = schema_kind(site->schema, KINDS[i]);
        if (kind)
            json_array_append_new(links, json_pack("{s:o, s:s}", "href",
                                                   address(kind->path, "pres", place), "label",
                                                   kind->plural));
    }
    /* A postcode may serve several communes: it stands for itself. */
    bool code = *place >= '0' && *place <= '9';
    json_object_set_new(
        content, "place",
        json_pack("{s:s, s:o}", "name", code ? place : commune->name, "links", links));
}

/* --- nothing asked, nothing found: ways in --- */

static int by_count(const void *a, const void *b)
{
    int64_t x = ((const tally_t *)a)->count, y = ((const tally_t *)b)->count;
    return (x < y) - (x > y);
}

/* One tally a code, over all hubs. */
static void join_hubs(tallies_t *tallies)
{
    size_t kept = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        size_t same = 0;
        while (same < kept && strcmp(tallies->list[same].code, tallies->list[i].code) != 0)
            same++;
        if (same < kept) {
            tallies->list[same].count += tallies->list[i].count;
            free(tallies->list[i].code);
        } else {
            tallies->list[kept++] = tallies->list[i];
        }
    }
    tallies->count = kept;
    if (kept)
        qsort(tallies->list, kept, sizeof *tallies->list, by_count);
}

/* The subjects with the most answers. */
static int add_themes(site_t *site, json_t *content, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, "answer");
    const field_t *field = kind ? kind_field(kind, "theme") : NULL;
    tallies_t tallies;
    json_t *themes = json_array();
    json_object_set_new(content, "themes", themes);
    if (!field)
        return 0;
    if (catalogue_counts(site->catalogue, NULL, kind->name, "theme", &tallies, err))
        return -1;
    join_hubs(&tallies);
    for (size_t i = 0; i < tallies.count && i < THEMES_SHOWN; i++) {
        text_t label;
        text_init(&label, 512);
        view_code(site, field, tallies.list[i].code, &label);
        json_array_append_new(themes, json_pack("{s:o, s:o}", "href",
                                                address(kind->path, "theme", tallies.list[i].code),
                                                "label", view_take(&label)));
    }
    tallies_free(&tallies);
    json_object_set_new(content, "has_themes", json_boolean(json_array_size(themes)));
    return 0;
}

static json_t *content_of(const site_t *site, const char *typed, bool asked)
{
    json_t *content =
        json_pack("{s:s, s:s, s:b}", "title", "Recherche", "q", typed, "asked", asked);
    static const char *const ABSENT[] = {"meant", "left_out", "suggestion", "place"};
    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++)
        json_object_set_new(content, ABSENT[i], json_null());
    json_object_set_new(content, "irritants", asked ? json_array() : home_irritants(site));
    return content;
}

int page_search(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const char *typed = request_parameter(request, "q");
    bool asked = typed && typed[strspn(typed, " ")];
    if (directory_refresh(site->directory, site->catalogue, site->schema, err))
        return -1;
    search_t self = {.site = site, .request = request, .groups = json_array()};
    json_t *content = content_of(site, asked ? typed : "", asked);
    int rc = asked ? search(&self, typed, content, err) : 0;
    bool empty = !json_array_size(self.groups);
    json_object_set_new(content, "groups", self.groups);
    if (asked)
        add_place(site, typed, content);
    bool placed = json_is_object(json_object_get(content, "place"));
    json_object_set_new(content, "empty", json_boolean(asked && empty && !placed));
    if (rc == 0 && empty)
        rc = add_themes(site, content, err);
    free(self.words);
    if (rc) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "search", content, response, err);
}
