#include "node/portal/lists/map.h"

#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1e6
#define METRES_PER_DEGREE 111195.0
#define MARGIN 0.04     /* of the frame, around what is in it */
#define CELLS 80        /* dots across a map, at most */
#define POINT_SPACE 23. /* between two points, so that both numbers are read */
#define RINGS 6         /* around a spot where many are */
#define TOWNS_MAX 7
#define TOWN_TALL 15.
#define TOWN_WIDE 7.5 /* of a letter */
#define GOLDEN_ANGLE 2.399963

typedef struct frame {
    int32_t south, north, west, east; /* millionths of degrees */
    bool some;                        /* something is in it */
    double scale;                     /* units a metre */
    double flat;                      /* metres of a degree of longitude / METRES_PER_DEGREE */
    double width, height;             /* units */
} frame_t;

typedef struct spot {
    double x, y;
} spot_t;

typedef struct drawing {
    const site_t *site;
    frame_t frame;
    const geo_commune_t **communes; /* those in the frame */
    size_t commune_count;
    spot_t points[QUERY_LIMIT_MAX];
    size_t point_count;
    struct {
        spot_t at;
        double wide;
    } towns[TOWNS_MAX];
    size_t town_count;
} drawing_t;

/* --- the frame --- */

static void widen(frame_t *frame, int32_t lat, int32_t lon)
{
    if (!frame->some)
        *frame = (frame_t){.south = lat, .north = lat, .west = lon, .east = lon, .some = true};
    frame->south = lat < frame->south ? lat : frame->south;
    frame->north = lat > frame->north ? lat : frame->north;
    frame->west = lon < frame->west ? lon : frame->west;
    frame->east = lon > frame->east ? lon : frame->east;
}

static bool lies_in(const geo_commune_t *commune, const char *territory)
{
    const geo_department_t *department = commune->department;
    if (!strncmp(territory, "DEP-", 4))
        return department && !strcmp(department->code, territory + 4);
    if (!strncmp(territory, "REG-", 4))
        return department && department->region && !strcmp(department->region->code, territory + 4);
    if (!strncmp(territory, "EPCI-", 5))
        return commune->epci && !strcmp(commune->epci->siren, territory + 5);
    return !strncmp(territory, "COM-", 4) && !strcmp(commune->code, territory + 4);
}

static void widen_to(frame_t *frame, const geo_t *geo, const char *const *territories, size_t count)
{
    for (size_t i = 0; i < geo_commune_count(geo); i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        for (size_t j = 0; j < count && commune->located; j++)
            if (lies_in(commune, territories[j]))
                widen(frame, commune->lat, commune->lon);
    }
}

static void widen_around(frame_t *frame, const around_t *around)
{
    double tall = around->radius_m / METRES_PER_DEGREE * MILLION;
    double wide = tall / fmax(cos(around->lat / MILLION * M_PI / 180), 0.1);
    widen(frame, around->lat - (int32_t)tall, around->lon - (int32_t)wide);
    widen(frame, around->lat + (int32_t)tall, around->lon + (int32_t)wide);
}

/* The filter by which a list is kept to territories. */
static const filter_t *territory_filter(const query_t *query)
{
    for (size_t i = 0; i < query->filter_count; i++) {
        const char *path = query->filters[i].field, *dot = strrchr(path, '.');
        if (!strcmp(dot ? dot + 1 : path, "code_insee"))
            return &query->filters[i];
    }
    return NULL;
}

static void measure(frame_t *frame)
{
    double middle = (frame->south + frame->north) / 2. / MILLION;
    frame->flat = fmax(cos(middle * M_PI / 180), 0.1);
    double tall = (frame->north - frame->south) / MILLION * METRES_PER_DEGREE;
    double wide = (frame->east - frame->west) / MILLION * METRES_PER_DEGREE * frame->flat;
    double margin = MARGIN * fmax(tall, wide) + 1000; /* of one commune alone too */
    int32_t degrees = (int32_t)(margin / METRES_PER_DEGREE * MILLION);
    frame->south -= degrees;
    frame->north += degrees;
    frame->west -= (int32_t)(degrees / frame->flat);
    frame->east += (int32_t)(degrees / frame->flat);
    tall += 2 * margin;
    wide += 2 * margin;
    frame->scale = MAP_WIDTH / fmax(tall, wide);
    frame->width = wide * frame->scale;
    frame->height = tall * frame->scale;
}

static bool make_frame(frame_t *frame, const site_t *site, const query_t *query, const near_t *near)
{
    *frame = (frame_t){0};
    const filter_t *filter = territory_filter(query);
    if (near->found)
        widen_around(frame, &near->around);
    else if (filter)
        widen_to(frame, site->geo, filter->codes, filter->count);
    else if (site->settings->territory)
        widen_to(frame, site->geo, &site->settings->territory, 1);
    if (frame->some)
        measure(frame);
    return frame->some;
}

static spot_t project(const frame_t *frame, int32_t lat, int32_t lon)
{
    return (spot_t){(lon - frame->west) / MILLION * METRES_PER_DEGREE * frame->flat * frame->scale,
                    (frame->north - lat) / MILLION * METRES_PER_DEGREE * frame->scale};
}

static bool inside(const frame_t *frame, spot_t spot)
{
    return spot.x >= 0 && spot.y >= 0 && spot.x <= frame->width && spot.y <= frame->height;
}

static void gather_communes(drawing_t *drawing)
{
    const geo_t *geo = drawing->site->geo;
    size_t all = geo_commune_count(geo);
    drawing->communes = calloc(all + 1, sizeof *drawing->communes);
    assert(drawing->communes);
    for (size_t i = 0; i < all; i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        if (commune->located
            && inside(&drawing->frame, project(&drawing->frame, commune->lat, commune->lon)))
            drawing->communes[drawing->commune_count++] = commune;
    }
}

/* --- the land --- */

/* Dots of one row that follow each other are one line, which a dash pattern draws as dots. */
static void add_row(text_t *path, const bool *cells, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int end = x;
        while (end + 1 < width && cells[x] && cells[end + 1])
            end++;
        if (cells[x])
            text_add_format(path, "M%d %dh%d.1", x, y, end - x);
        x = end;
    }
}

static json_t *land(const drawing_t *drawing)
{
    bool cells[CELLS + 2][CELLS + 2] = {{0}};
    const frame_t *frame = &drawing->frame;
    double cell = (double)MAP_WIDTH / CELLS;
    for (size_t i = 0; i < drawing->commune_count; i++) {
        spot_t spot = project(frame, drawing->communes[i]->lat, drawing->communes[i]->lon);
        cells[(int)lround(spot.y / cell)][(int)lround(spot.x / cell)] = true;
    }
    text_t path;
    text_init(&path, 32 * 1024);
    for (int y = 0; y < CELLS + 2; y++)
        add_row(&path, cells[y], CELLS + 2, y);
    return json_pack("{s:o, s:o}", "d", view_take(&path), "cell", json_sprintf("%.2f", cell));
}

/* --- points and towns --- */

static bool is_free(const drawing_t *drawing, spot_t spot)
{
    for (size_t i = 0; i < drawing->point_count; i++)
        if (hypot(spot.x - drawing->points[i].x, spot.y - drawing->points[i].y) < POINT_SPACE)
            return false;
    return inside(&drawing->frame, spot);
}

/* The spot, or the nearest one beside it where no point stands yet. */
static spot_t free_spot(const drawing_t *drawing, spot_t wanted)
{
    spot_t spot = wanted;
    for (int i = 0; i < RINGS * 24 && !is_free(drawing, spot); i++) {
        double away = POINT_SPACE * 0.45 * sqrt(i + 1);
        spot = (spot_t){wanted.x + away * cos(i * GOLDEN_ANGLE),
                        wanted.y + away * sin(i * GOLDEN_ANGLE)};
    }
    return is_free(drawing, spot) ? spot : wanted;
}

static json_t *at(spot_t spot)
{
    return json_pack("{s:o, s:o}", "x", json_sprintf("%.0f", spot.x), "y",
                     json_sprintf("%.0f", spot.y));
}

/* False when the entry is nowhere, or outside. */
static bool add_point(drawing_t *drawing, const near_t *near, const entry_t *entry, size_t number,
                      json_t *points)
{
    int32_t lat, lon;
    if (!near_locate(drawing->site->geo, entry, &lat, &lon))
        return false;
    spot_t spot = project(&drawing->frame, lat, lon);
    if (!inside(&drawing->frame, spot))
        return false;
    spot = free_spot(drawing, spot);
    drawing->points[drawing->point_count++] = spot;
    json_t *point = at(spot);
    json_object_set_new(point, "number", json_sprintf("%zu", number));
    json_object_set_new(point, "title", json_string(entry->title));
    json_object_set_new(point, "about", json_boolean(near_about(near, entry)));
    json_array_append_new(points, point);
    return true;
}

static json_t *points(drawing_t *drawing, const near_t *near, const page_t *page, size_t *outside)
{
    json_t *points = json_array();
    *outside = 0;
    for (size_t i = 0; i < page->count; i++)
        *outside += !add_point(drawing, near, &page->entries[i], i + 1, points);
    return points;
}

static bool town_fits(const drawing_t *drawing, spot_t spot, double wide)
{
    for (size_t i = 0; i < drawing->town_count; i++) {
        spot_t other = drawing->towns[i].at;
        if (fabs(other.y - spot.y) < TOWN_TALL
            && fabs(other.x - spot.x) < (wide + drawing->towns[i].wide) / 2)
            return false;
    }
    for (size_t i = 0; i < drawing->point_count; i++)
        if (fabs(drawing->points[i].y - spot.y) < TOWN_TALL
            && fabs(drawing->points[i].x - spot.x) < wide / 2 + POINT_SPACE / 2)
            return false;
    return spot.x > wide / 2 && spot.x < drawing->frame.width - wide / 2 && spot.y > TOWN_TALL
           && spot.y < drawing->frame.height;
}

static size_t letters(const char *name)
{
    size_t count = 0;
    for (; *name; name++)
        count += ((unsigned char)*name & 0xc0) != 0x80;
    return count;
}

/* A name below or above its commune, where there is room. */
static void add_town(drawing_t *drawing, const geo_commune_t *commune, json_t *towns)
{
    static const double AWAY[] = {TOWN_TALL + POINT_SPACE / 2, -POINT_SPACE + 6,
                                  2 * TOWN_TALL + POINT_SPACE};
    spot_t spot = project(&drawing->frame, commune->lat, commune->lon);
    double wide = TOWN_WIDE * (double)letters(commune->name);
    for (size_t i = 0; i < sizeof AWAY / sizeof *AWAY && drawing->town_count < TOWNS_MAX; i++) {
        spot_t below = {spot.x, spot.y + AWAY[i]};
        if (!town_fits(drawing, below, wide))
            continue;
        drawing->towns[drawing->town_count].at = below;
        drawing->towns[drawing->town_count++].wide = wide;
        json_t *town = at(below);
        json_object_set_new(town, "name", json_string(commune->name));
        json_array_append_new(towns, town);
        return;
    }
}

/* A commune that has a record, by how many of the page it has. */
typedef struct home {
    const geo_commune_t *commune;
    size_t count;
} home_t;

static int by_count(const void *a, const void *b)
{
    const home_t *x = a, *y = b;
    return x->count == y->count ? strcmp(x->commune->code, y->commune->code)
                                : (x->count < y->count) - (x->count > y->count);
}

static const geo_commune_t *nearest(const drawing_t *drawing, const entry_t *entry)
{
    const frame_t *frame = &drawing->frame;
    int32_t lat, lon;
    const geo_commune_t *found = NULL;
    double least = INFINITY;
    if (!near_locate(drawing->site->geo, entry, &lat, &lon)
        || !inside(frame, project(frame, lat, lon)))
        return NULL;
    for (size_t i = 0; i < drawing->commune_count; i++) {
        const geo_commune_t *commune = drawing->communes[i];
        double away = hypot(commune->lat - lat, (commune->lon - lon) * frame->flat);
        if (away < least) {
            least = away;
            found = commune;
        }
    }
    return found;
}

static json_t *towns(drawing_t *drawing, const page_t *page)
{
    home_t homes[QUERY_LIMIT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        const geo_commune_t *commune = nearest(drawing, &page->entries[i]);
        size_t at_home = 0;
        while (at_home < count && homes[at_home].commune != commune)
            at_home++;
        if (!commune)
            continue;
        if (at_home == count)
            homes[count++] = (home_t){.commune = commune};
        homes[at_home].count++;
    }
    qsort(homes, count, sizeof *homes, by_count);
    json_t *towns = json_array();
    for (size_t i = 0; i < count; i++)
        add_town(drawing, homes[i].commune, towns);
    return towns;
}

static json_t *circle(const drawing_t *drawing, const near_t *near)
{
    if (!near->found)
        return json_null();
    json_t *circle = at(project(&drawing->frame, near->around.lat, near->around.lon));
    json_object_set_new(circle, "r",
                        json_sprintf("%.0f", near->around.radius_m * drawing->frame.scale));
    return circle;
}

static json_t *draw(drawing_t *drawing, const near_t *near, const page_t *page)
{
    size_t outside;
    json_t *drawn = points(drawing, near, page, &outside);
    if (!json_array_size(drawn)) {
        json_decref(drawn);
        return json_null();
    }
    text_t words;
    text_init(&words, 256);
    if (outside)
        format_count(&words, (int64_t)outside, "fiche de cette page n'est pas sur la carte",
                     "fiches de cette page ne sont pas sur la carte");
    json_t *map = json_object();
    json_object_set_new(map, "width", json_sprintf("%.0f", drawing->frame.width));
    json_object_set_new(map, "height", json_sprintf("%.0f", drawing->frame.height));
    json_object_set_new(map, "points", drawn);
    gather_communes(drawing);
    json_object_set_new(map, "land", land(drawing));
    json_object_set_new(map, "towns", towns(drawing, page));
    json_object_set_new(map, "circle", circle(drawing, near));
    json_object_set_new(map, "outside", view_take(&words));
    free(drawing->communes);
    return map;
}

json_t *map_of(const site_t *site, const query_t *query, const near_t *near, const page_t *page)
{
    drawing_t drawing = {.site = site};
    if (!site->geo || !page->count || !make_frame(&drawing.frame, site, query, near))
        return json_null();
    return draw(&drawing, near, page);
}
