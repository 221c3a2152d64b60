/* Coordinates are found in a box by an index on (kind, latitude, longitude), then measured. Communes are asked for one by
 * one: only those that lie near, whose number does not grow with the records. */
#include "node/store/vicinity.h"

#include "broker/base/database.h"
#include "node/geo/geo.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define METRES_PER_DEGREE 111000.0 /* of latitude, a little less than anywhere */
#define MILLION 1e6

enum { IN_BOX, IN_COMMUNE, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [IN_BOX] = ("SELECT record, lat, lon FROM place WHERE kind=?1 AND lat BETWEEN ?2 AND ?3"
                " AND lon BETWEEN ?4 AND ?5"),
    [IN_COMMUNE] = "SELECT record FROM place WHERE kind=? AND commune=?",
};

struct vicinity {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

/* One search: where to, and who is told. */
typedef struct search {
    const around_t *around;
    void (*visit)(void *context, int64_t record, double metres);
    void *context;
} search_t;

vicinity_t *vicinity_new(sqlite3 *db, err_t *err)
{
    vicinity_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        vicinity_destroy(&self);
    return self;
}

void vicinity_destroy(vicinity_t **self_p)
{
    vicinity_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    free(self);
    *self_p = NULL;
}

static int ended(const vicinity_t *self, int step, err_t *err)
{
    return step == SQLITE_DONE ? 0 : database_failed(self->db, "look around a place", err);
}

/* --- by coordinates --- */

static void bind_box(sqlite3_stmt *box, const around_t *around)
{
    double tall = around->radius_m / METRES_PER_DEGREE;
    double cosine = cos((fabs(around->lat / MILLION) + tall) * M_PI / 180);
    double wide = cosine > 0.01 ? tall / cosine : 360; /* beyond: a pole is near */
    sqlite3_bind_int64(box, 2, around->lat - llround(tall * MILLION));
    sqlite3_bind_int64(box, 3, around->lat + llround(tall * MILLION));
    sqlite3_bind_int64(box, 4, around->lon - llround(wide * MILLION));
    sqlite3_bind_int64(box, 5, around->lon + llround(wide * MILLION));
}

static int find_in_box(vicinity_t *self, int64_t kind, const search_t *search, err_t *err)
{
    const around_t *around = search->around;
    sqlite3_stmt *box = self->statements[IN_BOX];
    sqlite3_bind_int64(box, 1, kind);
    bind_box(box, around);
    int step;
    while ((step = sqlite3_step(box)) == SQLITE_ROW) {
        double metres = geo_metres(around->lat, around->lon, sqlite3_column_int(box, 1),
                                   sqlite3_column_int(box, 2));
        if (metres <= around->radius_m)
            search->visit(search->context, sqlite3_column_int64(box, 0), metres);
    }
    int rc = ended(self, step, err);
    database_reset(box);
    return rc;
}

/* --- by communes --- */

/* A search that goes from commune to commune. */
typedef struct round {
    vicinity_t *vicinity;
    int64_t kind;
    const search_t *search;
    err_t *err;
} round_t;

static int visit_commune(void *context, const char *commune, double metres)
{
    const round_t *self = context;
    sqlite3_stmt *records = self->vicinity->statements[IN_COMMUNE];
    sqlite3_bind_int64(records, 1, self->kind);
    sqlite3_bind_text(records, 2, commune, -1, SQLITE_STATIC);
    int step;
    while ((step = sqlite3_step(records)) == SQLITE_ROW)
        self->search->visit(self->search->context, sqlite3_column_int64(records, 0), metres);
    int rc = ended(self->vicinity, step, self->err);
    database_reset(records);
    return rc;
}

static int find_in_communes(vicinity_t *self, int64_t kind, const search_t *search, err_t *err)
{
    round_t round = {self, kind, search, err};
    return search->around->each_commune(search->around, visit_commune, &round);
}

int vicinity_find(vicinity_t *self, int64_t kind, const around_t *around,
                  void (*visit)(void *context, int64_t record, double metres), void *context,
                  err_t *err)
{
    const search_t search = {around, visit, context};
    return find_in_box(self, kind, &search, err) || find_in_communes(self, kind, &search, err) ? -1
                                                                                               : 0;
}
