/* A link against a real CURVE ROUTER on loopback, both in this thread and on one loop. */
#include "broker/sync/link.h"

#include "broker/sync/intake.h"
#include "broker/sync/zap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 20000 /* of a busy machine */
#define LOOK_MS 5
#define MIB (1024 * 1024)
#define ROUNDS (2 * INTAKE_MAX / (8 * MIB))

static uint8_t BYTES[MIB]; /* libzmq reads them after a test's end, too */

typedef struct world {
    zloop_t *loop;
    link_t *link;
    timers_t timers;
    secret_t secret;
    member_t broker; /* as the link's members say it */
    char server_secret[CURVE_KEY_SIZE];
    interest_t interest;
    /* the broker's side */
    zsock_t *router;
    char endpoint[64];
    zframe_t *route; /* of the last message */
    wire_decoder_t *decoder;
    bool welcoming, answering;
    unsigned hellos, pings, pongs, pulls;
    uint64_t nonce; /* of the last PONG */
    char software[WIRE_TEXT_SIZE];
    interest_t heard;
    /* what the link's listener heard */
    unsigned ups, downs, messages;
    unsigned rounds; /* said to it */
    wire_type_t last;
    /* what is waited for */
    bool (*done)(struct world *world);
    int64_t end_ms;
} world_t;

/* ---- the broker's side ---- */

static void say_bytes(world_t *world, const void *bytes, size_t size)
{
    zframe_t *route = zframe_dup(world->route);
    zframe_send(&route, world->router, ZFRAME_MORE);
    zmq_send(zsock_resolve(world->router), bytes, size, 0);
}

static void say(world_t *world, const text_t *text)
{
    say_bytes(world, text->data, text->size);
}

static void say_head(world_t *world)
{
    text_t text;
    text_init(&text, WIRE_MAX_SIZE);
    wire_head(&text, (const uint8_t *)"head", 4);
    say(world, &text);
    text_free(&text);
}

static void say_error(world_t *world, const char *what)
{
    text_t text;
    text_init(&text, WIRE_MAX_SIZE);
    wire_err(&text, WIRE_PROTOCOL_ERROR, "", "", NULL, 0, what);
    say(world, &text);
    text_free(&text);
}

static void answer(world_t *world, const wire_t *wire)
{
    text_t text;
    text_init(&text, WIRE_MAX_SIZE);
    if (wire->type == WIRE_HELLO) {
        world->hellos++;
        snprintf(world->software, sizeof world->software, "%s", wire->text);
        world->heard = wire->interests[0];
        if (world->welcoming)
            wire_welcome(&text, WIRE_PROTOCOL, "a");
    } else if (wire->type == WIRE_PING) {
        world->pings++;
        if (world->answering)
            wire_pong(&text, wire->nonce);
    }
    if (wire->type == WIRE_PONG)
        world->nonce = wire->nonce;
    world->pongs += wire->type == WIRE_PONG;
    world->pulls += wire->type == WIRE_PULL;
    if (text.size)
        say(world, &text);
    text_free(&text);
}

static int on_router(zloop_t *loop, zsock_t *router, void *context)
{
    (void)loop;
    world_t *world = context;
    wire_t wire;
    err_t err;
    zframe_destroy(&world->route);
    world->route = zframe_recv(router);
    zframe_t *frame = zframe_recv(router);
    assert_int_equal(
        wire_decode(world->decoder, &wire, zframe_data(frame), zframe_size(frame), &err), 0);
    answer(world, &wire);
    zframe_destroy(&frame);
    return 0;
}

static void start_broker(world_t *world)
{
    world->router = zsock_new(ZMQ_ROUTER);
    zsock_set_linger(world->router, 0);
    zsock_set_curve_server(world->router, 1);
    zsock_set_curve_secretkey(world->router, world->server_secret);
    int rc = -1; /* the port of the broker before may take a moment to be free */
    for (int64_t end = zclock_mono() + PATIENCE_MS; rc < 0 && zclock_mono() < end;)
        rc = zmq_bind(zsock_resolve(world->router), world->endpoint);
    assert_int_equal(rc, 0);
    char *endpoint = zsock_last_endpoint(world->router);
    snprintf(world->endpoint, sizeof world->endpoint, "%s", endpoint);
    free(endpoint);
    zloop_reader(world->loop, world->router, on_router, world);
}

static void stop_broker(world_t *world)
{
    zloop_reader_end(world->loop, world->router);
    zsock_destroy(&world->router);
}

/* ---- the node's side ---- */

static void on_up(void *context, link_t *link)
{
    world_t *world = context;
    world->ups++;
    assert_int_equal(link_state(link), LINK_UP);
}

static void on_down(void *context, link_t *link)
{
    ((world_t *)context)->downs++;
    assert_int_not_equal(link_state(link), LINK_UP);
}

static void on_message(void *context, link_t *link, const wire_t *wire)
{
    (void)link;
    world_t *world = context;
    world->messages++;
    world->last = wire->type;
}

static void send_pull(world_t *world)
{
    text_t text;
    zmq_msg_t frame;
    text_init(&text, WIRE_MAX_SIZE);
    wire_pull(&text, "loire", "answer", 1, 2, true);
    zmq_msg_init_size(&frame, text.size);
    memcpy(zmq_msg_data(&frame), text.data, text.size);
    link_send(world->link, &frame);
    text_free(&text);
}

/* ---- the loop ---- */

static int look(zloop_t *loop, int timer, void *context)
{
    (void)loop;
    (void)timer;
    world_t *world = context;
    link_tick(world->link);
    return world->done(world) || zclock_mono() > world->end_ms ? -1 : 0;
}

static bool eventually(world_t *world, bool (*done)(world_t *world))
{
    world->done = done;
    world->end_ms = zclock_mono() + PATIENCE_MS;
    int timer = zloop_timer(world->loop, LOOK_MS, 0, look, world);
    zloop_start(world->loop);
    zloop_timer_end(world->loop, timer);
    return done(world);
}

static bool is_up(world_t *world)
{
    return link_state(world->link) == LINK_UP;
}

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    zsys_handler_set(NULL);
    timers_set_default(&world->timers);
    world->timers.ping = 100;
    world->timers.silence = 400;
    zmq_curve_keypair(world->broker.curve[0], world->server_secret);
    world->broker.curve_count = 1;
    zmq_curve_keypair(world->secret.curve_public, world->secret.curve_secret);
    snprintf(world->secret.name, sizeof world->secret.name, "loire");
    snprintf(world->endpoint, sizeof world->endpoint, "tcp://127.0.0.1:*");
    world->interest = (interest_t){"*", "answer"};
    world->welcoming = world->answering = true;
    world->decoder = wire_decoder_new();
    world->loop = zloop_new();
    zloop_set_nonstop(world->loop, true);
    start_broker(world);
    link_setup_t link = {.broker = "a",
                         .endpoint = world->endpoint,
                         .secret = &world->secret,
                         .interests = &world->interest,
                         .interest_count = 1,
                         .timers = &world->timers};
    link_listener_t listener = {on_up, on_down, on_message, world};
    world->link = link_new(world->loop, &link, &listener);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    link_destroy(&world->link);
    link_destroy(&world->link);
    zsock_destroy(&world->router);
    zloop_destroy(&world->loop);
    zframe_destroy(&world->route);
    wire_decoder_destroy(&world->decoder);
    free(world);
    return 0;
}

/* ---- the promises ---- */

static void a_link_greets_and_is_up_when_welcomed(void **state)
{
    world_t *world = *state;
    assert_int_equal(link_state(world->link), LINK_WAITING);
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    assert_int_equal(world->ups, 1);
    assert_string_equal(link_trouble(world->link), "");
    assert_string_equal(world->heard.kind, "answer");
    assert_non_null(strstr(world->software, "maillage"));
}

static bool greeted(world_t *world)
{
    return world->hellos;
}

static bool heard_something(world_t *world)
{
    return world->messages;
}

static void nothing_is_passed_on_before_the_welcome(void **state)
{
    world_t *world = *state;
    world->welcoming = false;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, greeted));
    say_head(world);
    text_t text;
    text_init(&text, WIRE_MAX_SIZE);
    wire_welcome(&text, WIRE_PROTOCOL, "a");
    say(world, &text);
    text_free(&text);
    assert_true(eventually(world, is_up));
    assert_int_equal(world->messages, 0);
    say_head(world);
    assert_true(eventually(world, heard_something));
    assert_int_equal(world->last, WIRE_HEAD);
}

static bool pulled(world_t *world)
{
    return world->pulls;
}

static void a_frame_goes_out_only_while_the_link_is_up(void **state)
{
    world_t *world = *state;
    send_pull(world);
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    assert_int_equal(world->pulls, 0);
    send_pull(world);
    assert_true(eventually(world, pulled));
    assert_int_equal(world->pulls, 1);
}

static bool up_twice(world_t *world)
{
    return world->ups == 2;
}

static void a_broker_that_forgot_us_is_greeted_as_a_new_session(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    say_error(world, "say HELLO first");
    assert_true(eventually(world, up_twice));
    assert_int_equal(world->downs, 1);
    assert_int_equal(world->hellos, 2);
}

static void a_link_that_is_up_greets_again_when_asked_to(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    link_greet_again(world->link); /* not up: nothing to begin anew */
    assert_int_equal(world->downs, 0);
    assert_true(eventually(world, is_up));
    link_greet_again(world->link);
    assert_int_equal(world->downs, 1);
    assert_true(eventually(world, up_twice));
    assert_int_equal(world->hellos, 2);
}

static bool down_once(world_t *world)
{
    return world->downs == 1;
}

static bool flooded(world_t *world)
{
    return world->downs && strstr(link_trouble(world->link), "bien plus");
}

static void keep(void *bytes, void *hint)
{
    (void)bytes, (void)hint;
}

/* One message of so many frames of a MiB, which libzmq keeps until it has the last one. */
static void say_parts(world_t *world, size_t count)
{
    zframe_t *route = zframe_dup(world->route);
    zframe_send(&route, world->router, ZFRAME_MORE);
    for (size_t i = 1; i <= count; i++) {
        zmq_msg_t frame;
        zmq_msg_init_data(&frame, BYTES, MIB, keep, NULL);
        zmq_msg_send(&frame, zsock_resolve(world->router), i < count ? ZMQ_SNDMORE : 0);
    }
}

static void a_broker_that_floods_us_loses_the_session(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    say_parts(world, 3 * INTAKE_MAX / MIB);
    assert_true(eventually(world, flooded));
    assert_int_equal(world->messages, 0);
    assert_true(eventually(world, up_twice)); /* it may have been a mistake */
}

/* Eight large messages, which mean nothing, and a HEAD; when it was heard, the same again. */
static bool all_rounds_heard(world_t *world)
{
    if (world->messages == world->rounds && world->rounds < ROUNDS) {
        for (int i = 0; i < 8; i++)
            say_bytes(world, BYTES, MIB);
        say_head(world);
        world->rounds++;
    }
    return world->messages == ROUNDS;
}

static void a_broker_that_is_read_may_send_without_end(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    assert_true(eventually(world, all_rounds_heard));
    assert_int_equal(world->downs, 0);
}

static void a_closed_connection_is_noticed_before_any_silence(void **state)
{
    world_t *world = *state;
    world->timers.silence = 60000;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    stop_broker(world);
    assert_true(eventually(world, down_once));
    assert_string_not_equal(link_trouble(world->link), "");
    start_broker(world);
    assert_true(eventually(world, up_twice));
}

static void what_was_sent_to_one_connection_never_arrives_on_the_next(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    stop_broker(world);
    for (int i = 0; i < 100; i++)
        send_pull(world);
    start_broker(world);
    assert_true(eventually(world, up_twice));
    assert_int_equal(world->pulls, 0);
}

static bool silent_once(world_t *world)
{
    return world->downs == 1 && world->hellos == 2;
}

static void a_silent_broker_is_given_up_and_tried_again(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    world->answering = false;
    int64_t start = zclock_mono();
    assert_true(eventually(world, silent_once));
    assert_true(zclock_mono() - start >= world->timers.silence - LOOK_MS);
    assert_true(world->pings >= 1);
}

static bool three_silences_later(world_t *world)
{
    return world->pings >= 3 * world->timers.silence / world->timers.ping;
}

static void pings_keep_a_quiet_link_up(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    assert_true(eventually(world, three_silences_later));
    assert_int_equal(world->downs, 0);
}

static bool has_trouble(world_t *world)
{
    return *link_trouble(world->link);
}

static bool answered(world_t *world)
{
    return world->pongs;
}

static void a_ping_of_the_broker_is_answered_with_its_number(void **state)
{
    world_t *world = *state;
    text_t text;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    text_init(&text, WIRE_MAX_SIZE);
    wire_ping(&text, 4711);
    say(world, &text);
    text_free(&text);
    assert_true(eventually(world, answered));
    assert_int_equal(world->nonce, 4711);
    assert_int_equal(world->messages, 0);
}

static void a_message_of_several_frames_is_none_and_the_next_one_is_heard(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    zframe_t *route = zframe_dup(world->route);
    zframe_send(&route, world->router, ZFRAME_MORE);
    zmq_send(zsock_resolve(world->router), "one", 3, ZMQ_SNDMORE);
    zmq_send(zsock_resolve(world->router), "two", 3, 0);
    say_head(world);
    assert_true(eventually(world, heard_something));
    assert_int_equal(world->messages, 1);
    assert_int_equal(world->last, WIRE_HEAD);
    assert_true(is_up(world));
}

static void a_link_says_whom_it_is_with_and_since_when(void **state)
{
    world_t *world = *state;
    int64_t before_ms = moment_now().unix_ms;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    assert_string_equal(link_broker(world->link), "a");
    assert_string_equal(link_endpoint(world->link), world->endpoint);
    assert_in_range(link_since_ms(world->link), before_ms, moment_now().unix_ms);
}

static void a_broker_that_shows_another_key_is_not_talked_to(void **state)
{
    world_t *world = *state;
    char unused[CURVE_KEY_SIZE];
    member_t other = world->broker;
    zmq_curve_keypair(other.curve[0], unused);
    link_set_broker(world->link, &other);
    assert_true(eventually(world, has_trouble));
    assert_int_equal(world->hellos, 0);
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
}

static void of_two_keys_of_a_broker_either_will_do(void **state)
{
    world_t *world = *state;
    char unused[CURVE_KEY_SIZE];
    member_t rotating = world->broker;
    memcpy(rotating.curve[1], world->broker.curve[0], CURVE_KEY_SIZE);
    zmq_curve_keypair(rotating.curve[0], unused);
    rotating.curve_count = 2;
    link_set_broker(world->link, &rotating);
    assert_true(eventually(world, is_up));
}

static zap_verdict_t refuse(void *context, const char *key, const char *address,
                            const char **member)
{
    (void)context;
    (void)key;
    (void)address;
    (void)member;
    return ZAP_REFUSE;
}

static int on_zap(zloop_t *loop, zsock_t *socket, void *context)
{
    (void)loop;
    (void)socket;
    zap_serve(context);
    return 0;
}

static void a_refused_key_is_told_to_the_operator_and_tried_again(void **state)
{
    world_t *world = *state;
    err_t err;
    zap_t *zap = zap_new(refuse, NULL, &err);
    zloop_reader(world->loop, zap_socket(zap), on_zap, zap);
    stop_broker(world);
    start_broker(world);
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, has_trouble));
    assert_non_null(strstr(link_trouble(world->link), "refuse notre clé"));
    zloop_reader_end(world->loop, zap_socket(zap));
    zap_destroy(&zap);
    stop_broker(world);
    start_broker(world);
    assert_true(eventually(world, is_up));
}

static void a_broker_that_is_no_member_is_not_connected_to(void **state)
{
    world_t *world = *state;
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
    link_set_broker(world->link, NULL);
    assert_int_equal(world->downs, 1);
    assert_int_equal(link_state(world->link), LINK_WAITING);
    assert_non_null(strstr(link_trouble(world->link), "a.pub"));
    link_set_broker(world->link, &world->broker);
    assert_true(eventually(world, is_up));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_link_greets_and_is_up_when_welcomed),
        WITH_WORLD(nothing_is_passed_on_before_the_welcome),
        WITH_WORLD(a_frame_goes_out_only_while_the_link_is_up),
        WITH_WORLD(a_broker_that_forgot_us_is_greeted_as_a_new_session),
        WITH_WORLD(a_link_that_is_up_greets_again_when_asked_to),
        WITH_WORLD(a_closed_connection_is_noticed_before_any_silence),
        WITH_WORLD(what_was_sent_to_one_connection_never_arrives_on_the_next),
        WITH_WORLD(a_silent_broker_is_given_up_and_tried_again),
        WITH_WORLD(pings_keep_a_quiet_link_up),
        WITH_WORLD(a_ping_of_the_broker_is_answered_with_its_number),
        WITH_WORLD(a_message_of_several_frames_is_none_and_the_next_one_is_heard),
        WITH_WORLD(a_broker_that_floods_us_loses_the_session),
        WITH_WORLD(a_broker_that_is_read_may_send_without_end),
        WITH_WORLD(a_link_says_whom_it_is_with_and_since_when),
        WITH_WORLD(a_broker_that_shows_another_key_is_not_talked_to),
        WITH_WORLD(of_two_keys_of_a_broker_either_will_do),
        WITH_WORLD(a_refused_key_is_told_to_the_operator_and_tried_again),
        WITH_WORLD(a_broker_that_is_no_member_is_not_connected_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
