/* raw - what the libraries below us do at best with the records of the bench, on this machine.
 *
 *     bench_raw FOLDER
 *
 * Prints one JSON object. FOLDER is where SQLite writes: the same disk as the daemons of the bench. */
#include "broker/base/database.h"
#include "schemas/head.h"
#include "schemas/item.h"
#include "tests/bench/clock.h"
#include "tests/bench/records.h"

#include <assert.h>
#include <limits.h>
#include <msgpack.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define RECORDS 20000
#define UPSERTS (3 * RECORDS) /* each record once new and twice again */
#define TRANSACTION 5000
#define SENT 100000 /* records carried by each kind of message */
#define PACK 100    /* records in a large message */
#define SIGNATURES 2000

typedef struct load {
    change_t *changes;
    size_t count, bytes;
} load_t;

static void give_up(const char *what)
{
    fprintf(stderr, "bench_raw: %s\n", what);
    exit(1);
}

static double per_s(size_t count, int64_t start)
{
    return (double)count / seconds_since(start);
}

/* ---- SQLite ---- */

static void put(sqlite3_stmt *statement, const change_t *change, int64_t seq)
{
    err_t err;
    sqlite3_bind_text(statement, 1, change->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, seq);
    sqlite3_bind_blob(statement, 3, change->body, (int)change->body_size, SQLITE_STATIC);
    if (database_run(statement, "upsert", &err))
        give_up(err.text);
}

/* One table, one index, the settings of a receiving node. */
static double upserts(const load_t *load, const char *folder)
{
    char path[PATH_MAX];
    err_t err;
    snprintf(path, sizeof path, "%s/raw.db", folder);
    sqlite3 *db = database_open(path, DATABASE_CACHE, &err);
    if (!db
        || database_execute(db,
                            "CREATE TABLE record(id TEXT UNIQUE NOT NULL, seq INTEGER NOT NULL,"
                            " body BLOB NOT NULL)",
                            "create", &err))
        give_up(err.text);
    sqlite3_stmt *statement =
        database_prepare(db,
                         "INSERT INTO record VALUES(?1, ?2, ?3)"
                         " ON CONFLICT(id) DO UPDATE SET seq = excluded.seq, body = excluded.body",
                         &err);
    assert(statement);
    int64_t start = steady_ns();
    for (size_t i = 0; i < UPSERTS; i++) {
        if (i % TRANSACTION == 0 && database_begin(db, &err))
            give_up(err.text);
        put(statement, &load->changes[i % load->count], (int64_t)i);
        if ((i + 1) % TRANSACTION == 0 && database_commit(db, &err))
            give_up(err.text);
    }
    double result = per_s(UPSERTS, start);
    sqlite3_finalize(statement);
    database_close(db);
    return result;
}

/* ---- libzmq ---- */

/* The receiving end: counts bytes until all have come. */
typedef struct receiver {
    void *socket;
    size_t expected;
} receiver_t;

static void *receive(void *argument)
{
    receiver_t *self = argument;
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (size_t got = 0; got < self->expected; got += zmq_msg_size(&message))
        if (zmq_msg_recv(&message, self->socket, 0) < 0)
            give_up("libzmq stopped receiving");
    zmq_msg_close(&message);
    return NULL;
}

static void secure(void *server, void *client)
{
    char server_public[41], server_secret[41], public_key[41], secret_key[41];
    int on = 1;
    if (zmq_curve_keypair(server_public, server_secret)
        || zmq_curve_keypair(public_key, secret_key))
        give_up("libzmq has no CURVE");
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_secret, sizeof server_secret);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server_public, sizeof server_public);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, public_key, sizeof public_key);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, secret_key, sizeof secret_key);
}

/* Records a second over TCP, `pack` of them in a message. */
static double messages(const load_t *load, size_t pack, bool curve)
{
    char place[64];
    size_t place_size = sizeof place;
    size_t size = load->bytes / load->count * pack, count = SENT / pack;
    char *bytes = calloc(1, size);
    void *context = zmq_ctx_new(), *from = zmq_socket(context, ZMQ_PUSH);
    void *other = zmq_ctx_new(), *to = zmq_socket(other, ZMQ_PULL);
    if (curve)
        secure(to, from);
    if (zmq_bind(to, "tcp://127.0.0.1:*")
        || zmq_getsockopt(to, ZMQ_LAST_ENDPOINT, place, &place_size) || zmq_connect(from, place))
        give_up("libzmq cannot connect");
    zmq_send(from, bytes, 1, 0); /* the handshake is not measured */
    char first;
    zmq_recv(to, &first, 1, 0);
    receiver_t receiver = {to, size * count};
    pthread_t thread;
    int64_t start = steady_ns();
    if (pthread_create(&thread, NULL, receive, &receiver))
        give_up("no thread");
    for (size_t i = 0; i < count; i++)
        zmq_send(from, bytes, size, 0);
    pthread_join(thread, NULL);
    double result = per_s(SENT, start);
    zmq_close(from);
    zmq_close(to);
    zmq_ctx_term(context);
    zmq_ctx_term(other);
    free(bytes);
    return result;
}

/* ---- libsodium, msgpack-c ---- */

static double hashed_mb(const load_t *load)
{
    uint8_t leaf[HASH_SIZE];
    int64_t start = steady_ns();
    for (size_t i = 0; i < load->count; i++)
        item_leaf(load->changes[i].body, load->changes[i].body_size, leaf);
    return per_s(load->bytes, start) / 1e6;
}

static void signatures(double *sign, double *verify)
{
    uint8_t public_key[SIGN_PUBLIC_SIZE], secret_key[SIGN_SECRET_SIZE];
    head_t head = {.hub = "loire", .kind = "provider", .life = 1, .count = RECORDS};
    crypto_sign_keypair(public_key, secret_key);
    int64_t start = steady_ns();
    for (head.seq = 0; head.seq < SIGNATURES; head.seq++)
        head_sign(&head, secret_key);
    *sign = per_s(SIGNATURES, start);
    start = steady_ns();
    for (int i = 0; i < SIGNATURES; i++)
        if (!head_verify(&head, public_key))
            give_up("a signature does not verify");
    *verify = per_s(SIGNATURES, start);
}

static double unpacked(const load_t *load)
{
    msgpack_unpacked object;
    msgpack_unpacked_init(&object);
    int64_t start = steady_ns();
    for (size_t i = 0; i < load->count; i++)
        if (msgpack_unpack_next(&object, (const char *)load->changes[i].body,
                                load->changes[i].body_size, NULL)
            != MSGPACK_UNPACK_SUCCESS)
            give_up("a body is not msgpack");
    double result = per_s(load->count, start);
    msgpack_unpacked_destroy(&object);
    return result;
}

int main(int count, char **words)
{
    if (count != 2 || sodium_init() < 0)
        give_up("FOLDER");
    records_t *records = records_new();
    load_t load = {.changes = records_changes(records, 0, RECORDS, 1), .count = RECORDS};
    for (size_t i = 0; i < load.count; i++)
        load.bytes += load.changes[i].body_size;
    double sign, verify;
    signatures(&sign, &verify);
    printf("{\"record_bytes\": %zu, \"raw_sqlite_per_s\": %.0f, ", load.bytes / load.count,
           upserts(&load, words[1]));
    printf("\"raw_zmq_1_per_s\": %.0f, \"raw_zmq_100_per_s\": %.0f, ", messages(&load, 1, false),
           messages(&load, PACK, false));
    printf("\"raw_curve_1_per_s\": %.0f, \"raw_curve_100_per_s\": %.0f, ", messages(&load, 1, true),
           messages(&load, PACK, true));
    printf("\"raw_blake2b_mb_per_s\": %.0f, \"raw_msgpack_per_s\": %.0f, ", hashed_mb(&load),
           unpacked(&load));
    printf("\"raw_sign_per_s\": %.0f, \"raw_verify_per_s\": %.0f}\n", sign, verify);
    changes_free(&load.changes, load.count);
    records_destroy(&records);
    return 0;
}
