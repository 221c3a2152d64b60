/* A CURVE ROUTER on loopback that asks the handler, and clients that come with a key. */
#include "broker/sync/zap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define LOOK_MS 10

typedef struct keys {
    char public[41], secret[41];
} keys_t;

typedef struct world {
    zap_t *zap;
    zsock_t *router;
    char *endpoint;
    keys_t server, client;
    zap_verdict_t verdict;
    unsigned asked;
    char key[41], address[64]; /* what the handler was asked about */
} world_t;

static zap_verdict_t judge(void *context, const char *key, const char *address, const char **member)
{
    world_t *world = context;
    world->asked++;
    snprintf(world->key, sizeof world->key, "%s", key);
    snprintf(world->address, sizeof world->address, "%s", address);
    *member = "loire";
    return world->verdict;
}

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    err_t err;
    zsys_handler_set(NULL);
    zmq_curve_keypair(world->server.public, world->server.secret);
    zmq_curve_keypair(world->client.public, world->client.secret);
    /* libzmq lets go of the place of the test before when it finds the time */
    for (int64_t end = zclock_mono() + PATIENCE_MS; !world->zap && zclock_mono() < end;)
        world->zap = zap_new(judge, world, &err);
    world->router = zsock_new(ZMQ_ROUTER);
    zsock_set_zap_domain(world->router, ZAP_DOMAIN);
    zsock_set_curve_server(world->router, 1);
    zsock_set_curve_secretkey(world->router, world->server.secret);
    zsock_bind(world->router, "tcp://127.0.0.1:*");
    world->endpoint = zsock_last_endpoint(world->router);
    *state = world;
    return world->zap ? 0 : -1;
}

static int teardown(void **state)
{
    world_t *world = *state;
    zsock_destroy(&world->router);
    zap_destroy(&world->zap);
    zap_destroy(&world->zap);
    free(world->endpoint);
    free(world);
    return 0;
}

static zsock_t *client(const world_t *world)
{
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    zsock_set_linger(dealer, 0);
    zsock_set_curve_serverkey(dealer, world->server.public);
    zsock_set_curve_publickey(dealer, world->client.public);
    zsock_set_curve_secretkey(dealer, world->client.secret);
    zsock_connect(dealer, "%s", world->endpoint);
    return dealer;
}

/* Answers questions until a message comes or the time is over. */
static bool message_comes(world_t *world, int64_t within_ms)
{
    for (int64_t end = zclock_mono() + within_ms; zclock_mono() < end;) {
        zmq_pollitem_t items[] = {{zsock_resolve(zap_socket(world->zap)), 0, ZMQ_POLLIN, 0},
                                  {zsock_resolve(world->router), 0, ZMQ_POLLIN, 0}};
        zmq_poll(items, 2, LOOK_MS);
        zap_serve(world->zap);
        if (items[1].revents & ZMQ_POLLIN)
            return true;
    }
    return false;
}

static void an_accepted_keys_messages_bear_the_member_and_the_key(void **state)
{
    world_t *world = *state;
    zsock_t *dealer = client(world);
    zstr_send(dealer, "bonjour");
    assert_true(message_comes(world, PATIENCE_MS));
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    zmq_msg_recv(&frame, zsock_resolve(world->router), 0);
    zmq_msg_recv(&frame, zsock_resolve(world->router), 0);
    assert_string_equal(zmq_msg_gets(&frame, "User-Id"), "loire");
    assert_string_equal(zmq_msg_gets(&frame, ZAP_KEY), world->client.public);
    zmq_msg_close(&frame);
    assert_string_equal(world->key, world->client.public);
    assert_string_equal(world->address, "127.0.0.1");
    zsock_destroy(&dealer);
}

static void a_refused_key_gets_no_message_through_and_is_told(void **state)
{
    world_t *world = *state;
    world->verdict = ZAP_REFUSE;
    zsock_t *dealer = client(world);
    zsock_t *monitor = zsock_new(ZMQ_PAIR);
    zmq_socket_monitor(zsock_resolve(dealer), "inproc://zap-test", ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zsock_connect(monitor, "inproc://zap-test");
    zstr_send(dealer, "bonjour");
    assert_false(message_comes(world, 300));
    assert_int_equal(world->asked, 1);
    assert_true(zsock_events(monitor) & ZMQ_POLLIN);
    zmq_socket_monitor(zsock_resolve(dealer), NULL, 0);
    zsock_destroy(&monitor);
    zsock_destroy(&dealer);
}

static void a_key_put_off_is_not_told_why(void **state)
{
    world_t *world = *state;
    world->verdict = ZAP_LATER;
    zsock_t *dealer = client(world);
    zstr_send(dealer, "bonjour");
    assert_false(message_comes(world, 300));
    assert_true(world->asked >= 1);
    world->verdict = ZAP_ACCEPT;
    zsock_destroy(&dealer);
    dealer = client(world);
    zstr_send(dealer, "bonjour");
    assert_true(message_comes(world, PATIENCE_MS));
    zsock_destroy(&dealer);
}

static void another_domain_is_refused_without_asking(void **state)
{
    world_t *world = *state;
    zsock_t *other = zsock_new(ZMQ_ROUTER);
    zsock_set_zap_domain(other, "other");
    zsock_set_curve_server(other, 1);
    zsock_set_curve_secretkey(other, world->server.secret);
    zsock_bind(other, "tcp://127.0.0.1:*");
    char *endpoint = zsock_last_endpoint(other);
    free(world->endpoint);
    world->endpoint = endpoint;
    zsock_t *dealer = client(world);
    zstr_send(dealer, "bonjour");
    assert_false(message_comes(world, 300));
    assert_int_equal(world->asked, 0);
    zsock_destroy(&dealer);
    zsock_destroy(&other);
}

static void there_is_room_for_one_handler(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    assert_null(zap_new(judge, world, &err));
    assert_int_equal(err.action, ERR_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_accepted_keys_messages_bear_the_member_and_the_key,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_key_gets_no_message_through_and_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_key_put_off_is_not_told_why, setup, teardown),
        cmocka_unit_test_setup_teardown(another_domain_is_refused_without_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_room_for_one_handler, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
