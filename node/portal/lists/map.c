#include "node/portal/lists/map.h"

#include "node/portal/words/borders.h"
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
#define GROUNDS_MAX 128 /* more than there are departments */
#define BEYOND                                                                                     \
    60. /* units around the frame in which a commune shows that its department may reach into it */
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

/* A department that the frame shows a part of. */
typedef struct ground {
    const geo_department_t *department;
    bool asked; /* all of the map is about it, or about places in it */
} ground_t;

typedef struct drawing {
    const site_t *site;
    const char *const *territories; /* what the map is about; none when it is a circle */
    size_t territory_count;
    frame_t frame;
    ground_t grounds[GROUNDS_MAX];
    size_t ground_count;
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

/* The first of the territories asked for in which a commune lies, or NULL. */
static const char *territory_of(const drawing_t *drawing, const geo_commune_t *commune)
{
    for (size_t i = 0; i < drawing->territory_count; i++)
        if (lies_in(commune, drawing->territories[i]))
            return drawing->territories[i];
    return NULL;
}

static bool is_asked(const drawing_t *drawing, const geo_commune_t *commune)
{
    return !drawing->territory_count || territory_of(drawing, commune);
}

/* Is all of its department asked for? */
static bool is_whole(const drawing_t *drawing, const geo_commune_t *commune)
{
    const char *territory = territory_of(drawing, commune);
    return commune->department && territory
           && (!strncmp(territory, "DEP-", 4) || !strncmp(territory, "REG-", 4));
}

static void widen_to_border(drawing_t *drawing, const geo_department_t *department)
{
    for (border_t at = borders_of(drawing->site->borders, department->code); border_next(&at);)
        widen(&drawing->frame, at.lat, at.lon);
}

/* Whole departments are seen whole, parts of one as far as their communes go. */
static void widen_to_territories(drawing_t *drawing)
{
    const geo_t *geo = drawing->site->geo;
    const geo_department_t *last = NULL;
    for (size_t i = 0; i < geo_commune_count(geo) && drawing->territory_count; i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        if (!commune->located || !is_asked(drawing, commune))
            continue;
        widen(&drawing->frame, commune->lat, commune->lon);
        if (commune->department != last && is_whole(drawing, commune))
            widen_to_border(drawing, commune->department);
        last = commune->department;
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

static bool make_frame(drawing_t *drawing, const query_t *query, const near_t *near)
{
    const portal_settings_t *settings = drawing->site->settings;
    const filter_t *filter = territory_filter(query);
    if (near->found)
        widen_around(&drawing->frame, &near->around);
    else {
        drawing->territories = filter ? filter->codes : &settings->territory;
        drawing->territory_count = filter ? filter->count : settings->territory != NULL;
        widen_to_territories(drawing);
    }
    if (drawing->frame.some)
        measure(&drawing->frame);
    return drawing->frame.some;
}

static spot_t project(const frame_t *frame, int32_t lat, int32_t lon)
{
    return (spot_t){(lon - frame->west) / MILLION * METRES_PER_DEGREE * frame->flat * frame->scale,
                    (frame->north - lat) / MILLION * METRES_PER_DEGREE * frame->scale};
}

static bool lies_within(const frame_t *frame, spot_t spot, double beyond)
{
    return spot.x >= -beyond && spot.y >= -beyond && spot.x <= frame->width + beyond
           && spot.y <= frame->height + beyond;
}

static bool inside(const frame_t *frame, spot_t spot)
{
    return lies_within(frame, spot, 0);
}

/* Communes come by their codes, so those of a department one after the other. */
static void add_ground(drawing_t *drawing, const geo_commune_t *commune)
{
    ground_t *last = drawing->ground_count ? &drawing->grounds[drawing->ground_count - 1] : NULL;
    if (!commune->department)
        return;
    if (!last || last->department != commune->department) {
        if (drawing->ground_count == GROUNDS_MAX)
            return;
        last = &drawing->grounds[drawing->ground_count++];
        *last = (ground_t){.department = commune->department};
    }
    last->asked |= is_asked(drawing, commune);
}

static void gather_communes(drawing_t *drawing)
{
    const geo_t *geo = drawing->site->geo;
    size_t all = geo_commune_count(geo);
    drawing->communes = calloc(all + 1, sizeof *drawing->communes);
    assert(drawing->communes);
    for (size_t i = 0; i < all; i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        if (!commune->located)
            continue;
        spot_t spot = project(&drawing->frame, commune->lat, commune->lon);
        if (lies_within(&drawing->frame, spot, BEYOND))
            add_ground(drawing, commune);
        if (inside(&drawing->frame, spot))
            drawing->communes[drawing->commune_count++] = commune;
    }
}

/* --- borders --- */

/* Draws a line through whole units. A point is left out when it and those beside it lie beyond the same side of the frame:
 * what is seen stays the same. */
typedef struct pen {
    text_t *path;
    const frame_t *frame;
    long x, y; /* drawn last */
    long next_x, next_y;
    bool holds_next, begun;
} pen_t;

/* A bit for each side of the frame beyond which a point lies. */
static unsigned sides(const frame_t *frame, long x, long y)
{
    return (x < 0) | (x > (long)frame->width) << 1 | (y < 0) << 2 | (y > (long)frame->height) << 3;
}

static void pen_draw(pen_t *pen)
{
    if (!pen->holds_next)
        return;
    if (!pen->begun)
        text_add_format(pen->path, "M%ld %ldl", pen->next_x, pen->next_y);
    else
        text_add_format(pen->path, "%ld %ld ", pen->next_x - pen->x, pen->next_y - pen->y);
    pen->x = pen->next_x;
    pen->y = pen->next_y;
    pen->begun = true;
    pen->holds_next = false;
}

static void pen_move(pen_t *pen, spot_t spot)
{
    long x = lround(spot.x), y = lround(spot.y);
    bool same = pen->holds_next && x == pen->next_x && y == pen->next_y;
    bool unseen = pen->begun && pen->holds_next
                  && (sides(pen->frame, pen->x, pen->y)
                      & sides(pen->frame, pen->next_x, pen->next_y) & sides(pen->frame, x, y));
    if (!same && !unseen)
        pen_draw(pen);
    pen->next_x = x;
    pen->next_y = y;
    pen->holds_next = true;
}

static void pen_close(pen_t *pen)
{
    pen_draw(pen);
    if (pen->begun)
        text_add_string(pen->path, "z");
    pen->begun = false;
}

static void draw_ground(const drawing_t *drawing, const ground_t *ground, text_t *path)
{
    pen_t pen = {.path = path, .frame = &drawing->frame};
    for (border_t at = borders_of(drawing->site->borders, ground->department->code);
         border_next(&at);) {
        if (at.begins)
            pen_close(&pen);
        pen_move(&pen, project(&drawing->frame, at.lat, at.lon));
    }
    pen_close(&pen);
}

/* [{d, beside}]: what was asked for, and what lies beside it. */
static json_t *grounds(const drawing_t *drawing)
{
    json_t *grounds = json_array();
    for (size_t i = 0; i < drawing->ground_count; i++) {
        text_t path;
        text_init(&path, 64 * 1024);
        draw_ground(drawing, &drawing->grounds[i], &path);
        bool some = path.size;
        json_t *d = view_take(&path);
        if (some)
            json_array_append_new(
                grounds, json_pack("{s:O, s:b}", "d", d, "beside", !drawing->grounds[i].asked));
        json_decref(d);
    }
    return grounds;
}

/* --- the land, where no border is known --- */

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
    json_t *borders = grounds(drawing);
    json_object_set_new(map, "land", json_array_size(borders) ? json_null() : land(drawing));
    json_object_set_new(map, "borders", borders);
    json_object_set_new(map, "towns", towns(drawing, page));
    json_object_set_new(map, "circle", circle(drawing, near));
    json_object_set_new(map, "outside", view_take(&words));
    free(drawing->communes);
    return map;
}

json_t *map_of(const site_t *site, const query_t *query, const near_t *near, const page_t *page)
{
    drawing_t drawing = {.site = site};
    if (!site->geo || !page->count || !make_frame(&drawing, query, near))
        return json_null();
    return draw(&drawing, near, page);
}
