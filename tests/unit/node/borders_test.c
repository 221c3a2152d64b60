/* The borders of departments, as config/geo made them, and the maps they are drawn on. */
#include "node/portal/words/borders.h"
#include "page_world.h"

#include "files.h"

#define POINTS_MAX 4000

/* The rings of one department, or of one drawn path, the first point of each marked. */
typedef struct shape {
    double x[POINTS_MAX], y[POINTS_MAX];
    bool begins[POINTS_MAX];
    size_t count;
} shape_t;

static void add_point(shape_t *shape, double x, double y, bool begins)
{
    assert_true(shape->count < POINTS_MAX);
    shape->x[shape->count] = x;
    shape->y[shape->count] = y;
    shape->begins[shape->count++] = begins;
}

/* Where the ring ends that begins here. */
static size_t ring_end(const shape_t *shape, size_t start)
{
    size_t end = start + 1;
    while (end < shape->count && !shape->begins[end])
        end++;
    return end;
}

static bool is_within(const shape_t *shape, double x, double y)
{
    bool within = false;
    for (size_t start = 0, end; start < shape->count; start = end) {
        end = ring_end(shape, start);
        for (size_t i = start, j = end - 1; i < end; j = i++)
            if ((shape->y[i] > y) != (shape->y[j] > y)
                && x < (shape->x[j] - shape->x[i]) * (y - shape->y[i]) / (shape->y[j] - shape->y[i])
                           + shape->x[i])
                within = !within;
    }
    return within;
}

static shape_t shape_of(const borders_t *borders, const char *department)
{
    shape_t shape = {.count = 0};
    for (border_t at = borders_of(borders, department); border_next(&at);)
        add_point(&shape, at.lon, at.lat, at.begins);
    return shape;
}

static borders_t *load(const char *text, err_t *err)
{
    char path[FILE_PATH_SIZE];
    borders_t *borders = borders_load(new_file(path, text), err);
    remove(path);
    return borders;
}

static borders_t *real_borders(void)
{
    err_t err;
    borders_t *borders = borders_load(NULL, &err);
    if (!borders)
        skip();
    return borders;
}

/* --- the file --- */

static void a_walk_goes_along_every_ring_of_one_department(void **state)
{
    (void)state;
    err_t err;
    borders_t *borders =
        load("maillage-borders 1\nDEP-2A\t1 2 3 -4\nDEP-42\t45000 4000 100 0 0 -7\t-9 1 2 2\n"
             "DEP-43\t1 1\n",
             &err);
    static const border_t wanted[] = {
        {.lat = 45000000, .lon = 4000000, .begins = true},
        {.lat = 45100000, .lon = 4000000},
        {.lat = 45100000, .lon = 3993000},
        {.lat = -9000, .lon = 1000, .begins = true},
        {.lat = -7000, .lon = 3000},
    };
    border_t at = borders_of(borders, "42");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_true(border_next(&at));
        assert_int_equal(at.lat, wanted[i].lat);
        assert_int_equal(at.lon, wanted[i].lon);
        assert_int_equal(at.begins, wanted[i].begins);
    }
    assert_false(border_next(&at));
    borders_destroy(&borders);
}

static void a_department_that_is_not_drawn_has_no_border(void **state)
{
    (void)state;
    err_t err;
    borders_t *borders = load("maillage-borders 1\nDEP-42\t1 2 3 4\n", &err);
    static const char *const none[] = {"974", "4", "", "2A"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        border_t at = borders_of(borders, none[i]);
        assert_false(border_next(&at));
    }
    border_t nowhere = borders_of(NULL, "42");
    assert_false(border_next(&nowhere));
    borders_destroy(&borders);
    borders_destroy(&borders);
}

static void another_file_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"", "maillage-departments 1\nDEP-42\tM1 1z\t\t\n",
                                         "maillage-borders 1\nDEP-42\t<svg>\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        err_t err = {0};
        assert_null(load(others[i], &err));
        assert_int_equal(err.action, ERR_REJECT);
    }
    err_t err = {0};
    assert_null(borders_load(P_tmpdir "/there is no such file", &err));
    assert_int_equal(err.action, ERR_REJECT);
}

static void a_walk_ends_where_numbers_make_no_sense(void **state)
{
    (void)state;
    err_t err;
    borders_t *borders = load(
        "maillage-borders 1\nDEP-01\t1\nDEP-02\t999999999999 1\nDEP-03\t170000 1 20000 1\n", &err);
    border_t half = borders_of(borders, "01"), huge = borders_of(borders, "02"),
             away = borders_of(borders, "03");
    assert_false(border_next(&half));
    assert_false(border_next(&huge));
    assert_true(border_next(&away));
    assert_false(border_next(&away));
    borders_destroy(&borders);
}

/* --- the real ones --- */

static void communes_lie_within_their_department_but_for_one_in_a_hundred_or_two(void **state)
{
    (void)state;
    err_t err;
    borders_t *borders = real_borders();
    geo_t *geo = geo_load_codes(NULL, &err);
    if (!geo)
        skip();
    static shape_t shape;
    const geo_department_t *last = NULL;
    size_t all = 0, within = 0;
    for (size_t i = 0; i < geo_commune_count(geo); i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        if (!commune->located || commune->around || !commune->department)
            continue;
        if (commune->department != last)
            shape = shape_of(borders, commune->department->code);
        last = commune->department;
        if (!shape.count) /* overseas */
            continue;
        all++;
        within += is_within(&shape, commune->lon, commune->lat);
    }
    assert_true(all > 8000);
    assert_true(within * 1000 >= all * 985);
    geo_destroy(&geo);
    borders_destroy(&borders);
}

/* --- maps --- */

/* The path at "M1 2l3 4 5 6 z", as map.c writes it. */
static shape_t shape_drawn(const char *path)
{
    shape_t shape = {.count = 0};
    double x = 0, y = 0;
    bool begins = false, from_here = false;
    for (char *end; *path && *path != '"'; path = end) {
        begins = *path == 'M';
        from_here = *path == 'l' || (from_here && !begins && *path != 'z');
        path += strspn(path, "Mlz ");
        double dx = strtod(path, &end);
        if (end == path)
            break;
        double dy = strtod(end, &end);
        x = begins ? dx : x + dx;
        y = begins ? dy : y + dy;
        add_point(&shape, x, y, begins);
    }
    assert_true(from_here || shape.count < 2);
    return shape;
}

/* In how many of the departments that the map is about a point lies. */
static size_t lands_below(const char *page, double x, double y)
{
    size_t count = 0;
    for (const char *at = page; (at = strstr(at, "<path class=\"land\" d=\"")); at++) {
        shape_t shape = shape_drawn(strstr(at, " d=\"") + 4);
        count += is_within(&shape, x, y);
    }
    return count;
}

static void points_lie_on_the_department_of_their_commune(void **state)
{
    page_world_t *world = *state;
    if (!world->site.borders)
        skip();
    static const char *const towns[] = {"42187", "42218", "42147", "42094", "42052"};
    for (size_t i = 0; i < 5; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"nom\": \"Ici\", \"code_insee\": \"COM-%s\"}", towns[i]);
        put(world->store, "loire", "provider", towns[i], json);
    }
    const char *page = page_of(world, "/annuaire", 200), *at = page;
    if (!world->site.geo)
        skip();
    double x, y;
    size_t count = 0;
    for (; (at = strstr(at, "<circle class=\"spot about\"")); at++, count++) {
        assert_int_equal(sscanf(at, "<circle class=\"spot about\" cx=\"%lf\" cy=\"%lf\"", &x, &y),
                         2);
        assert_int_equal(lands_below(page, x, y), 1);
    }
    assert_int_equal(count, 5);
    assert_int_equal(lands_below(page, 1, 1), 0);
    expect(page, "svg-maps, CC BY 4.0");
}

static void the_departments_beside_are_drawn_without_a_ground(void **state)
{
    page_world_t *world = *state;
    if (!world->site.borders)
        skip();
    put(world->store, "loire", "provider", "a",
        "{\"nom\": \"Ici\", \"code_insee\": \"COM-42218\"}");
    const char *page = page_of(world, "/annuaire", 200);
    if (!world->site.geo)
        skip();
    expect(page, "<path class=\"land\" fill-opacity=\"0\" d=\"M");
    expect(page, "<path class=\"land\" d=\"M");
    expect_not(page_of(world, "/annuaire?pres=42218&rayon=50", 200), "fill-opacity=\"0\" d=");
}

static void a_map_without_borders_shows_where_communes_are(void **state)
{
    page_world_t *world = *state;
    borders_destroy(&world->site.borders);
    put(world->store, "loire", "provider", "a",
        "{\"nom\": \"Ici\", \"code_insee\": \"COM-42218\"}");
    const char *page = page_of(world, "/annuaire", 200);
    if (!world->site.geo)
        skip();
    expect_not(page, "class=\"land\"");
    expect(page, "stroke-dasharray=\"0 1\"");
    expect_not(page, "svg-maps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_goes_along_every_ring_of_one_department),
        cmocka_unit_test(a_department_that_is_not_drawn_has_no_border),
        cmocka_unit_test(another_file_is_refused),
        cmocka_unit_test(a_walk_ends_where_numbers_make_no_sense),
        cmocka_unit_test(communes_lie_within_their_department_but_for_one_in_a_hundred_or_two),
        AT_HUB(points_lie_on_the_department_of_their_commune),
        AT_HUB(the_departments_beside_are_drawn_without_a_ground),
        AT_HUB(a_map_without_borders_shows_where_communes_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
