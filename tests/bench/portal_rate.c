/* portal_rate - how many answers a second one web server gives on this machine.
 *
 *     bench_portal_rate PORT PATH SECONDS [HEADER]
 *
 * CONNECTIONS stay open, each with one request under way. A "%d" in PATH becomes a number that is another in every
 * request, so that no cache helps; HEADER is one more line, such as 'If-None-Match: "x"'. Prints one
 * line of JSON: {"answered", "seconds", "status", "bytes"}; ends with 1 when a status differs from the first. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 16
#define ANSWER_MAX (4 << 20)

typedef struct line {
    int socket;
    char *answer; /* what came so far, and a NUL */
    size_t size;
    size_t wanted; /* bytes of the whole answer; 0 while its headers are not all there */
} line_t;

typedef struct rate {
    int port;
    const char *path, *header;
    long asked, answered, status;
    size_t bytes;
} rate_t;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void open_line(line_t *line, int port)
{
    int yes = 1;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    line->socket = socket(AF_INET, SOCK_STREAM, 0);
    line->answer = malloc(ANSWER_MAX + 1);
    assert(line->answer);
    if (line->socket < 0 || connect(line->socket, (struct sockaddr *)&to, sizeof to))
        fail("connect");
    setsockopt(line->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* The path with the number in place of "%d"; cut to the buffer, which is larger than any we ask. */
static void write_path(const rate_t *self, char *out, size_t size)
{
    const char *mark = strstr(self->path, "%d");
    if (!mark)
        snprintf(out, size, "%s", self->path);
    else
        snprintf(out, size, "%.*s%ld%s", (int)(mark - self->path), self->path, self->asked,
                 mark + 2);
}

static void ask(rate_t *self, line_t *line)
{
    char path[1024], request[2048];
    write_path(self, path, sizeof path);
    int size =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s\r\n", path,
                 self->port, self->header, *self->header ? "\r\n" : "");
    assert(size > 0 && (size_t)size < sizeof request);
    if (send(line->socket, request, (size_t)size, MSG_NOSIGNAL) != size)
        fail("send");
    self->asked++;
    line->size = line->wanted = 0;
}

static void read_head(rate_t *self, line_t *line)
{
    char *end = strstr(line->answer, "\r\n\r\n");
    if (!end)
        return;
    const char *length = strcasestr(line->answer, "\r\nContent-Length:");
    long status = strtol(line->answer + strlen("HTTP/1.1 "), NULL, 10);
    if (self->answered && status != self->status) {
        fprintf(stderr, "%ld after %ld\n", status, self->status);
        exit(1);
    }
    self->status = status;
    line->wanted = (size_t)(end - line->answer) + 4;
    if (length && length < end && status != 304)
        line->wanted += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    assert(line->wanted <= ANSWER_MAX);
}

static void hear(rate_t *self, line_t *line)
{
    ssize_t size = recv(line->socket, line->answer + line->size, ANSWER_MAX - line->size, 0);
    if (size <= 0)
        fail("recv");
    line->size += (size_t)size;
    line->answer[line->size] = 0;
    if (!line->wanted)
        read_head(self, line);
    if (!line->wanted || line->size < line->wanted)
        return;
    self->answered++;
    self->bytes = line->wanted;
    ask(self, line);
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: bench_portal_rate PORT PATH SECONDS [HEADER]\n");
        return 2;
    }
    rate_t self = {
        .port = (int)strtol(argv[1], NULL, 10), .path = argv[2], .header = argc > 4 ? argv[4] : ""};
    double seconds = strtod(argv[3], NULL);
    line_t lines[CONNECTIONS] = {0};
    struct pollfd polled[CONNECTIONS];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        open_line(&lines[i], self.port);
        polled[i] = (struct pollfd){.fd = lines[i].socket, .events = POLLIN};
        ask(&self, &lines[i]);
    }
    double start = now_s(), now;
    while ((now = now_s()) - start < seconds) {
        if (poll(polled, CONNECTIONS, 1000) <= 0)
            fail("poll");
        for (size_t i = 0; i < CONNECTIONS; i++)
            if (polled[i].revents)
                hear(&self, &lines[i]);
    }
    printf("{\"answered\": %ld, \"seconds\": %.6f, \"status\": %ld, \"bytes\": %zu}\n",
           self.answered, now - start, self.status, self.bytes);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        close(lines[i].socket);
        free(lines[i].answer);
    }
    return 0;
}
