#include "node/import/batch.h"

#include "schemas/base/date.h"
#include "schemas/body.h"
#include "schemas/value.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERING_MAX 4 /* fields named where two records differ */
#define LABELS_MAX_SIZE 200

struct batch {
    const kind_t *kind;
    const char *hub, *today;
    change_t *changes; /* the bodies are owned */
    char **wheres;
    size_t count;
    size_t refused, repeated;
    void (*added)(void *context, const json_t *content); /* or NULL */
    void *context;                                       /* of added */
    json_t *ids;                                         /* id: the number of its change */
    json_t *mentioned;                                   /* id: true for a refused record */
};

batch_t *batch_new(const kind_t *kind, const char *hub, const char *today)
{
    batch_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (batch_t){
        .kind = kind, .hub = hub, .today = today, .ids = json_object(), .mentioned = json_object()};
    return self;
}

void batch_watch(batch_t *self, void (*added)(void *context, const json_t *content), void *context)
{
    self->added = added;
    self->context = context;
}

void batch_destroy(batch_t **self_p)
{
    batch_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free((void *)self->changes[i].body);
        free(self->wheres[i]);
    }
    free(self->changes);
    free(self->wheres);
    json_decref(self->ids);
    json_decref(self->mentioned);
    free(self);
    *self_p = NULL;
}

bool batch_is_envelope(const json_t *record)
{
    return json_is_object(json_object_get(record, "body"));
}

/* --- one record: what it says, step by step; each step returns 0 or leaves an error and -1 --- */

typedef struct entry {
    const json_t *envelope; /* NULL for a bare content */
    json_t *content;        /* owned */
    json_t *shown;          /* owned: the same, as it is sent; NULL until it is good */
    char id[ID_SIZE];
    text_t body;
} entry_t;

__attribute__((format(printf, 5, 6))) static int refuse(findings_t *findings, const char *code,
                                                        const char *field, const char *value,
                                                        const char *format, ...)
{
    char reason[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    findings_add(findings, SEVERITY_ERROR, code, NULL, field, value, "%s", reason);
    return -1;
}

static int check_envelope(const batch_t *self, const json_t *envelope, findings_t *findings)
{
    const char *hub = json_string_value(json_object_get(envelope, "hub"));
    const char *kind = json_string_value(json_object_get(envelope, "kind"));
    if (hub && strcmp(hub, self->hub) != 0)
        return refuse(
            findings, "E_HUB", "hub", hub,
            "Cette fiche est celle du hub « %s » : lui seul peut la modifier. Pour en faire "
            "une fiche à vous, ne gardez que son contenu (« body »).",
            hub);
    if (kind && strcmp(kind, self->kind->name) != 0)
        return refuse(findings, "E_KIND", "kind", kind,
                      "Cette fiche est de la sorte « %s », pas « %s ».", kind, self->kind->name);
    return 0;
}

/* What a file of 2022 does not date is no news of today. */
static json_t *date_of(const batch_t *self, const json_t *content)
{
    const char *date =
        json_string_value(json_object_get(json_object_get(content, "source"), "date"));
    int64_t day;
    return json_string(date && date_read(date, &day) ? date : self->today);
}

/* The content, with a date of its own: the record given is the caller's. */
static int take_content(const batch_t *self, entry_t *entry, const json_t *record,
                        findings_t *findings)
{
    if (!json_is_object(record))
        return refuse(findings, "E_RECORD", NULL, NULL, "Une fiche est un objet JSON, { … }.");
    if (batch_is_envelope(record)) {
        if (check_envelope(self, record, findings))
            return -1;
        entry->envelope = record;
        record = json_object_get(record, "body");
    }
    entry->content = json_copy((json_t *)record);
    const json_t *date = json_object_get(record, "date_maj");
    if (kind_field(self->kind, "date_maj") && (!date || json_is_null(date)))
        json_object_set_new(entry->content, "date_maj", date_of(self, record));
    return 0;
}

/* An id that was given stays, so that a corrected key corrects the record and makes no second one. */
static int choose_id(const batch_t *self, entry_t *entry, findings_t *findings)
{
    err_t err = {0};
    const json_t *given = json_object_get(entry->envelope, "id");
    bool has_key = body_id(self->kind, entry->content, entry->id, &err) == 0;
    if (!given || json_is_null(given))
        return has_key ? 0 : refuse(findings, "E_ID", NULL, NULL, "%s", err.text);
    const char *id = json_string_value(given);
    if (!id || !id_valid(id))
        return refuse(findings, "E_ID", "id", id,
                      "Un identifiant a de 1 à 128 caractères parmi a-z, 0-9, « . », « _ », « : » "
                      "et « - », et commence par une lettre ou un chiffre.");
    if (has_key && strcmp(id, entry->id) != 0)
        findings_add(findings, SEVERITY_WARNING, "W_ID", NULL, "id", id,
                     "D'après son contenu, cette fiche s'appellerait « %s » ; elle garde son "
                     "identifiant.",
                     entry->id);
    memcpy(entry->id, id, strlen(id) + 1);
    return 0;
}

/* --- a second record of one id --- */

static void add_label(text_t *out, const field_t *field)
{
    text_add_format(out, "%s« %s »", out->size ? ", " : "", field->label);
}

/* The fields at the top that are not the same in the change and in this content; date_maj aside. */
static void name_differing(const batch_t *self, const change_t *change, const json_t *content,
                           text_t *out)
{
    json_t *before = body_decode(self->kind, change->body, change->body_size, NULL);
    size_t more = 0;
    for (size_t i = 0; i < self->kind->field_count; i++) {
        const field_t *field = &self->kind->fields[i];
        const json_t *one = json_object_get(before, field->name);
        const json_t *other = json_object_get(content, field->name);
        if (strcmp(field->name, "date_maj") == 0 || one == other || json_equal(one, other))
            continue;
        if (more++ < DIFFERING_MAX)
            add_label(out, field);
    }
    text_add_string(out, more > DIFFERING_MAX ? "…" : "");
    json_decref(before);
}

/* The fields of the first alternative of the natural key that this content has. */
static void name_key(const kind_t *kind, const json_t *content, text_t *out)
{
    for (size_t i = 0; i < kind->key_count; i++) {
        const char *const *path = kind->keys[i];
        while (*path && value_at(content, *path))
            path++;
        if (*path)
            continue;
        for (path = kind->keys[i]; *path; path++)
            add_label(out, kind_path(kind, *path));
        return;
    }
}

static batch_result_t add_again(batch_t *self, const entry_t *entry, size_t before,
                                findings_t *findings)
{
    const change_t *change = &self->changes[before];
    if (body_same(change->body, change->body_size, entry->body.data, entry->body.size)) {
        findings_add(findings, SEVERITY_WARNING, "W_REPEATED", NULL, NULL, entry->id,
                     "La même fiche est déjà donnée (%s) : une seule est gardée.",
                     self->wheres[before]);
        self->repeated++;
        return BATCH_REPEATED;
    }
    text_t differing, naming;
    text_init(&differing, LABELS_MAX_SIZE);
    text_init(&naming, LABELS_MAX_SIZE);
    name_differing(self, change, entry->shown, &differing);
    name_key(self->kind, entry->shown, &naming);
    refuse(
        findings, "E_TWICE", NULL, entry->id,
        "Même identifiant que la fiche de %s, mais pas le même contenu (%s) : gardez la bonne des "
        "deux lignes. Si ce sont bien deux fiches, changez ce qui les nomme (%s) dans l'une.",
        self->wheres[before], differing.data, naming.data);
    text_free(&naming);
    text_free(&differing);
    return BATCH_REFUSED;
}

/* Gives the next change, of which only the kind is filled. */
static change_t *next_change(batch_t *self, const char *id, const char *where)
{
    if ((self->count & (self->count - 1)) == 0) {
        size_t capacity = self->count ? 2 * self->count : 1;
        self->changes = realloc(self->changes, capacity * sizeof *self->changes);
        self->wheres = realloc(self->wheres, capacity * sizeof *self->wheres);
        assert(self->changes && self->wheres);
    }
    change_t *change = &self->changes[self->count];
    *change = (change_t){.sv = self->kind->version};
    snprintf(change->kind, sizeof change->kind, "%s", self->kind->name);
    snprintf(change->id, sizeof change->id, "%s", id);
    self->wheres[self->count] = strdup(where);
    assert(self->wheres[self->count]);
    json_object_set_new(self->ids, id, json_integer((json_int_t)self->count));
    self->count++;
    return change;
}

static batch_result_t append(batch_t *self, entry_t *entry, const char *where)
{
    change_t *change = next_change(self, entry->id, where);
    change->op = ITEM_PUT;
    change->body_size = entry->body.size;
    change->body = (uint8_t *)text_take(&entry->body);
    if (self->added)
        self->added(self->context, entry->shown);
    return BATCH_ADDED;
}

void batch_remove(batch_t *self, const char *id)
{
    next_change(self, id, "")->op = ITEM_DELETE;
}

void batch_mention(batch_t *self, const char *id)
{
    if (!json_object_get(self->mentioned, id))
        json_object_set_new(self->mentioned, id, json_false());
}

const change_t *batch_find(const batch_t *self, const char *id)
{
    const json_t *index = json_object_get(self->ids, id);
    return index ? &self->changes[json_integer_value(index)] : NULL;
}

bool batch_knows(const batch_t *self, const char *id)
{
    return json_object_get(self->ids, id) || json_object_get(self->mentioned, id);
}

void batch_each_refused(const batch_t *self, void (*visit)(void *context, const char *id),
                        void *context)
{
    const char *id;
    json_t *refused;
    json_object_foreach(self->mentioned, id, refused)
    {
        if (json_is_true(refused))
            visit(context, id);
    }
}

static batch_result_t add(batch_t *self, entry_t *entry, const json_t *record, const char *where,
                          findings_t *findings)
{
    if (take_content(self, entry, record, findings))
        return BATCH_REFUSED;
    bool bad_id = choose_id(self, entry, findings) != 0;
    entry->shown = body_encode_and_show(self->kind, entry->content, &entry->body, findings);
    if (!entry->shown || bad_id)
        return BATCH_REFUSED;
    if (self->count == CONTROL_CHANGES_MAX) {
        refuse(findings, "E_TOO_MANY", NULL, NULL, "Plus de %d fiches en une fois.",
               CONTROL_CHANGES_MAX);
        return BATCH_REFUSED;
    }
    const json_t *before = json_object_get(self->ids, entry->id);
    if (before)
        return add_again(self, entry, (size_t)json_integer_value(before), findings);
    return append(self, entry, where);
}

batch_result_t batch_add(batch_t *self, const json_t *record, const char *where,
                         findings_t *findings)
{
    entry_t entry = {0};
    findings_t found = {0};
    text_init(&entry.body, BODY_MAX_SIZE);
    batch_result_t result = add(self, &entry, record, where, &found);
    self->refused += result == BATCH_REFUSED;
    if (result == BATCH_REFUSED && *entry.id)
        json_object_set_new(self->mentioned, entry.id, json_true());
    findings_move(findings, &found, where);
    text_free(&entry.body);
    json_decref(entry.content);
    json_decref(entry.shown);
    return result;
}

size_t batch_count(const batch_t *self)
{
    return self->count;
}

const change_t *batch_changes(const batch_t *self)
{
    return self->changes;
}

const char *batch_where(const batch_t *self, size_t index)
{
    return self->wheres[index];
}

size_t batch_refused(const batch_t *self)
{
    return self->refused;
}

size_t batch_repeated(const batch_t *self)
{
    return self->repeated;
}
