/* The asking side talks to a real ROUTER on a real socket, in a thread that answers by the codec. */
#include "node/control.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "files.h"
#include "texts.h"

typedef enum manners { ANSWERS, REFUSES, DIES, STARTS_AGAIN } manners_t;

typedef struct world {
    char folder[FOLDER_PATH_SIZE];
    manners_t manners;
    void *context;
    pthread_t thread;
    bool running;
    size_t chunks, changes; /* heard by the node */
    bool dry_run;
} world_t;

static void answer(world_t *world, const request_t *request, text_t *out)
{
    err_t done = {0};
    if (request->type == REQUEST_COMMAND) {
        answer_encode(out, &done, "", 0, strcmp(request->command, "status") ? "" : "{\"life\": 7}");
        return;
    }
    world->chunks++;
    world->changes += request->count;
    world->dry_run = request->dry_run;
    if (world->manners == REFUSES)
        err_set(&done, ERR_REJECT, "Le hub n'est pas prêt.");
    char *outcomes = malloc(world->changes + 1);
    memset(outcomes, OUTCOME_NEW, world->changes);
    answer_encode(out, &done, outcomes, request->more || done.action ? 0 : world->changes, "");
    free(outcomes);
}

static void serve(world_t *world, void *socket, zmq_msg_t *who)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    zmq_msg_recv(&frame, socket, 0);
    request_t request;
    err_t err = {0};
    text_t out;
    text_init(&out, CONTROL_FRAME_MAX);
    if (request_decode(&request, zmq_msg_data(&frame), zmq_msg_size(&frame), &err))
        answer_encode(&out, &err, "", 0, "");
    else
        answer(world, &request, &out);
    request_free(&request);
    zmq_msg_send(who, socket, ZMQ_SNDMORE);
    zmq_send(socket, out.data, out.size, 0);
    text_free(&out);
    zmq_msg_close(&frame);
}

static void *bind_node(world_t *world)
{
    void *socket = zmq_socket(world->context, ZMQ_ROUTER);
    char endpoint[128];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/control.sock", world->folder);
    while (zmq_bind(socket, endpoint)) /* as long as one before it closes */
        usleep(1000);
    return socket;
}

static void *node(void *argument)
{
    world_t *world = argument;
    void *socket = bind_node(world);
    zmq_msg_t who;
    zmq_msg_init(&who);
    while (zmq_msg_recv(&who, socket, 0) >= 0) {
        if (world->manners == DIES)
            break;
        if (world->manners == STARTS_AGAIN) {
            zmq_close(socket);
            socket = bind_node(world);
            world->manners = ANSWERS;
        } else {
            serve(world, socket, &who);
        }
    }
    zmq_msg_close(&who);
    zmq_close(socket);
    return NULL;
}

static void start(world_t *world, manners_t manners)
{
    char path[128];
    world->manners = manners;
    world->context = zmq_ctx_new();
    assert_int_equal(pthread_create(&world->thread, NULL, node, world), 0);
    world->running = true;
    snprintf(path, sizeof path, "%s/control.sock", world->folder);
    while (access(path, F_OK))
        usleep(1000);
}

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    new_folder(world->folder);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    if (world->running) {
        zmq_ctx_shutdown(world->context);
        pthread_join(world->thread, NULL);
        zmq_ctx_term(world->context);
    }
    remove_folder(world->folder);
    free(world);
    return 0;
}

static change_t change_of(const char *id, const void *body, size_t size)
{
    change_t change = {.op = body ? ITEM_PUT : ITEM_DELETE,
                       .kind = "event",
                       .sv = 1,
                       .body = body,
                       .body_size = size};
    snprintf(change.id, sizeof change.id, "%s", id);
    return change;
}

static void without_a_node_one_is_told_what_to_do(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    assert_null(control_connect(world->folder, &err));
    assert_int_equal(err.action, ERR_RETRY);
    expect(err.text, "maillage-node");
}

static void a_socket_that_a_dead_node_left_is_not_a_node(void **state)
{
    world_t *world = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/control.sock", world->folder);
    fclose(fopen(path, "w"));
    err_t err = {0};
    assert_null(control_connect(world->folder, &err));
    assert_int_equal(err.action, ERR_RETRY);
}

static void count_calls(void *context, size_t sent)
{
    size_t *calls = context;
    assert_true(sent > 0);
    ++*calls;
}

static void a_large_set_goes_in_chunks_and_comes_back_whole(void **state)
{
    enum { COUNT = 5000 };
    world_t *world = *state;
    start(world, ANSWERS);
    static const uint8_t body[300] = {0x80};
    change_t *changes = calloc(COUNT, sizeof *changes);
    for (size_t i = 0; i < COUNT; i++) {
        changes[i] = change_of("x", body, sizeof body);
    }
    char outcomes[COUNT];
    size_t calls = 0;
    err_t err = {0};
    control_t *control = control_connect(world->folder, &err);
    assert_non_null(control);
    assert_int_equal(
        control_change(control, changes, COUNT, true, outcomes, count_calls, &calls, &err), 0);
    control_destroy(&control);
    assert_null(control);
    assert_int_equal(world->changes, COUNT);
    assert_true(world->chunks > 1);
    assert_int_equal(calls, world->chunks);
    assert_true(world->dry_run);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(outcomes[i], OUTCOME_NEW);
    free(changes);
}

static void the_nodes_own_sentence_comes_back(void **state)
{
    world_t *world = *state;
    start(world, REFUSES);
    err_t err = {0};
    change_t change = change_of("x", NULL, 0);
    char outcome;
    control_t *control = control_connect(world->folder, &err);
    assert_non_null(control);
    assert_int_equal(control_change(control, &change, 1, false, &outcome, NULL, NULL, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    assert_string_equal(err.text, "Le hub n'est pas prêt.");
    control_destroy(&control);
}

static void a_command_gives_its_json(void **state)
{
    world_t *world = *state;
    start(world, ANSWERS);
    err_t err = {0};
    json_t *json = NULL;
    control_t *control = control_connect(world->folder, &err);
    assert_non_null(control);
    assert_int_equal(control_command(control, "status", &json, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "life")), 7);
    json_decref(json);
    assert_int_equal(control_command(control, "unfence", &json, &err), 0);
    assert_null(json);
    control_destroy(&control);
}

static void a_node_that_ends_is_noticed_at_once(void **state)
{
    world_t *world = *state;
    start(world, DIES);
    err_t err = {0};
    control_t *control = control_connect(world->folder, &err);
    assert_non_null(control);
    assert_int_equal(control_command(control, "clean", NULL, &err), -1);
    assert_int_equal(err.action, ERR_RETRY);
    expect(err.text, "arrêté");
    control_destroy(&control);
}

static void a_node_that_starts_again_has_forgotten_what_it_was_asked(void **state)
{
    world_t *world = *state;
    start(world, STARTS_AGAIN);
    err_t err = {0};
    json_t *json = NULL;
    control_t *control = control_connect(world->folder, &err);
    assert_non_null(control);
    assert_int_equal(control_command(control, "status", &json, &err), -1);
    expect(err.text, "arrêté");
    assert_int_equal(control_command(control, "status", &json, &err), 0);
    json_decref(json);
    control_destroy(&control);
}

static void a_request_says_what_was_asked(void **state)
{
    (void)state;
    static const uint8_t body[] = {0x81, 0xa1, 'a', 0x01};
    change_t changes[] = {change_of("ia-tour:2026", body, sizeof body), change_of("old", NULL, 0)};
    text_t out;
    text_init(&out, CONTROL_FRAME_MAX);
    request_change(&out, changes, 2, true, false);
    request_t request;
    err_t err = {0};
    assert_int_equal(request_decode(&request, out.data, out.size, &err), 0);
    assert_int_equal(request.type, REQUEST_CHANGE);
    assert_true(request.more);
    assert_false(request.dry_run);
    assert_int_equal(request.count, 2);
    assert_string_equal(request.changes[0].id, "ia-tour:2026");
    assert_int_equal(request.changes[0].sv, 1);
    assert_int_equal(request.changes[0].body_size, sizeof body);
    assert_memory_equal(request.changes[0].body, body, sizeof body);
    assert_int_equal(request.changes[1].op, ITEM_DELETE);
    assert_null(request.changes[1].body);
    request_free(&request);
    text_free(&out);
}

static const provenance_t ANGERS = {.source = "angers", .note = "{\"rows\":1}", .note_size = 10};

static void the_last_chunk_of_an_import_says_where_it_comes_from(void **state)
{
    (void)state;
    change_t change = change_of("x", NULL, 0);
    text_t out;
    text_init(&out, CONTROL_FRAME_MAX);
    request_import(&out, &ANGERS, &change, 1, true);
    request_t request;
    err_t err = {0};
    assert_int_equal(request_decode(&request, out.data, out.size, &err), 0);
    assert_int_equal(request.type, REQUEST_CHANGE);
    assert_false(request.more);
    assert_true(request.dry_run);
    assert_string_equal(request.provenance.source, "angers");
    assert_int_equal(request.provenance.note_size, ANGERS.note_size);
    assert_memory_equal(request.provenance.note, ANGERS.note, ANGERS.note_size);
    request_free(&request);
    text_free(&out);
}

static void an_undo_names_its_import(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, CONTROL_FRAME_MAX);
    request_undo(&out, 12, true, false);
    request_t request;
    err_t err = {0};
    assert_int_equal(request_decode(&request, out.data, out.size, &err), 0);
    assert_int_equal(request.type, REQUEST_UNDO);
    assert_int_equal(request.number, 12);
    assert_true(request.force);
    assert_false(request.dry_run);
    for (size_t size = 0; size < out.size; size++)
        assert_int_equal(request_decode(&request, out.data, size, &err), -1);
    text_free(&out);
}

static void no_cut_request_is_understood(void **state)
{
    (void)state;
    static const uint8_t body[] = {0x80};
    change_t change = change_of("x", body, sizeof body);
    text_t out;
    text_init(&out, CONTROL_FRAME_MAX);
    request_import(&out, &ANGERS, &change, 1, false);
    request_t request;
    err_t err = {0};
    for (size_t size = 0; size < out.size; size++)
        assert_int_equal(request_decode(&request, out.data, size, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    text_free(&out);
}

static void requests_with_wrong_values_are_refused(void **state)
{
    (void)state;
    /* [1, "change", false, false, [[op, kind, id, 1, body]]] with one thing wrong in each */
    static const char *const wrong[] = {
        "\x95\x01\xa6"
        "change\xc2\xc2\x91\x95\x03\xa1"
        "e\xa1x\x01\xc4\x01\x80", /* op 3 */
        "\x95\x01\xa6"
        "change\xc2\xc2\x91\x95\x01\xa1"
        "E\xa1x\x01\xc4\x01\x80", /* kind */
        "\x95\x01\xa6"
        "change\xc2\xc2\x91\x95\x01\xa1"
        "e\xa1X\x01\xc4\x01\x80", /* id */
        "\x95\x01\xa6"
        "change\xc2\xc2\x91\x95\x01\xa1"
        "e\xa1x\x01\xc0", /* put of nil */
        "\x95\x01\xa6"
        "change\xc2\xc2\x91\x95\x02\xa1"
        "e\xa1x\x01\xc4\x01\x80", /* body deleted */
        "\x95\x02\xa6"
        "change\xc2\xc2\x91\x95\x01\xa1"
        "e\xa1x\x01\xc4\x01\x80", /* version 2 */
        "\x96\x01\xa6"
        "change\xc2\xc2\x90\x92\xa0\xa0", /* a source without a name */
        "\x96\x01\xa6"
        "change\xc3\xc2\x90\x92\xa1s\xa0", /* a source before the last chunk */
        "\x96\x01\xa6"
        "change\xc2\xc2\x90\xa1s", /* a source without a note */
        "\x95\x01\xa4"
        "undo\xff\xc2\xc2", /* number -1 */
        "\x93\x01\xa7"
        "command\xa2..",
        "\x93\x01\xa6"
        "danger\xa1x",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request_t request;
        err_t err = {0};
        assert_int_equal(request_decode(&request, wrong[i], strlen(wrong[i]), &err), -1);
        assert_int_equal(err.action, ERR_REJECT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_node_one_is_told_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socket_that_a_dead_node_left_is_not_a_node, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_large_set_goes_in_chunks_and_comes_back_whole, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_nodes_own_sentence_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_command_gives_its_json, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_that_ends_is_noticed_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_that_starts_again_has_forgotten_what_it_was_asked,
                                        setup, teardown),
        cmocka_unit_test(a_request_says_what_was_asked),
        cmocka_unit_test(the_last_chunk_of_an_import_says_where_it_comes_from),
        cmocka_unit_test(an_undo_names_its_import),
        cmocka_unit_test(no_cut_request_is_understood),
        cmocka_unit_test(requests_with_wrong_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
