/* One event, and its poster for the door of the town hall. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/happening.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/occasion.h"
#include "node/portal/words/qr.h"
#include "node/portal/words/view.h"

#include <stdlib.h>
#include <string.h>

#define KIND "event"
#define DATES_SHOWN 5
#define DATES_ON_POSTER 3

/* --- dates --- */

static json_t *date_of(const occasion_t *occasion)
{
    text_t day, hours;
    text_init(&day, 64);
    text_init(&hours, 256);
    occasion_day(&day, occasion->day);
    occasion_hours(&hours, occasion);
    return json_pack("{s:o, s:o}", "day", view_take(&day), "hours", view_take(&hours));
}

/* Those that are not over, or all when all are; the first few, and the rest folded. */
static void add_dates(json_t *content, const json_t *body, size_t shown, int64_t now_ms)
{
    const json_t *all = json_object_get(body, "horaires");
    json_t *dates = json_array(), *folded = json_array();
    occasion_t last, one;
    size_t after;
    bool over = occasion_next(all, now_ms, &last, &after) && last.end_second < now_ms / 1000;
    for (size_t i = 0; i < json_array_size(all); i++)
        if (occasion_read(json_array_get(all, i), &one)
            && (over || one.end_second >= now_ms / 1000))
            json_array_append_new(json_array_size(dates) < shown ? dates : folded, date_of(&one));
    text_t count;
    text_init(&count, 128);
    if (json_array_size(folded))
        format_count(&count, (int64_t)json_array_size(folded), "autre date", "autres dates");
    json_object_set_new(content, "over", json_boolean(over));
    json_object_set_new(content, "dates", dates);
    json_object_set_new(content, "has_folded", json_boolean(json_array_size(folded)));
    json_object_set_new(content, "folded", folded);
    json_object_set_new(content, "folded_count", view_take(&count));
}

/* --- place --- */

/* Where a plan of the place can be seen; NULL when its position is not known. */
static json_t *map_of(const json_t *place)
{
    const json_t *lat = json_object_get(place, "lat"), *lon = json_object_get(place, "lon");
    if (!json_is_number(lat) || !json_is_number(lon))
        return NULL;
    double y = json_number_value(lat), x = json_number_value(lon);
    return json_sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=17/%.5f/%.5f", y, x,
                        y, x);
}

/* Calendars often give the town as the name of the place, and again as its address: each line is read once. */
static void add_place(json_t *content, const site_t *site, const json_t *body)
{
    const json_t *place = json_object_get(body, "lieu");
    json_t *town = happening_town(site, body), *map = map_of(place);
    const char *code = view_text(place, "code_postal"), *name = view_text(place, "nom"),
               *address = view_text(place, "adresse");
    json_t *whole =
        *code ? json_sprintf("%s %s", code, json_string_value(town)) : json_incref(town);
    json_object_set_new(content, "has_place", json_boolean(json_object_size(place)));
    bool named = strcmp(name, json_string_value(town)) != 0 && strcmp(name, address) != 0;
    bool addressed = strcmp(address, json_string_value(whole)) != 0;
    json_object_set_new(content, "place_name", json_string(named ? name : ""));
    json_object_set_new(content, "place_address", json_string(addressed ? address : ""));
    json_object_set_new(content, "place_town", whole);
    if (map)
        json_object_set_new(content, "map", map);
    json_decref(town);
}

/* --- registration: one button, and what else works --- */

static const struct {
    const char *field, *words;
    char *(*href)(const char *value);
} WAYS[] = {
    {"url", "S'inscrire en ligne", view_url},
    {"telephone", "Téléphoner", view_tel},
    {"courriel", "Écrire", view_mailto},
};

/* "04 77 43 04 00"; another number stays as it is. */
static json_t *number_words(const char *number)
{
    text_t words;
    text_init(&words, 256);
    bool french = strlen(number) == 10 && strspn(number, "0123456789") == 10;
    for (size_t i = 0; number[i]; i++)
        text_add_format(&words, "%s%c", french && i && i % 2 == 0 ? "\u00a0" : "", number[i]);
    return view_take(&words);
}

static void add_way(json_t *ways, const json_t *body, size_t way)
{
    const char *value = view_text(json_object_get(body, "inscription"), WAYS[way].field);
    char *href = *value ? WAYS[way].href(value) : NULL;
    if (href) {
        bool told = !strcmp(WAYS[way].field, "telephone");
        json_array_append_new(ways, json_pack("{s:s, s:s, s:o, s:b}", "href", href, "text",
                                              WAYS[way].words, "number",
                                              told ? number_words(value) : json_string(""), "plain",
                                              json_array_size(ways) > 0));
    }
    free(href);
}

static void add_registration(json_t *content, const json_t *body)
{
    json_t *ways = json_array();
    bool closed = json_is_true(json_object_get(content, "cancelled"))
                  || json_is_true(json_object_get(content, "over"));
    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS && !closed; i++)
        add_way(ways, body, i);
    json_object_set_new(content, "has_register", json_boolean(json_array_size(ways)));
    json_object_set_new(content, "register", ways);
}

/* --- the two pages --- */

/* What the page and the poster both show; NULL when there is nothing to show. */
static json_t *content_of(const sheet_t *sheet, size_t dates)
{
    json_t *content = sheet_content(sheet);
    if (!content)
        return NULL;
    text_t href;
    text_init(&href, 1024);
    happening_add(content, sheet->site, sheet->kind, &sheet->entry, sheet->body);
    add_dates(content, sheet->body, dates, sheet->site->now_ms);
    add_place(content, sheet->site, sheet->body);
    add_registration(content, sheet->body);
    view_address(sheet->kind, sheet->entry.hub, sheet->entry.id, &href);
    json_object_set_new(content, "plural", json_string("Agenda"));
    json_object_set_new(content, "poster", json_sprintf("%s/affiche", href.data));
    json_object_set_new(content, "href", view_take(&href));
    return content;
}

int page_event(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    static const char *const fields[] = {
        "description", "organisateurs", "accessibilite", "type", "fonctions", "serie", NULL};
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = content_of(&sheet, DATES_SHOWN);
    if (content)
        sheet_add(content, &sheet, fields);
    return sheet_answer(&sheet, rc, "event", content, response, err);
}

/* Without a name of this site that works from outside there is no code. */
static void add_qr(json_t *content, const request_t *request)
{
    text_t address, path;
    text_init(&address, QR_TEXT_MAX);
    text_init(&path, 64 << 10);
    text_add_format(&address, "%s%s", request->origin,
                    json_string_value(json_object_get(content, "href")));
    unsigned size;
    err_t unfit;
    if (*request->origin && !qr_path(address.data, &path, &size, &unfit))
        json_object_set_new(content, "qr",
                            json_pack("{s:i, s:s, s:s}", "size", (int)size, "path", path.data,
                                      "address", address.data));
    text_free(&path);
    text_free(&address);
}

int page_poster(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = content_of(&sheet, DATES_ON_POSTER);
    if (content) {
        text_t words;
        text_init(&words, 256);
        view_code(site, kind_field(sheet.kind, "type"), view_text(sheet.body, "type"), &words);
        json_object_set_new(content, "kind_words", view_take(&words));
        add_qr(content, request);
    }
    return sheet_answer(&sheet, rc, "poster", content, response, err);
}
