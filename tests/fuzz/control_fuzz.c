/* A request from anywhere never crashes the node, and what it understood says the same when said again. */
#include "node/control.h"

#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const change_t *a, const change_t *b)
{
    assert(a->op == b->op && a->sv == b->sv);
    assert(!strcmp(a->kind, b->kind) && !strcmp(a->id, b->id));
    assert(a->body_size == b->body_size && a->body_size <= BODY_MAX_SIZE);
    assert(!a->body_size || !memcmp(a->body, b->body, a->body_size));
}

static void say_again(const request_t *request)
{
    text_t out;
    request_t again;
    text_init(&out, CONTROL_FRAME_MAX);
    bool import = *request->provenance.source != 0;
    if (request->type == REQUEST_COMMAND)
        request_command(&out, request->command);
    else if (request->type == REQUEST_UNDO)
        request_undo(&out, request->number, request->force, request->dry_run);
    else if (import)
        request_import(&out, &request->provenance, request->changes, request->count,
                       request->dry_run);
    else
        request_change(&out, request->changes, request->count, request->more, request->dry_run);
    int rc = request_decode(&again, out.data, out.size, NULL);
    assert(rc == 0 && again.type == request->type && again.count == request->count);
    assert(again.more == request->more && again.dry_run == request->dry_run);
    assert(!strcmp(again.command, request->command));
    assert(again.number == request->number && again.force == request->force);
    assert(!strcmp(again.provenance.source, request->provenance.source));
    assert(again.provenance.note_size == request->provenance.note_size);
    assert(!import || request->provenance.note_size <= CONTROL_NOTE_MAX);
    assert(!import || !request->more);
    for (size_t i = 0; i < request->count; i++)
        expect_same(&request->changes[i], &again.changes[i]);
    request_free(&again);
    text_free(&out);
}

static void answer_again(const answer_t *answer)
{
    text_t out;
    text_init(&out, 8 * CONTROL_FRAME_MAX);
    char *json = strndup(answer->json ? answer->json : "", answer->json_size);
    assert(json);
    answer_t again;
    answer_encode(&out, &answer->err, answer->outcomes, answer->count, json);
    int rc = answer_decode(&again, out.data, out.size, NULL);
    assert(rc == 0 && again.err.action == answer->err.action && again.count == answer->count);
    free(json);
    text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    request_t request;
    answer_t answer;
    if (request_decode(&request, data, size, NULL) == 0)
        say_again(&request);
    request_free(&request);
    if (answer_decode(&answer, data, size, NULL) == 0)
        answer_again(&answer);
    return 0;
}
