#include "node/portal/http/portal.h"

#include "broker/base/czmq.h"
#include "broker/base/fault.h"
#include "broker/base/moment.h"
#include "node/portal/http/guests.h"
#include "node/portal/site.h"
#include "node/settings.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MEMORY (16 * 1024) /* bytes for the headers of one request and of its answer */
#define IDLE_TIMEOUT_S 10
#define HEADER_MAX 8192
#define TICK_MS 1000             /* how often idle connections are looked for */
#define SEND_BUFFER (256 * 1024) /* what waits beyond it waits with us, where it is counted */

struct portal {
    portal_settings_t settings;
    site_t site;
    int listener; /* ours until the daemon has it, then -1 */
    int port;
    struct MHD_Daemon *daemon;
    guests_t *guests;
    zsock_t *pipe; /* the actor's; NULL before it runs */
    bool failed;   /* FAILED was sent: once is enough */
};

static const struct {
    const char *name, *value;
} HEADERS[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    /* Everything here is public and nobody is known by a cookie: any page may read it. */
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers", "ETag, Last-Modified, Link"},
    {"Vary", "Host, X-Forwarded-Proto"},
};

/* --- connections --- */

static enum MHD_Result admit(void *cls, const struct sockaddr *address, socklen_t size)
{
    (void)size;
    const portal_t *self = cls;
    return guests_admits(self->guests, address) ? MHD_YES : MHD_NO;
}

static guest_t *enter(portal_t *self, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *socket = MHD_get_connection_info(
                                       connection, MHD_CONNECTION_INFO_CONNECTION_FD),
                                   *address = MHD_get_connection_info(
                                       connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return guests_enter(self->guests, socket->connect_fd, address->client_addr,
                        moment_now().steady_ms);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **guest_p,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *guest_p = enter(cls, connection);
    else
        guests_leave(*guest_p);
}

static guest_t *guest_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* --- one request --- */

static void *begin_request(void *cls, const char *target, struct MHD_Connection *connection)
{
    (void)cls, (void)connection;
    return request_new(target);
}

static void end_request(void *cls, struct MHD_Connection *connection, void **request_p,
                        enum MHD_RequestTerminationCode how)
{
    (void)cls, (void)how;
    guests_ask(guest_of(connection), moment_now().steady_ms);
    request_t *request = *request_p;
    request_destroy(&request);
    *request_p = NULL;
}

static enum MHD_Result see_header(void *request, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    request_header(request, name, value);
    return MHD_YES;
}

static void add_header(struct MHD_Response *to, const char *name, const char *value)
{
    if (value && *value)
        MHD_add_response_header(to, name, value);
}

/* What the pages may do, and who may show them inside his own. */
static void add_policy(struct MHD_Response *to, const response_t *response)
{
    text_t policy;
    text_init(&policy, HEADER_MAX);
    text_add_format(&policy,
                    "default-src 'self'; frame-ancestors %s; base-uri 'none'; form-action 'self'",
                    response->ancestors.size ? response->ancestors.data : "'none'");
    add_header(to, "Content-Security-Policy", policy.data);
    text_free(&policy);
}

static struct MHD_Response *to_wire(response_t *response)
{
    size_t size = response->body.size;
    struct MHD_Response *wire =
        MHD_create_response_from_buffer(size, text_take(&response->body), MHD_RESPMEM_MUST_FREE);
    assert(wire);
    for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++)
        add_header(wire, HEADERS[i].name, HEADERS[i].value);
    add_policy(wire, response);
    add_header(wire, MHD_HTTP_HEADER_CONTENT_TYPE, response->type);
    add_header(wire, MHD_HTTP_HEADER_CACHE_CONTROL, response->cache);
    add_header(wire, MHD_HTTP_HEADER_ALLOW, response->allow);
    add_header(wire, MHD_HTTP_HEADER_ETAG, response->etag.data);
    add_header(wire, MHD_HTTP_HEADER_LAST_MODIFIED, response->modified.data);
    add_header(wire, MHD_HTTP_HEADER_LOCATION, response->location.data);
    add_header(wire, MHD_HTTP_HEADER_LINK, response->link.data);
    if (response->status == MHD_HTTP_NO_CONTENT) {
        add_header(wire, "Access-Control-Allow-Methods", response->allow);
        add_header(wire, "Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since");
        add_header(wire, "Access-Control-Max-Age", "86400");
    }
    add_header(wire, MHD_HTTP_HEADER_CONNECTION, response->close ? "close" : NULL);
    return wire;
}

/* A thread never ends by itself: main hears of the trouble and decides. */
static void report(portal_t *self, const err_t *err)
{
    if (self->failed || !self->pipe)
        return;
    self->failed = true;
    zstr_sendx(self->pipe, "FAILED", err->text, NULL);
}

static enum MHD_Result respond(portal_t *self, struct MHD_Connection *connection,
                               request_t *request)
{
    self->site.now_ms = moment_now().unix_ms;
    response_t response;
    response_init(&response);
    err_t err;
    if (site_answer(&self->site, request, &response, &err))
        report(self, &err);
    guests_answer(self->guests, guest_of(connection), response.body.size, moment_now().steady_ms);
    struct MHD_Response *wire = to_wire(&response);
    enum MHD_Result queued = MHD_queue_response(connection, response.status, wire);
    MHD_destroy_response(wire);
    response_free(&response);
    return queued;
}

/* libmicrohttpd calls this when the headers are read, and again when the request is whole; an
 * answer to the first call ends the connection. That is for requests with a body: it is refused
 * unread. */
static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request_p)
{
    (void)url, (void)version, (void)upload, (void)upload_size;
    request_t *request = *request_p;
    if (!request->begun) {
        request->begun = true;
        request->method = method;
        MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, request);
        if (!request->has_body)
            return MHD_YES;
    }
    return respond(cls, connection, request);
}

/* The target is decoded by request.c, and only there. */
static size_t leave_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls, (void)connection;
    return strlen(text);
}

/* --- opening --- */

static int no_listener(const char *listen, int error, err_t *err)
{
    return err_set(err, ERR_RETRY, "le portail ne peut pas écouter sur %s : %s", listen,
                   strerror(error));
}

static int listen_on(const struct addrinfo *address)
{
    int listener = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1, buffer = SEND_BUFFER;
    if (listener >= 0 && !setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)
        && !setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer)
        && !bind(listener, address->ai_addr, address->ai_addrlen) && !listen(listener, SOMAXCONN))
        return listener;
    int error = errno;
    if (listener >= 0)
        close(listener);
    errno = error;
    return -1;
}

static int bound_port(int listener)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    if (getsockname(listener, (struct sockaddr *)&name, &size))
        return 0;
    return ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                            : ((struct sockaddr_in *)&name)->sin_port);
}

static int open_listener(portal_t *self, err_t *err)
{
    const char *listen = self->settings.listen;
    char host[64], service[8];
    uint16_t port;
    if (!settings_split_listen(listen, host, &port))
        return err_set(err, ERR_REJECT, "« %s » n'est pas une adresse comme 127.0.0.1:8042",
                       listen);
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found;
    int rc = getaddrinfo(host, service, &hints, &found);
    if (rc)
        return err_set(err, ERR_RETRY, "le portail ne peut pas écouter sur %s : %s", listen,
                       gai_strerror(rc));
    self->listener = listen_on(found);
    int error = errno;
    freeaddrinfo(found);
    if (self->listener < 0)
        return no_listener(listen, error, err);
    self->port = bound_port(self->listener);
    return 0;
}

static int start_daemon(portal_t *self, err_t *err)
{
    self->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO, 0, admit, self, answer, self, MHD_OPTION_LISTEN_SOCKET,
        (MHD_socket)self->listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)GUESTS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, begin_request, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        self, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_END);
    if (!self->daemon)
        return err_set(err, ERR_STOP, "le portail ne démarre pas : %s", strerror(errno));
    self->listener = -1;
    return 0;
}

portal_t *portal_new(const portal_settings_t *settings, const schema_t *schema, err_t *err)
{
    portal_t *self = calloc(1, sizeof *self);
    assert(self);
    self->settings = *settings;
    self->listener = -1;
    self->guests = guests_new();
    if (site_open(&self->site, &self->settings, schema, err) || open_listener(self, err)
        || start_daemon(self, err))
        portal_destroy(&self);
    return self;
}

void portal_destroy(portal_t **self_p)
{
    portal_t *self = *self_p;
    if (!self)
        return;
    if (self->daemon)
        MHD_stop_daemon(self->daemon);
    if (self->listener >= 0)
        close(self->listener);
    guests_destroy(&self->guests);
    site_close(&self->site);
    free(self);
    *self_p = NULL;
}

int portal_port(const portal_t *self)
{
    return self->port;
}

/* --- the actor --- */

/* Does all there is to do: what is left without waiting for the network is a timeout of 0. */
static int serve(portal_t *self)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    do {
        if (MHD_run(self->daemon) != MHD_YES)
            report(self, &(err_t){ERR_STOP, "the web server's loop ended"});
    } while (!self->failed && MHD_get_timeout(self->daemon, &wait_ms) == MHD_YES && !wait_ms);
    return 0;
}

static int on_network(zloop_t *loop, zmq_pollitem_t *item, void *portal)
{
    (void)loop, (void)item;
    return serve(portal);
}

static int on_tick(zloop_t *loop, int timer, void *portal)
{
    (void)loop, (void)timer;
    HANG("portal.tick");
    guests_cut(((portal_t *)portal)->guests, moment_now().steady_ms);
    return serve(portal);
}

static int on_command(zloop_t *loop, zsock_t *pipe, void *portal)
{
    (void)loop, (void)portal;
    char *command = zstr_recv(pipe);
    bool end = !command || !strcmp(command, "$TERM");
    if (!end && !strcmp(command, "PING"))
        zstr_send(pipe, "PONG");
    zstr_free(&command);
    return end ? -1 : 0;
}

/* A visitor who hangs up while we write is none of the process's business. */
static void ignore_hang_ups(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void portal_actor(zsock_t *pipe, void *portal)
{
    portal_t *self = portal;
    self->pipe = pipe;
    ignore_hang_ups();
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    zmq_pollitem_t network = {.fd = info->epoll_fd, .events = ZMQ_POLLIN};
    zloop_t *loop = zloop_new();
    zloop_set_nonstop(loop, true);
    zloop_reader(loop, pipe, on_command, self);
    zloop_poller(loop, &network, on_network, self);
    zloop_timer(loop, TICK_MS, 0, on_tick, self);
    zsock_signal(pipe, 0);
    zloop_start(loop);
    zloop_destroy(&loop);
    portal_destroy(&self);
}
