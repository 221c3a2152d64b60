#include "node/cli/cli.h"

#include "node/cli/table.h"
#include "node/duplicate/duplicate.h"
#include "node/import/commune.h"
#include "schemas/body.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AREA_MAX 256 /* bytes */

/* A record, as far as it is compared. */
typedef struct record {
    char hub[NAME_SIZE], id[ID_SIZE];
    json_t *body;
    char *area; /* NULL: its commune is not known */
    const geo_commune_t *commune;
} record_t;

typedef struct search {
    cli_t *cli;
    const kind_t *kind;
    geo_t *geo; /* NULL: there is none, and communes are what records call them */
    record_t *records;
    duplicate_place_t *places;
    size_t count, without_area;
} search_t;

/* --- reading the records --- */

static const char *text_at(const json_t *body, const char *field)
{
    const char *text = json_string_value(json_object_get(body, field));
    return text ? text : "";
}

/* Gives the code of the commune, or where no geography knows it, its postcode and name; else NULL. */
static char *area_of(const search_t *self, record_t *record)
{
    commune_words_t words = {.code = text_at(record->body, "code_insee"),
                             .name = text_at(record->body, "commune"),
                             .postcode = text_at(record->body, "code_postal")};
    commune_match_t match;
    commune_find(self->geo, &words, &match);
    record->commune = match.commune;
    text_t area;
    text_init(&area, AREA_MAX);
    if (match.commune) {
        text_add_string(&area, match.commune->code);
    } else if (*words.code) {
        text_add_string(&area, words.code);
    } else if (*words.name) {
        text_add_format(&area, "%s ", words.postcode);
        geo_key(&area, words.name);
    }
    char *given = area.size ? text_take(&area) : NULL;
    text_free(&area);
    return given;
}

static bool read_degrees(const json_t *body, const char *field, int32_t *out)
{
    const json_t *value = json_object_get(body, field);
    *out = json_is_number(value) ? (int32_t)lround(json_number_value(value) * 1e6) : 0;
    return json_is_number(value);
}

static void fill_place(const search_t *self, record_t *record, duplicate_place_t *place)
{
    const json_t *body = record->body;
    const char *siret = text_at(body, "siret");
    record->area = area_of(self, record);
    *place = (duplicate_place_t){.area = record->area,
                                 .commune = record->commune ? record->commune->name
                                                            : text_at(body, "commune"),
                                 .name = text_at(body, self->kind->title),
                                 .street = text_at(body, "adresse"),
                                 .siren = *siret ? siret : text_at(body, "siren"),
                                 .telephone = text_at(body, "telephone")};
    bool lat = read_degrees(body, "lat", &place->lat), lon = read_degrees(body, "lon", &place->lon);
    place->located = lat && lon;
}

static int add_record(search_t *self, const entry_t *entry, err_t *err)
{
    if ((self->count & (self->count - 1)) == 0) {
        size_t capacity = self->count ? 2 * self->count : 1;
        self->records = realloc(self->records, capacity * sizeof *self->records);
        self->places = realloc(self->places, capacity * sizeof *self->places);
        assert(self->records && self->places);
    }
    record_t *record = &self->records[self->count];
    *record = (record_t){.body = body_decode(self->kind, entry->body, entry->body_size, err)};
    if (!record->body)
        return -1;
    memcpy(record->hub, entry->hub, sizeof record->hub);
    memcpy(record->id, entry->id, sizeof record->id);
    fill_place(self, record, &self->places[self->count]);
    self->without_area += !record->area;
    self->count++;
    return 0;
}

static int read_records(search_t *self, err_t *err)
{
    query_t query = {.kind = self->kind, .limit = QUERY_LIMIT_MAX};
    if (self->cli->options.hub)
        query.filters[query.filter_count++] =
            (filter_t){.field = "hub", .codes = {self->cli->options.hub}, .count = 1};
    char *after = NULL;
    int rc = 0;
    do {
        page_t page = {0};
        query.after = after;
        rc = catalogue_list(self->cli->catalogue, &query, &page, err);
        free(after);
        after = rc || !page.next ? NULL : strdup(page.next);
        for (size_t i = 0; i < page.count && rc == 0; i++)
            rc = add_record(self, &page.entries[i], err);
        page_free(&page);
    } while (after && rc == 0);
    free(after);
    return rc;
}

/* --- telling --- */

/* French words for points that speak for, or against. */
static const struct {
    const char *code, *same, *other;
} REASONS[DUPLICATE_REASONS] = {
    [DUPLICATE_NAME] = {"name", "nom", "noms différents"},
    [DUPLICATE_STREET] = {"street", "rue", "adresses différentes"},
    [DUPLICATE_DISTANCE] = {"distance", "distance", "éloignés"},
    [DUPLICATE_SIREN] = {"siren", "SIREN", "SIREN différents"},
    [DUPLICATE_TELEPHONE] = {"telephone", "téléphone", "téléphones différents"},
};

static void add_reasons(text_t *out, const duplicate_t *pair)
{
    for (size_t i = 0; i < DUPLICATE_REASONS; i++) {
        int points = pair->points[i];
        if (!points)
            continue;
        text_add_format(out, "%s%s", out->size ? ", " : "",
                        points > 0 ? REASONS[i].same : REASONS[i].other);
        if (i == DUPLICATE_DISTANCE)
            text_add_format(out, " (%d m)", pair->metres);
        text_add_format(out, " %+d", points);
    }
}

static json_t *reasons_json(const duplicate_t *pair)
{
    json_t *reasons = json_array();
    for (size_t i = 0; i < DUPLICATE_REASONS; i++)
        if (pair->points[i])
            json_array_append_new(reasons, json_pack("{s:s, s:i}", "reason", REASONS[i].code,
                                                     "points", pair->points[i]));
    return reasons;
}

static json_t *record_json(const search_t *self, size_t number)
{
    const record_t *record = &self->records[number];
    return json_pack("{s:s, s:s, s:s, s:s}", "hub", record->hub, "kind", self->kind->name, "id",
                     record->id, "title", text_at(record->body, self->kind->title));
}

static void print_json(const search_t *self, const duplicates_t *found)
{
    json_t *pairs = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const duplicate_t *pair = &found->list[i];
        json_t *metres = pair->metres < 0 ? json_null() : json_integer(pair->metres);
        json_array_append_new(pairs,
                              json_pack("{s:i, s:s, s:o, s:o, s:[o, o]}", "score", pair->score,
                                        "commune", self->records[pair->a].area, "metres", metres,
                                        "reasons", reasons_json(pair), "records",
                                        record_json(self, pair->a), record_json(self, pair->b)));
    }
    cli_print_json(json_pack("{s:s, s:I, s:I, s:o}", "kind", self->kind->name, "compared",
                             (json_int_t)(self->count - self->without_area), "without_commune",
                             (json_int_t)self->without_area, "duplicates", pairs));
}

static void add_record_cells(const search_t *self, table_t *table, size_t number)
{
    text_t id;
    text_init(&id, NAME_SIZE + ID_SIZE);
    text_add_format(&id, "%s/%s", self->records[number].hub, self->records[number].id);
    table_add(table, id.data);
    table_add(table, self->places[number].name);
    text_free(&id);
}

static void print_table(const search_t *self, const duplicates_t *found)
{
    static const char *const NAMES[] = {"score",     "commune", "fiche",   "nom",
                                        "doublon ?", "nom",     "raisons", NULL};
    table_t *table = table_new(NAMES);
    for (size_t i = 0; i < found->count; i++) {
        const duplicate_t *pair = &found->list[i];
        text_t reasons;
        text_init(&reasons, 512);
        add_reasons(&reasons, pair);
        table_add_number(table, (unsigned long long)pair->score);
        table_add(table, self->places[pair->a].commune);
        add_record_cells(self, table, pair->a);
        add_record_cells(self, table, pair->b);
        table_add(table, reasons.data);
        text_free(&reasons);
    }
    if (found->count)
        table_print(table);
    table_destroy(&table);
}

static void tell(const search_t *self, const duplicates_t *found)
{
    if (self->cli->options.json)
        print_json(self, found);
    else
        print_table(self, found);
    size_t compared = self->count - self->without_area;
    if (!found->count)
        cli_say("aucun doublon probable parmi %zu fiches.", compared);
    else
        cli_say(
            "%zu doublon%s probable%s parmi %zu fiches. Rien n'est fusionné : « maillage delete "
            "%s ID » efface une fiche de trop.",
            found->count, found->count > 1 ? "s" : "", found->count > 1 ? "s" : "", compared,
            self->kind->name);
    if (self->without_area)
        cli_say("%zu fiche%s sans commune connue : pas comparée%s.", self->without_area,
                self->without_area > 1 ? "s" : "", self->without_area > 1 ? "s" : "");
}

/* --- the command --- */

static const kind_t *kind_of_places(const cli_t *cli)
{
    const char *name = cli->argument_count ? cli->arguments[0] : "organisation";
    const kind_t *kind = cli_kind(cli, name);
    if (kind && !kind_field(kind, "commune")) {
        cli_say(
            "les fiches de la sorte « %s » n'ont pas de commune : leurs doublons ne se cherchent "
            "pas ainsi.",
            kind->name);
        return NULL;
    }
    return kind;
}

static void free_records(search_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        json_decref(self->records[i].body);
        free(self->records[i].area);
    }
    free(self->records);
    free(self->places);
    geo_destroy(&self->geo);
}

int command_duplicates(cli_t *cli)
{
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    err_t err = {0};
    search_t self = {.cli = cli, .kind = kind_of_places(cli)};
    if (!self.kind)
        return EXIT_USAGE;
    self.geo = geo_load(NULL, &err);
    if (!self.geo)
        cli_say("%s Les communes sont comparées par leur nom.", err.text);
    if (read_records(&self, &err)) {
        code = cli_fail(&err);
    } else {
        duplicates_t found;
        duplicates_find(self.places, self.count, &found);
        tell(&self, &found);
        duplicates_free(&found);
    }
    free_records(&self);
    return code;
}
