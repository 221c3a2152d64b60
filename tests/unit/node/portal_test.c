/* The server over real sockets: what handlers cannot see. */
#include "store_world.h"

#include "broker/base/czmq.h"
#include "node/portal/http/portal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>

typedef struct server {
    world_t *store;
    portal_settings_t settings;
    zactor_t *actor;
    int port;
} server_t;

static portal_t *open_at(server_t *server, const char *listen, err_t *err)
{
    server->settings = (portal_settings_t){.listen = listen,
                                           .store = server->store->folder,
                                           .name = "loire",
                                           .role = MEMBER_HUB,
                                           .title = "Hub IA Loire",
                                           .territory = "DEP-42"};
    return portal_new(&server->settings, server->store->schema, err);
}

static int start(void **state)
{
    server_t *server = calloc(1, sizeof *server);
    assert_true(sodium_init() >= 0);
    set_up((void **)&server->store);
    err_t err;
    portal_t *portal = open_at(server, "127.0.0.1:0", &err);
    if (!portal)
        fail_msg("%s", err.text);
    server->port = portal_port(portal);
    server->actor = zactor_new(portal_actor, portal);
    *state = server;
    return 0;
}

static int stop(void **state)
{
    server_t *server = *state;
    zactor_destroy(&server->actor);
    int rc = tear_down((void **)&server->store);
    free(server);
    return rc;
}

static int connect_to(const server_t *server)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)server->port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *words)
{
    assert_int_equal(send(fd, words, strlen(words), MSG_NOSIGNAL), strlen(words));
}

/* Everything until the server closes the connection. */
static char *hear(int fd)
{
    text_t heard;
    text_init(&heard, 1 << 20);
    char buffer[4096];
    for (ssize_t size; (size = recv(fd, buffer, sizeof buffer, 0)) > 0;)
        text_add(&heard, buffer, (size_t)size);
    close(fd);
    return heard.data; /* given */
}

static char *ask(const server_t *server, const char *request)
{
    int fd = connect_to(server);
    say(fd, request);
    return hear(fd);
}

static void expect_status(const server_t *server, const char *request, const char *status)
{
    char *answer = ask(server, request);
    char start_line[64];
    snprintf(start_line, sizeof start_line, "HTTP/1.1 %s ", status);
    if (strncmp(answer, start_line, strlen(start_line)))
        fail_msg("%s answers %.60s", request, answer);
    free(answer);
}

#define END "Host: x\r\nConnection: close\r\n\r\n"

static void a_page_comes_with_its_guards(void **state)
{
    char *answer = ask(*state, "GET / HTTP/1.1\r\n" END);
    static const char *const headers[] = {
        "HTTP/1.1 200 OK\r\n",
        "\r\nContent-Type: text/html; charset=utf-8\r\n",
        ("\r\nContent-Security-Policy: default-src 'self'; frame-ancestors 'none'; base-uri "
         "'none'; "
         "form-action 'self'\r\n"),
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nContent-Length: ",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (!strstr(answer, headers[i]))
            fail_msg("'%s' is not in %.700s", headers[i], answer);
    assert_null(strcasestr(answer, "set-cookie"));
    free(answer);
}

static void head_has_the_headers_of_get_and_no_body(void **state)
{
    char *answer = ask(*state, "HEAD / HTTP/1.1\r\n" END);
    char *length = strstr(answer, "Content-Length: ");
    assert_non_null(length);
    assert_true(strtol(length + strlen("Content-Length: "), NULL, 10) > 1000);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    free(answer);
}

static void a_connection_serves_several_requests(void **state)
{
    char *answer = ask(*state, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                               "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
                               "GET /healthz HTTP/1.1\r\n" END);
    size_t count = 0;
    for (const char *at = answer; (at = strstr(at, "\r\n\r\nok\n")); at++)
        count++;
    assert_int_equal(count, 3);
    free(answer);
}

static void a_request_with_a_body_is_refused_without_reading_it(void **state)
{
    expect_status(*state, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", "400");
    expect_status(*state, "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "400");
    expect_status(*state, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", "405");
    expect_status(*state,
                  "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 30\r\n\r\n"
                  "GET /healthz HTTP/1.1\r\n\r\n",
                  "400");
}

static void the_target_is_read_as_it_was_sent(void **state)
{
    expect_status(*state, "GET /annuaire%2fx HTTP/1.1\r\n" END, "404");
    expect_status(*state, "GET /%7a%7a?q=%zz HTTP/1.1\r\n" END, "400");
    expect_status(*state, "GET /recherche?q=caf%C3%A9+noir HTTP/1.1\r\n" END, "200");
    expect_status(*state, "GET //reseau HTTP/1.1\r\n" END, "404");
    expect_status(*state, "GET http://x/reseau HTTP/1.1\r\n" END, "400");
}

static void too_long_an_address_is_told_so(void **state)
{
    text_t request;
    text_init(&request, 100000);
    text_add_string(&request, "GET /?q=");
    for (int i = 0; i < 3000; i++)
        text_add_string(&request, "a");
    text_add_string(&request, " HTTP/1.1\r\n" END);
    expect_status(*state, request.data, "414");
    text_free(&request);
}

static void visitors_who_hang_up_do_no_harm(void **state)
{
    server_t *server = *state;
    struct linger at_once = {.l_onoff = 1};
    for (int i = 0; i < 50; i++) {
        int fd = connect_to(server);
        say(fd, i % 2 ? "GET /api/v1/kinds HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /api");
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
    }
    expect_status(server, "GET /healthz HTTP/1.1\r\n" END, "200");
}

static void it_ends_at_once_though_connections_are_open(void **state)
{
    server_t *server = *state;
    int idle = connect_to(server), half = connect_to(server);
    say(half, "GET / HTTP/1.1\r\nHo");
    expect_status(server, "GET /healthz HTTP/1.1\r\n" END, "200");
    int64_t start_ms = zclock_mono();
    zactor_destroy(&server->actor);
    assert_true(zclock_mono() - start_ms < 1000);
    close(idle);
    close(half);
}

static void an_address_that_cannot_be_had_is_an_error_for_later(void **state)
{
    server_t *server = *state;
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", server->port);
    server_t second = {.store = server->store};
    err_t err = {0};
    assert_null(open_at(&second, taken, &err));
    assert_int_equal(err.action, ERR_RETRY);
    assert_non_null(strstr(err.text, taken));
}

static void without_a_store_it_does_not_open(void **state)
{
    server_t *server = *state;
    portal_settings_t settings = server->settings;
    settings.store = "/nonexistent";
    err_t err = {0};
    assert_null(portal_new(&settings, server->store->schema, &err));
    assert_int_equal(err.action, ERR_RETRY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_page_comes_with_its_guards),
        TEST(head_has_the_headers_of_get_and_no_body),
        TEST(a_connection_serves_several_requests),
        TEST(a_request_with_a_body_is_refused_without_reading_it),
        TEST(the_target_is_read_as_it_was_sent),
        TEST(too_long_an_address_is_told_so),
        TEST(visitors_who_hang_up_do_no_harm),
        TEST(it_ends_at_once_though_connections_are_open),
        TEST(an_address_that_cannot_be_had_is_an_error_for_later),
        TEST(without_a_store_it_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
