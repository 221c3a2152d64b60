#include "node/portal/lists/near.h"

#include "node/portal/lists/listing.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <stdlib.h>
#include <string.h>

#define FOUND_MAX 64
#define METRES_PER_KM 1000.0

const unsigned NEAR_RADII[] = {10, 25, 50, 100, 0};

/* --- which place is meant --- */

static bool is_five_digits(const char *text)
{
    return strlen(text) == 5 && strspn(text, "0123456789") == 5;
}

/* "Saint-Denis (93)" cut in two: the name, and the department's code; *department is "" when none is said. */
static void cut_department(const char *asked, char name[NEAR_LABEL_SIZE], char department[4])
{
    size_t size = strlen(asked);
    *department = 0;
    snprintf(name, NEAR_LABEL_SIZE, "%.*s", NEAR_LABEL_SIZE - 1, asked);
    const char *open = strrchr(asked, '(');
    size_t inside = open && asked[size - 1] == ')' ? size - (size_t)(open - asked) - 2 : 0;
    if (inside < 2 || inside > 3 || size >= NEAR_LABEL_SIZE)
        return;
    memcpy(department, open + 1, inside);
    department[inside] = 0;
    name[open - asked] = 0;
}

static bool in_territory(const geo_commune_t *commune, const char *territory)
{
    if (!territory || !commune->department)
        return false;
    if (!strncmp(territory, "DEP-", 4))
        return !strcmp(territory + 4, commune->department->code);
    return !strncmp(territory, "REG-", 4) && commune->department->region
           && !strcmp(territory + 4, commune->department->region->code);
}

static void set_label(near_t *self, const geo_commune_t *commune, const char *more)
{
    snprintf(self->label, sizeof self->label, "%s%s (%s)", commune->name, more,
             commune->department ? commune->department->code : "?");
}

static void set_place(near_t *self, const geo_commune_t *commune)
{
    self->found = commune->located;
    self->about = commune->around;
    self->around.lat = commune->lat;
    self->around.lon = commune->lon;
    set_label(self, commune, "");
}

/* The commune meant among those of one name; the others are offered. */
static void choose_named(near_t *self, const geo_commune_t **found, size_t count,
                         const char *department, const char *territory)
{
    const geo_commune_t *best = NULL;
    for (size_t i = 0; i < count && !best; i++)
        if (*department ? !strcmp(found[i]->department->code, department)
                        : in_territory(found[i], territory))
            best = found[i];
    if (!best && *department)
        return;
    best = best ? best : found[0];
    set_place(self, best);
    for (size_t i = 0; i < count && !*department; i++)
        if (found[i] != best && self->namesake_count < NEAR_NAMESAKES_MAX)
            self->namesakes[self->namesake_count++] = found[i];
}

/* The middle of the communes that share a postcode; the first, by code, gives its name. */
static void choose_middle(near_t *self, const geo_commune_t **found, size_t count)
{
    int64_t lat = 0, lon = 0;
    size_t located = 0;
    for (size_t i = 0; i < count; i++) {
        if (!found[i]->located)
            continue;
        lat += found[i]->lat;
        lon += found[i]->lon;
        located++;
    }
    if (!located)
        return;
    set_place(self, found[0]);
    self->found = true;
    self->around.lat = (int32_t)(lat / (int64_t)located);
    self->around.lon = (int32_t)(lon / (int64_t)located);
    if (count > 1) {
        self->about = true;
        set_label(self, found[0], " et environs");
    }
}

static void find_place(near_t *self, const char *territory)
{
    const geo_commune_t *found[FOUND_MAX], *one = NULL;
    char name[NEAR_LABEL_SIZE], department[4];
    size_t count = 0;
    if (is_five_digits(self->asked)) {
        count = geo_served(self->geo, self->asked, found, FOUND_MAX);
        if (count)
            choose_middle(self, found, count < FOUND_MAX ? count : FOUND_MAX);
    }
    if (!count)
        one = near_commune(self->geo, self->asked);
    if (one)
        set_place(self, one);
    if (count || one)
        return;
    cut_department(self->asked, name, department);
    count = geo_named(self->geo, name, found, FOUND_MAX);
    if (count)
        choose_named(self, found, count < FOUND_MAX ? count : FOUND_MAX, department, territory);
}

/* 0 when it is none. */
static unsigned read_radius(const char *text)
{
    char word[16];
    for (const unsigned *radius = NEAR_RADII; text && *radius; radius++) {
        snprintf(word, sizeof word, "%u", *radius);
        if (!strcmp(text, word))
            return *radius;
    }
    return 0;
}

int near_check(const near_t *self, const request_t *request, err_t *err)
{
    const char *radius = request_parameter(request, NEAR_RADIUS);
    if (self->asked && !self->found)
        return err_set(err, ERR_REJECT,
                       "« %s » n'est ni une commune ni un code postal que nous connaissons.",
                       self->asked);
    if (radius && !read_radius(radius))
        return err_set(err, ERR_REJECT, "« " NEAR_RADIUS " » doit être 10, 25, 50 ou 100.");
    return 0;
}

/* Who is told of communes, by their codes as records have them. */
typedef struct listener {
    int (*visit)(void *context, const char *commune, double metres);
    void *context;
} listener_t;

static int tell(void *listener, const char *code, double metres)
{
    const listener_t *self = listener;
    char commune[CODE_SIZE];
    snprintf(commune, sizeof commune, "COM-%s", code);
    return self->visit(self->context, commune, metres);
}

int near_each_commune(const around_t *around,
                      int (*visit)(void *context, const char *commune, double metres),
                      void *context)
{
    listener_t listener = {visit, context};
    return geo_each_within(around->geography, around->lat, around->lon, around->radius_m, tell,
                           &listener);
}

void near_read(near_t *self, site_t *site, const request_t *request, query_t *query)
{
    unsigned radius_km = read_radius(request_parameter(request, NEAR_RADIUS));
    *self = (near_t){.radius_km = radius_km ? radius_km : NEAR_RADIUS_DEFAULT};
    const char *asked = request_parameter(request, NEAR_PLACE);
    if (!asked || !asked[strspn(asked, " ")])
        return;
    site_open_places(site);
    self->asked = asked + strspn(asked, " ");
    self->geo = site->geo;
    find_place(self, site->settings->territory);
    self->around.radius_m = self->radius_km * METRES_PER_KM;
    self->around.each_commune = near_each_commune;
    self->around.geography = site->geo;
    if (self->found)
        query->around = &self->around;
}

/* --- how far things are --- */

const geo_commune_t *near_commune(const geo_t *geo, const char *code)
{
    const geo_commune_t *commune = geo_commune(geo, code);
    const geo_part_t *part = commune ? NULL : geo_part(geo, code);
    return part ? part->commune : commune;
}

bool near_about(const near_t *self, const entry_t *entry)
{
    return self->about || !entry->located;
}

bool near_locate(const geo_t *geo, const entry_t *entry, int32_t *lat, int32_t *lon)
{
    const geo_commune_t *commune =
        !entry->located && *entry->commune ? near_commune(geo, entry->commune) : NULL;
    *lat = commune ? commune->lat : entry->lat;
    *lon = commune ? commune->lon : entry->lon;
    return entry->located || (commune && commune->located);
}

void near_words(text_t *out, double metres, bool about)
{
    double km = metres / METRES_PER_KM;
    if (about && km < 1)
        text_add_string(out, "dans la même commune");
    else if (km < 1)
        text_add_string(out, "à moins de 1\u00a0km");
    else {
        text_add_string(out, about ? "à environ " : "à ");
        format_number(out, km, 0, "km");
    }
}

/* --- for templates --- */

static json_t *radii(const near_t *self)
{
    json_t *radii = json_array();
    for (const unsigned *radius = NEAR_RADII; *radius; radius++)
        json_array_append_new(radii, json_pack("{s:i, s:b}", "km", (int)*radius, "chosen",
                                               *radius == self->radius_km));
    return radii;
}

static json_t *namesakes(const near_t *self, const request_t *request)
{
    json_t *views = json_array();
    for (size_t i = 0; i < self->namesake_count; i++) {
        near_t other = {0};
        text_t href;
        text_init(&href, REQUEST_TARGET_MAX * 4);
        set_label(&other, self->namesakes[i], "");
        listing_address(request, NEAR_PLACE, NULL, other.label, &href);
        json_array_append_new(
            views, json_pack("{s:s, s:o}", "label", other.label, "href", view_take(&href)));
    }
    return views;
}

json_t *near_view(const near_t *self, const request_t *request)
{
    json_t *others = namesakes(self, request);
    return json_pack("{s:s, s:o, s:b, s:s, s:b, s:b, s:b, s:o}", "place",
                     self->asked ? self->asked : "", "radii", radii(self), "found", self->found,
                     "label", self->label, "unknown", self->asked && !self->found, "about",
                     self->about, "has_namesakes", json_array_size(others) > 0, "namesakes",
                     others);
}
