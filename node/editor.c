#include "node/editor.h"

#include "broker/base/fault.h"
#include "node/card.h"
#include "schemas/body.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct editor {
    streams_t *streams;
    ledger_t *ledger;
    const schema_t *schema;
    const char *hub;
    text_t current; /* the bytes of the item a change meets */
};

editor_t *editor_new(streams_t *streams, ledger_t *ledger, const schema_t *schema, const char *hub)
{
    editor_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (editor_t){.streams = streams, .ledger = ledger, .schema = schema, .hub = hub};
    text_init(&self->current, ITEM_MAX_SIZE);
    return self;
}

void editor_destroy(editor_t **self_p)
{
    if (!*self_p)
        return;
    text_free(&(*self_p)->current);
    free(*self_p);
    *self_p = NULL;
}

static int check(const editor_t *self, const change_t *change, err_t *err)
{
    const kind_t *kind = schema_kind(self->schema, change->kind);
    if (!kind)
        return err_set(err, ERR_REJECT, "ce nœud ne connaît pas cette sorte de fiche");
    if (strcmp(change->kind, CARD_KIND) == 0)
        return err_set(
            err, ERR_REJECT,
            "la fiche du hub vient de son fichier YAML (« node: ») : changez-la là, puis "
            "relancez le nœud");
    if (change->op == ITEM_DELETE)
        return 0;
    if (change->sv != kind->version)
        return err_set(err, ERR_REJECT,
                       "elle suit la version %" PRIu32 " de sa sorte et le nœud la version %" PRIu32
                       " : redémarrez le nœud, ou mettez à jour la commande",
                       change->sv, kind->version);
    if (!body_is_canonical(kind, change->body, change->body_size))
        return err_set(err, ERR_REJECT, "son contenu n'est pas valide pour sa sorte");
    return 0;
}

static int blame(const change_t *change, err_t *err)
{
    return err_context(err, "Fiche %s/%s : ", change->kind, change->id);
}

int editor_check(const editor_t *self, const change_t *changes, size_t count, err_t *err)
{
    for (size_t i = 0; i < count; i++)
        if (check(self, &changes[i], err))
            return blame(&changes[i], err);
    return 0;
}

/* The current version of a record; *item borrows self->current. 1 found, 0 none or deleted, -1. */
static int find(editor_t *self, const stream_t *stream, const char *id, item_t *item, err_t *err)
{
    text_clear(&self->current);
    int found = stream_find(stream, id, &self->current, err);
    if (found <= 0)
        return found;
    if (item_decode(item, self->current.data, self->current.size, err)) {
        err->action = ERR_STOP; /* we wrote it */
        return -1;
    }
    return item->op == ITEM_PUT;
}

static outcome_t outcome_of(const change_t *change, bool exists, const item_t *item)
{
    if (change->op == ITEM_DELETE)
        return exists ? OUTCOME_DELETED : OUTCOME_ABSENT;
    if (!exists)
        return OUTCOME_NEW;
    return body_same(item->body, item->body_size, change->body, change->body_size)
               ? OUTCOME_SAME
               : OUTCOME_CHANGED;
}

/* Tells the ledger what a change did, or was about to do. 1 when that erased something. */
static int note(editor_t *self, const provenance_t *provenance, const change_t *change,
                const item_t *before, outcome_t outcome, err_t *err)
{
    bool nothing = outcome == OUTCOME_SAME || outcome == OUTCOME_ABSENT;
    if (!provenance && (change->op == ITEM_DELETE || !nothing))
        return ledger_by_hand(self->ledger, change->kind, change->id, change->op == ITEM_DELETE,
                              err);
    if (!provenance || nothing)
        return 0;
    return ledger_wrote(self->ledger, change->id, before, change->body, change->body_size, err);
}

/* An import removes only what its source brought. */
static int may_remove(editor_t *self, const provenance_t *provenance, const change_t *change,
                      err_t *err)
{
    if (!provenance || change->op != ITEM_DELETE)
        return 1;
    return ledger_brought(self->ledger, change->kind, change->id, provenance->source, err);
}

static int apply(editor_t *self, const provenance_t *provenance, const change_t *change,
                 const moment_t *now, char *outcome, err_t *err)
{
    item_t item;
    stream_t *stream = streams_find(self->streams, self->hub, change->kind);
    assert(stream && stream->own);
    int exists = find(self, stream, change->id, &item, err);
    int may = exists < 0 ? -1 : may_remove(self, provenance, change, err);
    if (may < 0)
        return -1;
    *outcome = (char)(exists && !may ? OUTCOME_KEPT : outcome_of(change, exists, &item));
    if (*outcome == OUTCOME_KEPT)
        return 0;
    int erased = note(self, provenance, change, exists ? &item : NULL, (outcome_t)*outcome, err);
    int displaced = change->op == ITEM_DELETE ? stream_erase_displaced(stream, change->id, err) : 0;
    if (erased < 0 || displaced < 0)
        return -1;
    /* of a record that an import removed: the new deletion tells it to a store restored from before */
    if ((*outcome == OUTCOME_SAME || *outcome == OUTCOME_ABSENT) && !erased && !displaced)
        return 0;
    return stream_change(stream, change->op, change->id, change->sv, change->body,
                         change->body_size, now, err);
}

/* A sentence for people before what SQLite says; a full disk needs no more than that. */
static int not_saved(err_t *err)
{
    if (err->action == ERR_REJECT)
        return -1;
    if (database_is_full(err))
        return err_set(err, ERR_RETRY,
                       "Rien n'est enregistré : le disque du nœud est plein. Faites de la place, "
                       "puis recommencez.");
    return err_context(err, "Rien n'est enregistré : ");
}

static int begin(editor_t *self, const provenance_t *provenance, const change_t *changes,
                 size_t count, const moment_t *now, err_t *err)
{
    if (!provenance)
        return 0;
    for (size_t i = 1; i < count; i++)
        if (strcmp(changes[i].kind, changes[0].kind) != 0)
            return err_set(err, ERR_REJECT, "Un import est d'une seule sorte de fiches.");
    return ledger_begin(self->ledger, count ? changes[0].kind : "", provenance, now, err);
}

static int end(editor_t *self, const provenance_t *provenance, const char *outcomes, size_t count,
               const moment_t *now, err_t *err)
{
    int64_t same = 0;
    for (size_t i = 0; i < count; i++)
        same += outcomes[i] == OUTCOME_SAME;
    return provenance ? ledger_end(self->ledger, same, now, err) : 0;
}

static int apply_all(editor_t *self, const provenance_t *provenance, const change_t *changes,
                     size_t count, char *outcomes, const moment_t *now, err_t *err)
{
    if (begin(self, provenance, changes, count, now, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (apply(self, provenance, &changes[i], now, &outcomes[i], err))
            return err->action == ERR_REJECT ? blame(&changes[i], err) : -1;
    FAULT("editor.applied");
    return end(self, provenance, outcomes, count, now, err);
}

/* Ends the transaction in hand: nothing stays of a trial or of a failure. */
static int settle(editor_t *self, int result, bool dry_run, err_t *err)
{
    if (result || dry_run)
        streams_rollback(self->streams);
    else
        result = streams_commit(self->streams, err);
    return result ? not_saved(err) : 0;
}

int editor_apply(editor_t *self, const provenance_t *provenance, const change_t *changes,
                 size_t count, bool dry_run, char *outcomes, const moment_t *now, err_t *err)
{
    if (streams_begin(self->streams, err))
        return not_saved(err);
    int result = apply_all(self, provenance, changes, count, outcomes, now, err);
    return settle(self, result, dry_run, err);
}

int editor_expire(editor_t *self, const moment_t *now, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    return streams_end(self->streams, ledger_expire(self->ledger, now, err), err);
}

/* --- taking an import back --- */

typedef struct undo {
    editor_t *editor;
    ledger_import_t import;
    stream_t *stream;
    const moment_t *now;
    json_t *left; /* ids of the records that changed since, as the keys of an object */
    bool write;   /* the second pass */
    int64_t added, changed, removed;
} undo_t;

/* Is the record what the import left? */
static bool is_as_left(const ledger_change_t *change, bool exists, const item_t *item)
{
    uint8_t hash[LEDGER_HASH_SIZE];
    if (!exists || !change->written)
        return !exists && (!change->written || !change->before);
    ledger_hash(item->body, item->body_size, hash);
    return memcmp(hash, change->written, sizeof hash) == 0;
}

static int take_back(undo_t *self, const ledger_change_t *change, bool exists, err_t *err)
{
    self->added += !change->before;
    self->removed += !change->written;
    self->changed += change->before && change->written;
    if (!self->write || (!change->before && !exists))
        return 0;
    return stream_change(self->stream, change->before ? ITEM_PUT : ITEM_DELETE, change->id,
                         change->before ? change->before_sv : 1, change->before,
                         change->before_size, self->now, err);
}

static int visit_change(void *context, const ledger_change_t *change, err_t *err)
{
    undo_t *self = context;
    item_t item;
    int exists = find(self->editor, self->stream, change->id, &item, err);
    if (exists < 0)
        return -1;
    if (is_as_left(change, exists, &item))
        return take_back(self, change, exists, err);
    json_object_set_new(self->left, change->id, json_null());
    return 0;
}

static int find_import(undo_t *self, int64_t number, err_t *err)
{
    editor_t *editor = self->editor;
    int found = ledger_find(editor->ledger, number, &self->import, err);
    if (found < 0)
        return -1;
    number = self->import.number ? self->import.number : number;
    if (!found)
        return number ? err_set(err, ERR_REJECT,
                                "Il n'y a pas d'import numéro %" PRId64
                                " : « maillage import --history » les liste.",
                                number)
                      : err_set(err, ERR_REJECT, "Il n'y a aucun import à reprendre.");
    if (self->import.undone_at_ms)
        return err_set(err, ERR_REJECT, "L'import %" PRId64 " a déjà été repris.", number);
    if (!self->import.kept)
        return err_set(err, ERR_REJECT,
                       "L'import %" PRId64 " ne peut plus être repris : les contenus d'avant sont "
                       "gardés %d jours, pour les %d derniers imports d'une sorte.",
                       number, (int)(LEDGER_KEPT_MS / (24 * 3600 * 1000)), LEDGER_KEPT_IMPORTS);
    self->stream = streams_find(editor->streams, editor->hub, self->import.kind);
    return self->stream ? 0
                        : err_set(err, ERR_REJECT, "ce nœud ne connaît pas cette sorte de fiche");
}

/* Looks first, so that nothing is done by halves; then, when it may, writes. */
static int undo(undo_t *self, int64_t number, bool force, bool dry_run, bool *done, err_t *err)
{
    ledger_t *ledger = self->editor->ledger;
    *done = false;
    if (find_import(self, number, err)
        || ledger_each(ledger, self->import.number, visit_change, self, err))
        return -1;
    if (dry_run || (json_object_size(self->left) && !force))
        return 0;
    *done = self->write = true;
    self->added = self->changed = self->removed = 0;
    return ledger_each(ledger, self->import.number, visit_change, self, err)
                   || ledger_undone(ledger, self->import.number, self->left, self->now, err)
               ? -1
               : 0;
}

static char *describe(const undo_t *self, bool done, bool dry_run)
{
    json_t *ids = json_array();
    const char *id;
    json_t *value;
    json_object_foreach(self->left, id, value)
    {
        if (json_array_size(ids) < UNDO_NAMED_MAX)
            json_array_append_new(ids, json_string(id));
    }
    json_t *answer = json_pack("{s:I, s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:o}", "number",
                               (json_int_t)self->import.number, "kind", self->import.kind, "source",
                               self->import.source, "done", done, "dry_run", dry_run, "added",
                               (json_int_t)self->added, "changed", (json_int_t)self->changed,
                               "removed", (json_int_t)self->removed, "left",
                               (json_int_t)json_object_size(self->left), "left_ids", ids);
    assert(answer);
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    return text;
}

int editor_undo(editor_t *self, int64_t number, bool force, bool dry_run, const moment_t *now,
                char **answer, err_t *err)
{
    if (streams_begin(self->streams, err))
        return not_saved(err);
    bool done;
    undo_t task = {.editor = self, .now = now, .left = json_object()};
    int result = undo(&task, number, force, dry_run, &done, err);
    result = settle(self, result, !done, err);
    if (!result)
        *answer = describe(&task, done, dry_run);
    json_decref(task.left);
    ledger_import_free(&task.import);
    return result;
}
