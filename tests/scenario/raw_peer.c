/* raw_peer - a member that does not follow the protocol, for the scenarios.
 *
 *     raw_peer MEMBERS-FOLDER KEY-FILE BROKER-NAME ENDPOINT ACTION [ARGUMENT...]
 *
 * It connects as the owner of the key file would, does one thing, prints one line about what it saw
 * to standard output and ends with 0. It judges nothing: the scenario does. */
#include "broker/sync/member.h"
#include "schemas/head.h"
#include "schemas/pack.h"
#include "schemas/wire.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define PATIENCE_MS 3000 /* for an answer to what must be answered */
#define SILENCE_MS 1000  /* without a PONG: refused */
#define STRIKE_PAUSE_MS 30
#define UNREAD 10 /* messages that libzmq keeps for us: what we do not read stays with the broker */

typedef struct peer {
    void *context, *socket;
    secret_t secret;
    const char *endpoint;
    char broker_key[CURVE_KEY_SIZE];
    wire_decoder_t *decoder;
    text_t frame;
    char *received; /* the last message: what a wire_t points into */
} peer_t;

static void give_up(const char *what)
{
    fprintf(stderr, "raw_peer: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A connection more. */
static void *connected(const peer_t *self)
{
    void *socket = zmq_socket(self->context, ZMQ_DEALER);
    int unread = UNREAD, linger = 2000, receive_timeout = 100, send_timeout = 2000;
    zmq_setsockopt(socket, ZMQ_RCVHWM, &unread, sizeof unread);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &receive_timeout, sizeof receive_timeout);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &send_timeout, sizeof send_timeout);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, self->broker_key, CURVE_KEY_SIZE);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, self->secret.curve_public, CURVE_KEY_SIZE);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, self->secret.curve_secret, CURVE_KEY_SIZE);
    if (zmq_connect(socket, self->endpoint) != 0)
        give_up(self->endpoint);
    return socket;
}

static text_t *fresh(peer_t *self)
{
    text_clear(&self->frame);
    return &self->frame;
}

/* Blocks for a while when the broker takes nothing: false then. */
static bool send_bytes(peer_t *self, const void *bytes, size_t size, int flags)
{
    return zmq_send(self->socket, bytes, size, flags) == (int)size;
}

static bool send_frame(peer_t *self)
{
    return send_bytes(self, self->frame.data, self->frame.size, 0);
}

/* Waits until a message of that type comes; others are passed over, but a PING is answered. */
static bool receive(peer_t *self, wire_type_t type, int64_t within_ms, wire_t *wire)
{
    bool found = false;
    for (int64_t end = now_ms() + within_ms; !found && now_ms() < end;) {
        err_t err = {0};
        int size = zmq_recv(self->socket, self->received, WIRE_MAX_SIZE, 0);
        if (size < 0)
            continue;
        if (wire_decode(self->decoder, wire, self->received, (size_t)size, &err))
            continue;
        found = wire->type == type;
        if (wire->type == WIRE_PING) {
            wire_pong(fresh(self), wire->nonce);
            send_frame(self);
        }
    }
    return found;
}

static bool welcomed(peer_t *self)
{
    static const interest_t all = {"*", "*"};
    wire_t wire;
    wire_hello(fresh(self), "raw_peer", &all, 1);
    return send_frame(self) && receive(self, WIRE_WELCOME, PATIENCE_MS, &wire);
}

/* --- actions: what a scenario may ask for --- */

/* greet: is this key let in? */
static void greet(peer_t *self, char **arguments)
{
    (void)arguments;
    puts(welcomed(self) ? "welcome" : "silence");
}

/* crowd COUNT: so many connections of one member, all greeted. Says how many were welcomed, and stays. */
static void crowd(peer_t *self, char **arguments)
{
    long count = strtol(arguments[0], NULL, 10), welcome = 0;
    peer_t one = *self;
    for (long i = 0; i < count; i++) {
        one.socket = connected(self);
        welcome += welcomed(&one);
    }
    printf("welcome %ld\n", welcome);
    fflush(stdout);
    pause();
}

/* watch: says "pong" once it is let in, then "refused" when PINGs are no longer answered. */
static void watch(peer_t *self, char **arguments)
{
    (void)arguments;
    wire_t wire;
    puts(welcomed(self) ? "pong" : "silence");
    fflush(stdout);
    for (uint64_t nonce = 1;; nonce++) {
        wire_ping(fresh(self), nonce);
        if (!send_frame(self) || !receive(self, WIRE_PONG, SILENCE_MS, &wire))
            break;
    }
    puts("refused");
}

/* garbage COUNT: frames of random bytes, and good frames with random damage. */
static void garbage(peer_t *self, char **arguments)
{
    long count = strtol(arguments[0], NULL, 10), sent = 0;
    uint8_t bytes[4096];
    welcomed(self);
    for (long i = 0; i < count; i++) {
        size_t size = 1 + randombytes_uniform(sizeof bytes);
        randombytes_buf(bytes, size);
        if (i % 2) {
            wire_pull(fresh(self), "loire", "answer", 1, 0, true);
            size = 1 + randombytes_uniform((uint32_t)self->frame.size);
            memcpy(bytes, self->frame.data, size);
            bytes[randombytes_uniform((uint32_t)size)] ^= (uint8_t)(1 + randombytes_uniform(255));
        }
        sent += send_bytes(self, bytes, size, 0);
    }
    printf("sent %ld\n", sent);
}

/* bombs: small frames that declare what does not follow. */
static void bombs(peer_t *self, char **arguments)
{
    (void)arguments;
    static const struct {
        uint8_t bytes[16];
        size_t size;
    } all[] = {
        {{0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xff, 0x0a}, 7},
        {{0xdd, 0x07, 0xff, 0xff, 0xff}, 5},
        {{0x93, 0x01, 0x05, 0xdd, 0xff, 0xff, 0xff, 0xff}, 8},
        {{0x93, 0x01, 0x03, 0xc6, 0xff, 0xff, 0xff, 0xff}, 8},
    };
    welcomed(self);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        send_bytes(self, all[i].bytes, all[i].size, 0);
    puts("sent");
}

/* oversized SIZE: one frame. */
static void oversized(peer_t *self, char **arguments)
{
    size_t size = strtoul(arguments[0], NULL, 10);
    char *bytes = calloc(1, size);
    assert(bytes);
    welcomed(self);
    puts(send_bytes(self, bytes, size, 0) ? "sent" : "blocked");
    free(bytes);
}

/* multipart PARTS SIZE: one message. */
static void multipart(peer_t *self, char **arguments)
{
    long parts = strtol(arguments[0], NULL, 10);
    size_t size = strtoul(arguments[1], NULL, 10);
    char *bytes = calloc(1, size);
    assert(bytes);
    welcomed(self);
    bool sent = true;
    for (long i = 1; sent && i <= parts; i++)
        sent = send_bytes(self, bytes, size, i < parts ? ZMQ_SNDMORE : 0);
    puts(sent ? "sent" : "blocked");
    free(bytes);
}

static head_t forged_head(const peer_t *self, const char *hub, const char *kind)
{
    head_t head = {.life = UINT64_C(1) << 60, .seq = 1, .count = 1};
    snprintf(head.hub, sizeof head.hub, "%s", hub);
    snprintf(head.kind, sizeof head.kind, "%s", kind);
    head_sign(&head, self->secret.sign_secret);
    return head;
}

static void send_forged_batch(peer_t *self, const char *hub, const head_t *head)
{
    item_t item = {.seq = 1, .op = ITEM_DELETE, .sv = 1, .id = "forged"};
    text_t bytes;
    err_t err = {0};
    snprintf(item.hub, sizeof item.hub, "%s", hub);
    snprintf(item.kind, sizeof item.kind, "%s", head->kind);
    text_init(&bytes, ITEM_MAX_SIZE);
    if (item_encode(&item, &bytes, &err) == 0) {
        span_t span = {(const uint8_t *)bytes.data, bytes.size};
        wire_batch(fresh(self), head->hub, head->kind, 0, 1, &span, 1, head->bytes, head->size);
        send_frame(self);
    }
    text_free(&bytes);
}

/* forge HUB KIND: everything by which one could publish under another's name, each once. */
static void forge(peer_t *self, char **arguments)
{
    const char *victim = arguments[0], *kind = arguments[1];
    head_t others = forged_head(self, victim, kind);
    head_t own = forged_head(self, self->secret.name, kind);
    head_t damaged = own;
    damaged.bytes[damaged.size - 1] ^= 1;
    const head_t *heads[] = {&others, &own, &damaged};

    puts(welcomed(self) ? "welcome" : "silence");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        send_forged_batch(self, victim, heads[i]);
        send_forged_batch(self, self->secret.name, heads[i]);
        if (heads[i] == &own)
            continue; /* an honest announcement, were it followed by an honest batch */
        wire_head(fresh(self), heads[i]->bytes, heads[i]->size);
        send_frame(self);
    }
    wire_t wire;
    if (receive(self, WIRE_ERR, PATIENCE_MS, &wire))
        printf("refused with %d\n", (int)wire.code);
}

/* replay HEAD: another hub's own genuine head, in hex. Only its owner may show it to a broker. */
static void replay(peer_t *self, char **arguments)
{
    uint8_t head[HEAD_MAX_SIZE];
    size_t size = 0;
    wire_t wire;
    if (sodium_hex2bin(head, sizeof head, arguments[0], strlen(arguments[0]), NULL, &size, NULL))
        give_up("the head is not hex");
    puts(welcomed(self) ? "welcome" : "silence");
    wire_head(fresh(self), head, size);
    send_frame(self);
    if (receive(self, WIRE_ERR, PATIENCE_MS, &wire))
        printf("refused with %d\n", (int)wire.code);
}

/* One field of a head changed, so that it says something else. */
static void change_hub(head_t *head)
{
    snprintf(head->hub, sizeof head->hub, "rhone");
}

static void change_kind(head_t *head)
{
    snprintf(head->kind, sizeof head->kind, "event");
}

static void change_life(head_t *head)
{
    head->life++;
}

static void change_seq(head_t *head)
{
    head->seq++;
}

static void change_beat(head_t *head)
{
    head->beat++;
}

static void change_count(head_t *head)
{
    head->count++;
}

static void change_root(head_t *head)
{
    head->root[0] ^= 1;
}

static void change_nothing(head_t *head)
{
    (void)head;
}

static const struct {
    const char *name;
    void (*change)(head_t *head);
} FIELDS[] = {
    {"hub", change_hub},   {"kind", change_kind},   {"life", change_life},
    {"seq", change_seq},   {"beat", change_beat},   {"count", change_count},
    {"root", change_root}, {"key", change_nothing}, {"name", NULL},
};

/* What came back for the message just sent; strikes are spread so that their number refuses nobody. */
static void tell_refusal(peer_t *self, const char *field, const char *how)
{
    wire_t wire;
    bool refused = receive(self, WIRE_ERR, PATIENCE_MS, &wire);
    printf("%s %s %d\n", field, how, refused ? (int)wire.code : 0);
    nanosleep(&(struct timespec){.tv_nsec = STRIKE_PAUSE_MS * 1000000}, NULL);
}

/* fields HEAD: another hub's genuine head, in hex, with each field changed in turn: under its own
 * signature, and signed by us. As a HEAD and as the head of a BATCH. */
static void fields(peer_t *self, char **arguments)
{
    uint8_t bytes[HEAD_MAX_SIZE];
    size_t size = 0;
    head_t genuine;
    err_t err = {0};
    if (sodium_hex2bin(bytes, sizeof bytes, arguments[0], strlen(arguments[0]), NULL, &size, NULL)
        || head_decode(&genuine, bytes, size, &err))
        give_up("that is no head");
    puts(welcomed(self) ? "welcome" : "silence");
    for (size_t i = 0; i < 2 * sizeof FIELDS / sizeof *FIELDS; i++) {
        const char *field = FIELDS[i / 2].name;
        bool ours = i % 2;
        head_t head = genuine;
        if (FIELDS[i / 2].change)
            FIELDS[i / 2].change(&head);
        else
            snprintf(head.hub, sizeof head.hub, "%s", self->secret.name);
        head_sign(&head, self->secret.sign_secret);
        if (!ours)
            memcpy(head.bytes + head.size - crypto_sign_BYTES,
                   genuine.bytes + genuine.size - crypto_sign_BYTES, crypto_sign_BYTES);
        if (ours && !FIELDS[i / 2].change)
            continue; /* our own name under our own signature is no forgery */
        wire_head(fresh(self), head.bytes, head.size);
        send_frame(self);
        tell_refusal(self, field, ours ? "signed" : "changed");
    }
}

/* hoard HUB KIND COUNT: asks for the same again and again and reads nothing; stays until it is killed. */
static void hoard(peer_t *self, char **arguments)
{
    long count = strtol(arguments[2], NULL, 10), sent = 0;
    puts(welcomed(self) ? "welcome" : "silence");
    for (long i = 0; i < count; i++) {
        wire_pull(fresh(self), arguments[0], arguments[1], 1, 0, true);
        sent += send_frame(self);
    }
    printf("sent %ld\n", sent);
    fflush(stdout);
    pause();
}

/* slowly HUB KIND COUNT PAUSE-MS: asks for the same so many times and reads an answer each pause. Says how
 * many came: an answer that was put off is not one that was lost. */
static void slowly(peer_t *self, char **arguments)
{
    long count = strtol(arguments[2], NULL, 10), pause_ms = strtol(arguments[3], NULL, 10);
    long batches = 0;
    wire_t wire;
    puts(welcomed(self) ? "welcome" : "silence");
    wire_pull(fresh(self), arguments[0], arguments[1], 1, 0, true);
    for (long i = 0; i < count; i++) {
        send_frame(self);
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000}, NULL);
        batches += receive(self, WIRE_BATCH, PATIENCE_MS, &wire);
        wire_pull(fresh(self), arguments[0], arguments[1], 1, 0, true);
    }
    printf("batches %ld\n", batches);
}

static void say_batch(const wire_t *batch)
{
    printf("batch %" PRIu64 " %" PRIu64 " %zu\n", batch->after, batch->upto, batch->item_count);
    fflush(stdout);
}

/* follow HUB KIND PAUSE-MS: pulls as a subscriber does, with a pause after each answer, of which it says
 * AFTER, UPTO and how many records. Stays until it is killed, and hears whatever else it is sent. */
static void follow(peer_t *self, char **arguments)
{
    long pause_ms = strtol(arguments[2], NULL, 10);
    uint64_t life = 0, after = 0;
    puts(welcomed(self) ? "welcome" : "silence");
    for (;;) {
        head_t head;
        wire_t wire;
        wire_pull(fresh(self), arguments[0], arguments[1], life, after, !life);
        send_frame(self);
        while (!receive(self, WIRE_BATCH, PATIENCE_MS, &wire))
            fflush(stdout);
        say_batch(&wire);
        if (head_decode(&head, wire.head.data, wire.head.size, NULL))
            give_up("a batch without a head");
        life = head.life;
        after = wire.upto;
        nanosleep(&(struct timespec){pause_ms / 1000, pause_ms % 1000 * 1000000}, NULL);
    }
}

/* The items of a file, one a line in hex, into *bytes and spans; gives how many. */
static size_t read_items(const char *path, text_t *bytes, span_t spans[BATCH_MAX_ITEMS])
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0, count = 0, offsets[BATCH_MAX_ITEMS + 1] = {0};
    while (file && count < BATCH_MAX_ITEMS && getline(&line, &capacity, file) > 0) {
        uint8_t item[2 * ITEM_MAX_SIZE];
        size_t size = 0;
        if (sodium_hex2bin(item, sizeof item, line, strcspn(line, "\n"), NULL, &size, NULL))
            give_up("an item is not hex, or too long");
        text_add(bytes, (const char *)item, size);
        offsets[++count] = bytes->size;
    }
    for (size_t i = 0; i < count; i++)
        spans[i] = (span_t){(const uint8_t *)bytes->data + offsets[i], offsets[i + 1] - offsets[i]};
    free(line);
    if (!file || fclose(file) != 0)
        give_up(path);
    return count;
}

/* A BATCH as wire_batch writes it, which would not write one with an item beyond the limit. */
static void write_batch(text_t *out, const head_t *head, uint64_t after, const span_t *items,
                        size_t count)
{
    msgpack_packer packer;
    pack_into_text(&packer, out);
    msgpack_pack_array(&packer, 8);
    msgpack_pack_int(&packer, WIRE_PROTOCOL);
    msgpack_pack_int(&packer, WIRE_BATCH);
    pack_string(&packer, head->hub);
    pack_string(&packer, head->kind);
    msgpack_pack_uint64(&packer, after);
    msgpack_pack_uint64(&packer, head->seq);
    msgpack_pack_array(&packer, count);
    for (size_t i = 0; i < count; i++)
        pack_bin(&packer, items[i].data, items[i].size);
    pack_bin(&packer, head->bytes, head->size);
}

/* publish LIFE KIND ROOT FILE: a stream of its own with these items, which nobody looked at before. LIFE 0
 * is that of the clock; ROOT, in hex, is theirs. */
static void publish(peer_t *self, char **arguments)
{
    span_t spans[BATCH_MAX_ITEMS];
    text_t bytes;
    wire_t wire;
    size_t size = 0;
    text_init(&bytes, BATCH_MAX_SIZE);
    size_t count = read_items(arguments[3], &bytes, spans);
    head_t head = {.life = strtoull(arguments[0], NULL, 10), .seq = count, .count = count};
    if (!head.life)
        head.life = (uint64_t)time(NULL) << 20 | randombytes_uniform(1 << 20);
    snprintf(head.hub, sizeof head.hub, "%s", self->secret.name);
    snprintf(head.kind, sizeof head.kind, "%s", arguments[1]);
    if (sodium_hex2bin(head.root, HASH_SIZE, arguments[2], strlen(arguments[2]), NULL, &size, NULL))
        give_up("the root is not hex");
    head_sign(&head, self->secret.sign_secret);
    puts(welcomed(self) ? "welcome" : "silence");
    wire_head(fresh(self), head.bytes, head.size);
    send_frame(self);
    while (receive(self, WIRE_PULL, SILENCE_MS, &wire)) {
        if (strcmp(wire.kind, head.kind) != 0 || wire.after >= count)
            continue;
        write_batch(fresh(self), &head, wire.after, spans + wire.after, count - wire.after);
        send_frame(self);
        puts("published");
    }
    text_free(&bytes);
}

static const struct {
    const char *name;
    int arguments;
    void (*act)(peer_t *self, char **arguments);
} ACTIONS[] = {
    {"greet", 0, greet},   {"watch", 0, watch},         {"garbage", 1, garbage},
    {"bombs", 0, bombs},   {"oversized", 1, oversized}, {"multipart", 2, multipart},
    {"forge", 2, forge},   {"replay", 1, replay},       {"fields", 1, fields},
    {"follow", 3, follow}, {"hoard", 3, hoard},         {"publish", 4, publish},
    {"slowly", 4, slowly}, {"crowd", 1, crowd},
};

static void connect_as(peer_t *self, const char *folder, const char *key, const char *broker,
                       const char *endpoint)
{
    findings_t findings = {0};
    members_t *members = members_load(folder, &findings);
    const member_t *server = members ? members_find(members, broker) : NULL;
    if (!server || secret_load(&self->secret, key, &findings) != 0)
        give_up("keys or members cannot be read");
    text_init(&self->frame, WIRE_MAX_SIZE);
    self->received = malloc(WIRE_MAX_SIZE);
    assert(self->received);
    self->decoder = wire_decoder_new();
    self->context = zmq_ctx_new();
    self->endpoint = endpoint;
    memcpy(self->broker_key, server->curve[0], CURVE_KEY_SIZE);
    self->socket = connected(self);
    members_destroy(&members);
    findings_free(&findings);
}

int main(int count, char **words)
{
    if (sodium_init() < 0 || count < 6)
        give_up("MEMBERS-FOLDER KEY-FILE BROKER-NAME ENDPOINT ACTION [ARGUMENT...]");
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(words[5], ACTIONS[i].name) != 0 || count != 6 + ACTIONS[i].arguments)
            continue;
        peer_t self = {0};
        connect_as(&self, words[1], words[2], words[3], words[4]);
        ACTIONS[i].act(&self, words + 6);
        zmq_close(self.socket);
        zmq_ctx_term(self.context);
        wire_decoder_destroy(&self.decoder);
        text_free(&self.frame);
        free(self.received);
        secret_wipe(&self.secret);
        return 0;
    }
    give_up("no such action, or wrong number of arguments");
}
