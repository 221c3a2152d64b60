#include "node/export/returned.h"

#include "node/export/writer.h"
#include "node/import/commune.h"
#include "node/import/reader/reader.h"
#include "schemas/base/date.h"
#include "schemas/body.h"
#include "schemas/value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_SIZE (1 << 20)   /* bytes of a file, to know it */
#define EXPORT_MAX (16 << 20) /* bytes of one record in any form */
#define UNREAD_NAMED_MAX 3    /* columns */

/* --- the forms --- */

typedef struct form {
    const char *format;  /* of export.c */
    const char *mapping; /* NULL: its rows have the fields of the kind */
    const char *mark;    /* only rows of this form have this column */
    const char *id;      /* the column with hub and id, or of several those of the id alone */
    char separator;      /* between hub and id; 0: hub and kind have columns of their own */
    bool whole;          /* what a row does not have was taken away, as there are no columns */
    const char *const *restless; /* columns that differ between two exports of the same */
} form_t;

static const char *const NONE[] = {NULL};
static const char *const STAMPS[] = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE", NULL};
static const char *const CHANGED[] = {"changed", NULL};

static const form_t FORMS[] = {
    {"lieux", "lieux-standard", "pivot", "id", ':', false, NONE},
    {"aides", "maillage-aides", "date_mise_a_jour", "id", ':', false, NONE},
    {"ics", "maillage-ics", "X-MAILLAGE-RECORD", "X-MAILLAGE-RECORD", '/', true, STAMPS},
    {"geojson", NULL, "geometry", "id", 0, false, CHANGED},
};

typedef struct identity {
    char hub[NAME_SIZE], id[ID_SIZE];
} identity_t;

static const char *cell(const json_t *row, const char *column)
{
    return json_string_value(json_object_get(row, column));
}

static bool copied(char *to, size_t max, const char *from, size_t size)
{
    if (size == 0 || size >= max)
        return false;
    memcpy(to, from, size);
    to[size] = 0;
    return true;
}

static bool read_identity(const form_t *form, const kind_t *kind, const json_t *row,
                          identity_t *identity)
{
    const char *id = cell(row, form->id), *hub = id, *behind;
    if (!id)
        return false;
    if (form->separator) {
        behind = strchr(id, form->separator);
        id = behind ? behind + 1 : "";
    } else {
        const char *name = cell(row, "kind");
        hub = cell(row, "hub");
        behind = hub ? hub + strlen(hub) : NULL;
        if (!name || strcmp(name, kind->name) != 0)
            return false;
    }
    return behind && copied(identity->hub, NAME_SIZE, hub, (size_t)(behind - hub))
           && copied(identity->id, ID_SIZE, id, strlen(id)) && id_valid(identity->id);
}

/* The form of a row that carries an identity, or NULL. */
static const form_t *form_of(const kind_t *kind, const json_t *row, identity_t *identity)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++)
        if (export_find(FORMS[i].format, kind) && json_object_get(row, FORMS[i].mark)
            && read_identity(&FORMS[i], kind, row, identity))
            return &FORMS[i];
    return NULL;
}

/* --- is a file one of them? --- */

typedef struct look {
    const kind_t *kind;
    const char *hub;
    const form_t *form;
} look_t;

static void look_at(void *context, const row_t *row)
{
    look_t *self = context;
    identity_t identity;
    const form_t *form = self->form ? NULL : form_of(self->kind, row->record, &identity);
    if (form && strcmp(identity.hub, self->hub) == 0)
        self->form = form;
}

const char *returned_mapping(const char *bytes, size_t size, const kind_t *kind, const char *hub)
{
    look_t look = {.kind = kind, .hub = hub};
    reading_t reading;
    if (size && strchr("[{", *bytes)) /* JSON tells by itself whose it is */
        return NULL;
    err_t unreadable = {0}; /* whoever reads the whole file will say it */
    reader_each(bytes, size < LOOK_SIZE ? size : LOOK_SIZE, NULL, &reading, look_at, &look,
                &unreadable);
    reading_free(&reading);
    return look.form ? look.form->mapping : NULL;
}

/* --- the record as it is now, as a row --- */

struct returned {
    returned_means_t means;
    text_t text;
    export_t *exports[sizeof FORMS / sizeof *FORMS]; /* made when the first row needs them */
};

returned_t *returned_new(const returned_means_t *means)
{
    returned_t *self = calloc(1, sizeof *self);
    assert(self);
    self->means = *means;
    text_init(&self->text, EXPORT_MAX);
    return self;
}

void returned_destroy(returned_t **self_p)
{
    returned_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++)
        export_destroy(&self->exports[i]);
    text_free(&self->text);
    free(self);
    *self_p = NULL;
}

bool returned_is_all(const returned_t *self)
{
    return self->means.only;
}

static export_t *export_of(returned_t *self, const form_t *form)
{
    export_t **export = &self->exports[form - FORMS];
    if (!*export) {
        *export = export_new(export_find(form->format, self->means.kind), self->means.kind, false);
        export_set_geo(*export, self->means.geo);
    }
    return *export;
}

static void keep_row(void *context, const row_t *row)
{
    json_t **kept = context;
    if (!*kept && row->record)
        *kept = json_incref((json_t *)row->record);
}

/* Gives the row; NULL when the form has no room for the record, and *err when it cannot be read. */
static json_t *row_of(returned_t *self, const form_t *form, const entry_t *entry, err_t *err)
{
    export_t *export = export_of(self, form);
    json_t *row = NULL;
    reading_t reading;
    text_clear(&self->text);
    if (export_begin(export, &self->text, err) || export_record(export, entry, &self->text, err)
        || export_end(export, &self->text, err))
        return NULL;
    int rc = reader_each(self->text.data, self->text.size, NULL, &reading, keep_row, &row, err);
    reading_free(&reading);
    if (rc) {
        json_decref(row);
        return NULL;
    }
    return row;
}

/* --- rows as contents --- */

static void unmark_title(const kind_t *kind, json_t *content)
{
    const char *title = json_string_value(json_object_get(content, kind->title));
    size_t size = strlen(WRITER_DEMO);
    if (title && strncmp(title, WRITER_DEMO, size) == 0)
        json_object_set_new(content, kind->title, json_string(title + size));
}

/* The texts of a row of CSV without what keeps a spreadsheet from running them. */
static json_t *unguarded(const json_t *row)
{
    json_t *copy = json_copy((json_t *)row);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)row, name, value)
    {
        const char *text = json_string_value(value);
        if (text && cell_unguarded(text) != text)
            json_object_set_new(copy, name, json_string(cell_unguarded(text)));
    }
    return copy;
}

static json_t *content_of_cells(const returned_t *self, const json_t *row, findings_t *findings)
{
    json_t *cells = unguarded(row);
    json_t *content = mapping_apply(self->means.mapping, cells, findings);
    commune_complete(self->means.geo, self->means.kind, content, findings);
    json_decref(cells);
    return content;
}

/* A point that was moved on the map moves the record; what its coordinates say in words is not asked then. */
static void move(const kind_t *kind, json_t *content, const json_t *geometry)
{
    const json_t *point = json_object_get(geometry, "coordinates");
    char *longitude, *latitude;
    if (!writer_coordinates(kind, &longitude, &latitude))
        return;
    bool known = json_array_size(point) >= 2;
    path_set(kind, content, longitude, known ? json_incref(json_array_get(point, 0)) : json_null());
    path_set(kind, content, latitude, known ? json_incref(json_array_get(point, 1)) : json_null());
    free(longitude);
    free(latitude);
}

static json_t *content_of_feature(const returned_t *self, const json_t *row, const json_t *before)
{
    static const char *const OURS[] = {"hub", "kind", "id", "changed", "geometry"};
    json_t *content = json_deep_copy(row);
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        json_object_del(content, OURS[i]);
    const json_t *geometry = json_object_get(row, "geometry");
    if (geometry && !json_equal(geometry, json_object_get(before, "geometry")))
        move(self->means.kind, content, geometry);
    return content;
}

static json_t *content_of(const returned_t *self, const form_t *form, const json_t *row,
                          const json_t *before, findings_t *findings)
{
    if (!form->mapping)
        return content_of_feature(self, row, before);
    json_t *content = content_of_cells(self, row, findings);
    unmark_title(self->means.kind, content);
    return content;
}

/* --- what differs, into the record --- */

static bool is_same_text(const json_t *a, const json_t *b)
{
    int64_t one, two;
    return json_equal(a, b)
           || (json_is_string(a) && json_is_string(b) && instant_read(json_string_value(a), &one)
               && instant_read(json_string_value(b), &two) && one == two);
}

/* The same entry of a list, perhaps with an instant told from another time zone. */
static bool is_same_entry(const json_t *a, const json_t *b)
{
    if (!json_is_object(a) || !json_is_object(b))
        return is_same_text(a, b);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)a, name, value)
    {
        const json_t *other = json_object_get(b, name);
        if (!other || !is_same_text(value, other))
            return false;
    }
    return json_object_size(a) == json_object_size(b);
}

/* The new list; entries that the record has already keep the way it writes them. */
static json_t *merged_list(const json_t *own, const json_t *after)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(after); i++) {
        json_t *entry = json_array_get(after, i);
        for (size_t j = 0; j < json_array_size(own); j++)
            if (is_same_entry(json_array_get(own, j), entry)) {
                entry = json_array_get(own, j);
                break;
            }
        json_array_append(list, entry);
    }
    return list;
}

static bool merge(json_t *into, const json_t *before, const json_t *after);

static bool merge_member(json_t *into, const char *name, const json_t *before, json_t *after)
{
    json_t *own = json_object_get(into, name);
    if ((!before && !after) || (before && after && json_equal(before, after)))
        return false;
    if (json_is_object(own) && json_is_object(before) && json_is_object(after))
        return merge(own, before, after);
    if (!after || json_is_null(after))
        json_object_del(into, name);
    else if (json_is_array(own) && json_is_array(after))
        json_object_set_new(into, name, merged_list(own, after));
    else
        json_object_set(into, name, after);
    return true;
}

/* True when anything differed. */
static bool merge(json_t *into, const json_t *before, const json_t *after)
{
    const char *name;
    json_t *value;
    bool differed = false;
    json_object_foreach((json_t *)before, name, value) differed |=
        merge_member(into, name, value, json_object_get(after, name));
    json_object_foreach((json_t *)after, name, value)
    {
        if (!json_object_get(before, name))
            differed |= merge_member(into, name, NULL, value);
    }
    return differed;
}

/* --- a row --- */

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* What was edited and is no field's: better said than silently lost. */
static void warn_unread(const returned_t *self, const form_t *form, const json_t *before,
                        const json_t *after, findings_t *findings)
{
    text_t names;
    text_init(&names, 512);
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)after, name, value)
    {
        const json_t *was = json_object_get(before, name);
        bool same = is_among(name, form->restless) || (was && json_equal(was, value));
        if (same || !self->means.mapping || mapping_reads(self->means.mapping, name))
            continue;
        if (count++ < UNREAD_NAMED_MAX)
            text_add_format(&names, "%s« %.60s »", names.size ? ", " : "", name);
    }
    if (count)
        findings_add(findings, SEVERITY_WARNING, "W_NOT_READ", NULL, NULL, NULL,
                     "Ce qui a changé ici (%s) ne se reprend pas de ce format : modifiez la fiche "
                     "elle-même.",
                     names.data);
    text_free(&names);
}

/* The record's row without the columns that the file does not have. */
static void leave_out(json_t *before, const json_t *row)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(before, next, name, value)
    {
        if (!json_object_get(row, name))
            json_object_del(before, name);
    }
}

/* Puts into the body what differs between the rows. */
static void edit(const returned_t *self, const form_t *form, json_t *body, const json_t *before,
                 const json_t *row, findings_t *findings)
{
    findings_t known = {0}; /* what is doubtful in what was exported is no news */
    json_t *was = content_of(self, form, before, before, &known);
    json_t *is = content_of(self, form, row, before, findings);
    if (!merge(body, was, is))
        warn_unread(self, form, before, row, findings);
    findings_free(&known);
    json_decref(was);
    json_decref(is);
}

static returned_what_t refuse(findings_t *findings, const char *code, const char *id,
                              const char *reason)
{
    findings_add(findings, SEVERITY_ERROR, code, NULL, "id", id, "%s", reason);
    return RETURNED_REFUSED;
}

static returned_what_t read_other(const entry_t *entry, bool edited, findings_t *findings)
{
    if (!edited)
        return RETURNED_OTHER;
    findings_add(findings, SEVERITY_ERROR, "E_HUB", NULL, "id", entry->id,
                 "Cette fiche est celle du hub « %s » : lui seul peut la modifier. Écrivez-lui, ou "
                 "retirez cette ligne.",
                 entry->hub);
    return RETURNED_REFUSED;
}

/* Of a living record, as `before` exports it now. */
static returned_what_t compare(const returned_t *self, const form_t *form, const entry_t *entry,
                               json_t *before, const json_t *row, json_t **record,
                               findings_t *findings)
{
    err_t err = {0};
    if (!form->whole)
        leave_out(before, row);
    bool edited = !json_equal(before, row);
    if (strcmp(entry->hub, self->means.hub) != 0)
        return read_other(entry, edited, findings);
    json_t *body = body_decode(self->means.kind, entry->body, entry->body_size, &err);
    if (!body)
        return refuse(findings, "E_STORE", entry->id, err.text);
    if (edited)
        edit(self, form, body, before, row, findings);
    *record = json_pack("{s:s, s:s, s:s, s:o}", "hub", entry->hub, "kind", entry->kind, "id",
                        entry->id, "body", body);
    assert(*record);
    return RETURNED_OWN;
}

static returned_what_t read_entry(returned_t *self, const form_t *form, const entry_t *entry,
                                  const json_t *row, json_t **record, findings_t *findings)
{
    err_t err = {0};
    if (entry->deleted)
        return refuse(findings, "E_GONE", entry->id,
                      "Cette fiche a été effacée depuis cet export, qui n'en dit qu'une partie : "
                      "reprenez-la d'un export JSON ou CSV, ou retirez cette ligne.");
    json_t *before = row_of(self, form, entry, &err);
    if (!before)
        return refuse(findings, "E_FORM", entry->id,
                      *err.text ? err.text
                                : "Cette fiche n'a plus ce que ce format exige : modifiez la fiche "
                                  "elle-même, ou retirez cette ligne.");
    returned_what_t what = compare(self, form, entry, before, row, record, findings);
    json_decref(before);
    return what;
}

static returned_what_t not_ours(const returned_t *self, const form_t *form, const json_t *row,
                                findings_t *findings)
{
    if (!self->means.only)
        return RETURNED_NOT;
    return refuse(findings, "E_NOT_OURS", cell(row, form ? form->id : "id"),
                  "Cette ligne n'est pas d'un export de cette fédération. Pour reprendre les "
                  "fiches d'une autre source, donnez une correspondance (--mapping).");
}

returned_what_t returned_read(returned_t *self, const json_t *row, json_t **record,
                              findings_t *findings)
{
    err_t err = {0};
    identity_t identity;
    entry_t entry = {0};
    const form_t *form = form_of(self->means.kind, row, &identity);
    if (!form || (form->mapping && !self->means.mapping))
        return not_ours(self, form, row, findings);
    int found = catalogue_find(self->means.catalogue, identity.hub, self->means.kind->name,
                               identity.id, &entry, &err);
    if (found < 0)
        return refuse(findings, "E_STORE", identity.id, err.text);
    if (!found)
        return not_ours(self, form, row, findings);
    returned_what_t what = read_entry(self, form, &entry, row, record, findings);
    entry_free(&entry);
    return what;
}
