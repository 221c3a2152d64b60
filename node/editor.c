#include "node/editor.h"

#include "schemas/body.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct editor {
    streams_t *streams;
    const schema_t *schema;
    const char *hub;
    text_t current; /* the bytes of the item a change meets */
};

editor_t *editor_new(streams_t *streams, const schema_t *schema, const char *hub)
{
    editor_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (editor_t){.streams = streams, .schema = schema, .hub = hub};
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

static int apply(editor_t *self, const change_t *change, const moment_t *now, char *outcome,
                 err_t *err)
{
    item_t item;
    stream_t *stream = streams_find(self->streams, self->hub, change->kind);
    assert(stream && stream->own);
    int exists = find(self, stream, change->id, &item, err);
    if (exists < 0)
        return -1;
    *outcome = (char)outcome_of(change, exists, &item);
    if (*outcome == OUTCOME_SAME || *outcome == OUTCOME_ABSENT)
        return 0;
    return stream_change(stream, change->op, change->id, change->sv, change->body,
                         change->body_size, now, err);
}

/* A sentence for people before what SQLite says. */
static int not_saved(err_t *err)
{
    return err->action == ERR_REJECT ? -1 : err_context(err, "Rien n'est enregistré : ");
}

int editor_apply(editor_t *self, const change_t *changes, size_t count, bool dry_run,
                 char *outcomes, const moment_t *now, err_t *err)
{
    if (streams_begin(self->streams, err))
        return not_saved(err);
    for (size_t i = 0; i < count; i++) {
        if (apply(self, &changes[i], now, &outcomes[i], err)) {
            streams_rollback(self->streams);
            return err->action == ERR_REJECT ? blame(&changes[i], err) : not_saved(err);
        }
    }
    if (dry_run)
        streams_rollback(self->streams);
    else if (streams_commit(self->streams, err))
        return not_saved(err);
    return 0;
}
