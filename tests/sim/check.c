/* A version is an item's bytes, a state the set of versions that a hub held at a (life, seq). The ledger
 * has both from the hubs' own stores, and for each version the one it replaced. So:
 *
 *   I1 I6  what a sink shows at a head's (life, seq) is the state that the hub had there
 *   I2     a (life, seq) is given to one version
 *   I3     the cursor is where the rows say
 *   I4     a BATCH after another seq than the cursor changes nothing
 *   I5 I7  in the end each sink shows the state of the hub
 *   I8     and each version that was saved is there, or replaced by one made from it, or displaced
 *   I9     what is shown and known never goes back; who is not READY publishes nothing
 *   I10    a BATCH answers a PULL, and a PULL is answered by one BATCH
 *   I13    what observers keep is what the items say
 *   I17    who becomes READY has what a broker showed meanwhile; no broker lets go of what only it holds */
#include "tests/sim/check.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE 4096 /* of a hash table; a history has some hundred entries */
#define TOLD_MAX 256
#define WATCHED_MAX (HUBS_MAX * KINDS)

typedef struct version {
    uint64_t hash, before; /* 0: the record's first */
    char kind[NAME_SIZE], id[ID_SIZE], hub[NAME_SIZE];
    uint64_t seq;
    int machine;
    unsigned losses; /* of its machine's disk, when it was made */
    bool deletion;
    bool saved;
} version_t;

typedef struct entry {
    uint64_t key; /* 0: free */
    uint64_t value;
} entry_t;

struct ledger {
    version_t *versions;
    size_t count, capacity;
    entry_t by_hash[TABLE_SIZE]; /* version -> its place above, plus one */
    entry_t states[TABLE_SIZE];  /* (hub, kind, life, seq) -> digest */
    entry_t given[TABLE_SIZE];   /* (hub, kind, life, seq) -> version */
    entry_t lives[TABLE_SIZE];   /* (hub, life) -> machine, plus one */
};

/* What a sink showed last of a stream. */
typedef struct shown {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    uint64_t life, seq, known_life;
    uint64_t *versions; /* brokers: what it held */
    size_t count;
} shown_t;

/* A head of its own that a hub was shown. */
typedef struct told {
    peer_t session;
    int broker;
    char kind[NAME_SIZE];
    uint64_t life, seq;
} told_t;

struct watch {
    shown_t shown[WATCHED_MAX];
    size_t shown_count;
    told_t told[TOLD_MAX]; /* of a hub */
    size_t told_count;
    peer_t first_session; /* of this run */
    uint64_t life;
    size_t displaced;
};

/* ---- the ledger ---- */

ledger_t *ledger_new(void)
{
    ledger_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void ledger_destroy(ledger_t **self_p)
{
    if (*self_p)
        free((*self_p)->versions);
    free(*self_p);
    *self_p = NULL;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_bytes(const void *bytes, size_t size)
{
    uint64_t hash = size + 1;
    const uint8_t *at = bytes;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = mix(hash, word);
    }
    uint64_t last = 0;
    memcpy(&last, at, size);
    hash = mix(mix(hash, last), 1);
    return hash ? hash : 1;
}

static uint64_t state_key(const char *hub, const char *kind, uint64_t life, uint64_t seq)
{
    uint64_t key = mix(hash_bytes(hub, strlen(hub)), hash_bytes(kind, strlen(kind)));
    key = mix(mix(key, life), seq);
    return key ? key : 1;
}

static uint64_t life_key(const char *hub, uint64_t life)
{
    return state_key(hub, "", life, 0);
}

/* The entry of a key; a free one when it is not there. */
static entry_t *entry_of(entry_t *table, uint64_t key)
{
    size_t at = key % TABLE_SIZE;
    for (size_t tries = 0; table[at].key && table[at].key != key; at = (at + 1) % TABLE_SIZE)
        assert(++tries < TABLE_SIZE);
    return &table[at];
}

static uint64_t find(entry_t *table, uint64_t key)
{
    return entry_of(table, key)->value;
}

static void put(entry_t *table, uint64_t key, uint64_t value)
{
    *entry_of(table, key) = (entry_t){key, value};
}

static version_t *version_of(const ledger_t *self, uint64_t hash)
{
    uint64_t at = hash ? find((entry_t *)self->by_hash, hash) : 0;
    return at ? &self->versions[at - 1] : NULL;
}

/* Is `version` the one with that hash, or one that came before it on the same line? */
static bool comes_from(const ledger_t *self, uint64_t hash, const version_t *version)
{
    for (const version_t *at = version_of(self, hash); at; at = version_of(self, at->before))
        if (at == version)
            return true;
    return false;
}

/* ---- reading stores ---- */

static const char ALL_BYTES[] = "SELECT bytes FROM item WHERE stream = ?1";

static uint64_t column_hash(sqlite3_stmt *row, int column)
{
    return hash_bytes(sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));
}

/* The sum of the versions held: a set has one digest, in whatever order it is read. */
static uint64_t digest(const machine_t *machine, const stream_t *stream)
{
    sqlite3_stmt *row = disk_statement(machine->disk, ALL_BYTES);
    sqlite3_bind_int64(row, 1, stream->number);
    uint64_t sum = 1;
    while (sqlite3_step(row) == SQLITE_ROW)
        sum += column_hash(row, 0);
    sqlite3_reset(row);
    return sum ? sum : 1;
}

static int64_t number(const machine_t *machine, const char *sql, int64_t stream)
{
    sqlite3_stmt *row = disk_statement(machine->disk, sql);
    sqlite3_bind_int64(row, 1, stream);
    int64_t value = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return value;
}

uint64_t check_version(const machine_t *hub, const stream_t *stream, const char *id)
{
    sqlite3_stmt *row = disk_statement(
        hub->disk, "SELECT bytes FROM item WHERE stream = ?1 AND bucket = ?2 AND id = ?3");
    sqlite3_bind_int64(row, 1, stream->number);
    sqlite3_bind_int(row, 2, item_bucket(id));
    sqlite3_bind_text(row, 3, id, -1, SQLITE_STATIC);
    uint64_t hash = sqlite3_step(row) == SQLITE_ROW ? column_hash(row, 0) : 0;
    sqlite3_reset(row);
    return hash;
}

/* ---- what hubs give ---- */

uint64_t check_made(world_t *world, const machine_t *hub, const stream_t *stream, const char *id,
                    bool deletion, uint64_t before)
{
    ledger_t *ledger = world->ledger;
    uint64_t hash = check_version(hub, stream, id);
    if (version_of(ledger, hash)) /* a copy made the very same one */
        return hash;
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? 2 * ledger->capacity : 256;
        ledger->versions = realloc(ledger->versions, ledger->capacity * sizeof *ledger->versions);
        assert(ledger->versions);
    }
    version_t *version = &ledger->versions[ledger->count++];
    *version = (version_t){.hash = hash,
                           .before = before,
                           .seq = stream->seq,
                           .machine = world_number(world, hub),
                           .losses = hub->losses,
                           .deletion = deletion};
    snprintf(version->hub, sizeof version->hub, "%s", stream->hub);
    snprintf(version->kind, sizeof version->kind, "%s", stream->kind);
    snprintf(version->id, sizeof version->id, "%s", id);
    put(ledger->by_hash, hash, ledger->count);
    return hash;
}

void check_saved(world_t *world, const machine_t *hub, const stream_t *stream, uint64_t seq,
                 uint64_t version)
{
    ledger_t *ledger = world->ledger;
    uint64_t key = state_key(stream->hub, stream->kind, stream->life, seq);
    uint64_t other = find(ledger->given, key);
    if (other && other != version)
        world_fail(world, "I2: %s (%d) gave (%lu, %lu) of %s twice", hub->name,
                   world_number(world, hub), stream->life, seq, stream->kind);
    put(ledger->given, key, version);
    version_of(ledger, version)->saved = true;
}

/* ---- what is remembered of a machine ---- */

static struct watch *watch_of(machine_t *machine)
{
    if (!machine->watch)
        machine->watch = calloc(1, sizeof *machine->watch);
    assert(machine->watch);
    return machine->watch;
}

void check_forget(machine_t *machine)
{
    struct watch *watch = watch_of(machine);
    for (size_t i = 0; i < watch->shown_count; i++)
        free(watch->shown[i].versions);
    *watch = (struct watch){0};
}

void check_end(machine_t *machine)
{
    if (machine->watch)
        check_forget(machine);
    free(machine->watch);
    machine->watch = NULL;
}

static shown_t *shown_of(machine_t *machine, const stream_t *stream)
{
    struct watch *watch = watch_of(machine);
    for (size_t i = 0; i < watch->shown_count; i++) {
        shown_t *shown = &watch->shown[i];
        if (!strcmp(shown->hub, stream->hub) && !strcmp(shown->kind, stream->kind))
            return shown;
    }
    assert(watch->shown_count < WATCHED_MAX);
    shown_t *shown = &watch->shown[watch->shown_count++];
    *shown = (shown_t){0};
    snprintf(shown->hub, sizeof shown->hub, "%s", stream->hub);
    snprintf(shown->kind, sizeof shown->kind, "%s", stream->kind);
    return shown;
}

/* ---- what a sink shows ---- */

static void check_proof(world_t *world, const machine_t *machine, const stream_t *stream)
{
    uint64_t held = digest(machine, stream);
    uint64_t expected =
        stream->head.life
            ? find(world->ledger->states,
                   state_key(stream->hub, stream->kind, stream->head.life, stream->head.seq))
            : 1;
    if (!expected)
        world_fail(world, "I1: %s shows (%lu, %lu) of %s/%s, which its hub never was at",
                   machine->name, stream->head.life, stream->head.seq, stream->hub, stream->kind);
    else if (held != expected)
        world_fail(world, "I1, I6: %s shows other records of %s/%s than its hub had at (%lu, %lu)",
                   machine->name, stream->hub, stream->kind, stream->head.life, stream->head.seq);
}

static void check_cursor(world_t *world, const machine_t *machine, const stream_t *stream)
{
    sqlite3_stmt *row = disk_statement(
        machine->disk, "SELECT cursor, (SELECT count(*) FROM staged WHERE stream = ?1),"
                       " (SELECT max(seq) FROM staged WHERE stream = ?1)"
                       " FROM stream WHERE stream = ?1");
    sqlite3_bind_int64(row, 1, stream->number);
    sqlite3_step(row);
    uint64_t stored = (uint64_t)sqlite3_column_int64(row, 0);
    uint64_t rows = (uint64_t)sqlite3_column_int64(row, 1);
    uint64_t base = stream->resync ? 0 : stream->head.seq;
    uint64_t expected = rows ? (uint64_t)sqlite3_column_int64(row, 2) : base;
    sqlite3_reset(row);
    if (stream->cursor != expected || stored != expected)
        world_fail(world, "I3: %s has %s/%s up to %lu, its cursor says %lu, on disk %lu",
                   machine->name, stream->hub, stream->kind, expected, stream->cursor, stored);
    if (rows != stream->staged)
        world_fail(world, "I3: %s has staged %lu rows of %s/%s and counts %lu", machine->name, rows,
                   stream->hub, stream->kind, stream->staged);
}

static void check_order(world_t *world, machine_t *machine, const stream_t *stream)
{
    shown_t *shown = shown_of(machine, stream);
    head_t before = {.life = shown->life, .seq = shown->seq};
    if (head_compare(&stream->head, &before) < 0)
        world_fail(world, "I9: %s showed (%lu, %lu) of %s/%s and now shows (%lu, %lu)",
                   machine->name, shown->life, shown->seq, stream->hub, stream->kind,
                   stream->head.life, stream->head.seq);
    if (shown->life && head_compare(&stream->head, &before)
        && stream->head.life != stream->known.life)
        world_fail(world, "I9: %s takes the life %lu of %s/%s and knows %lu", machine->name,
                   stream->head.life, stream->hub, stream->kind, stream->known.life);
    if (stream->known.life < shown->known_life || stream->known.life < stream->head.life)
        world_fail(world, "I9: %s knew the life %lu of %s/%s and now knows %lu", machine->name,
                   shown->known_life, stream->hub, stream->kind, stream->known.life);
    shown->known_life = stream->known.life;
}

static void check_observed(world_t *world, const machine_t *machine, const stream_t *stream)
{
    static const char wrong[] =
        "SELECT (SELECT count(*) FROM item i LEFT JOIN shadow s ON s.stream = i.stream"
        " AND s.id = i.id WHERE i.stream = ?1 AND (s.seq IS NOT i.seq OR s.op IS NOT i.op))"
        " + abs((SELECT count(*) FROM item WHERE stream = ?1)"
        " - (SELECT count(*) FROM shadow WHERE stream = ?1))";
    if (machine->role != ROLE_BROKER && number(machine, wrong, stream->number))
        world_fail(world, "I13: %s keeps beside %s/%s what its items do not say", machine->name,
                   stream->hub, stream->kind);
    if ((uint64_t)number(machine, "SELECT count(*) FROM item WHERE stream = ?1", stream->number)
        != stream->count)
        world_fail(world, "I13: %s counts %lu items of %s/%s wrongly", machine->name, stream->count,
                   stream->hub, stream->kind);
}

/* ---- nothing is let go that only this broker holds ---- */

static bool alarm_says(const machine_t *hub, const char *words)
{
    for (size_t i = 0; hub->up && i < publisher_alarm_count(hub->publisher); i++)
        if (strstr(publisher_alarm(hub->publisher, i), words))
            return true;
    return false;
}

/* A recovery or a salvage that came to nothing, and the operator was told. */
static bool gave_up(const machine_t *hub)
{
    return alarm_says(hub, "l'a pas fourni") || alarm_says(hub, "n'a pas pu être repris");
}

static stream_t *own_stream(const machine_t *hub, const char *kind)
{
    return streams_find(hub->streams, hub->name, kind);
}

/* Was the record deleted after `version` on the line that leads to the one with that hash? */
static bool deleted_since(const ledger_t *self, uint64_t hash, const version_t *version)
{
    for (const version_t *at = version_of(self, hash); at; at = version_of(self, at->before))
        if (at->deletion && at->seq > version->seq)
            return true;
    return false;
}

/* Does the hub's store hold the version, or one that was made from it, as a record or displaced? What
 * the hub deleted later is erased, also when it wrote the record anew: it need not be kept. */
static bool accounts_for(world_t *world, const machine_t *hub, const version_t *version)
{
    static const char displaced[] = "SELECT bytes FROM displaced WHERE kind = ?1 AND id = ?2";
    const stream_t *stream = own_stream(hub, version->kind);
    uint64_t current = check_version(hub, stream, version->id);
    if (comes_from(world->ledger, current, version)
        || deleted_since(world->ledger, current, version))
        return true;
    sqlite3_stmt *row = disk_statement(hub->disk, displaced);
    sqlite3_bind_text(row, 1, version->kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, version->id, -1, SQLITE_STATIC);
    bool found = false;
    while (!found && sqlite3_step(row) == SQLITE_ROW)
        found = comes_from(world->ledger, column_hash(row, 0), version);
    sqlite3_reset(row);
    return found;
}

/* Had the hub heard of this state of the broker's when it published over it? */
static bool had_heard(const machine_t *hub, int broker, const shown_t *shown)
{
    const struct watch *watch = hub->watch;
    for (size_t i = 0; i < watch->told_count; i++) {
        const told_t *told = &watch->told[i];
        if (told->broker == broker && !strcmp(told->kind, shown->kind) && told->life == shown->life
            && told->seq == shown->seq)
            return true;
    }
    return false;
}

/* A second copy that made it is not asked by anybody: it keeps what it has, also when it was retired. */
static bool maker_has(const world_t *world, const version_t *version)
{
    const machine_t *maker = &world->machines[version->machine];
    return maker->losses == version->losses;
}

static void check_kept(world_t *world, const machine_t *broker, const stream_t *stream,
                       const shown_t *shown, const uint64_t *versions, size_t count)
{
    uint64_t owner = find(world->ledger->lives, life_key(stream->hub, stream->head.life));
    const machine_t *hub = owner ? &world->machines[owner - 1] : NULL;
    /* a hub that lost its disk since, or forgot what it was told, is not to be asked */
    if (!hub || !hub->up || broker->lied || gave_up(hub) || hub->watch->life != stream->head.life
        || !had_heard(hub, world_number(world, broker), shown))
        return;
    for (size_t i = 0; i < shown->count; i++) {
        bool still = false;
        for (size_t k = 0; k < count && !still; k++)
            still = versions[k] == shown->versions[i];
        const version_t *version = still ? NULL : version_of(world->ledger, shown->versions[i]);
        if (version && version->saved && !maker_has(world, version)
            && !accounts_for(world, hub, version))
            world_fail(world, "I17: %s lets go of %s/%s %s (seq %lu), which %s (%d) has not",
                       broker->name, stream->hub, stream->kind, version->id, version->seq,
                       hub->name, world_number(world, hub));
    }
}

/* A broker shows another state than before. */
static void remember(world_t *world, machine_t *machine, const stream_t *stream)
{
    shown_t *shown = shown_of(machine, stream);
    if (shown->life == stream->head.life && shown->seq == stream->head.seq)
        return;
    if (machine->role == ROLE_BROKER) {
        uint64_t *versions = malloc((stream->count + 1) * sizeof *versions);
        assert(versions);
        size_t count = 0;
        sqlite3_stmt *row = disk_statement(machine->disk, ALL_BYTES);
        sqlite3_bind_int64(row, 1, stream->number);
        while (count < stream->count && sqlite3_step(row) == SQLITE_ROW)
            versions[count++] = column_hash(row, 0);
        sqlite3_reset(row);
        check_kept(world, machine, stream, shown, versions, count);
        free(shown->versions);
        shown->versions = versions;
        shown->count = count;
    }
    shown->life = stream->head.life;
    shown->seq = stream->head.seq;
}

/* ---- after an event ---- */

void check_stream(world_t *world, machine_t *machine, stream_t *stream)
{
    check_observed(world, machine, stream);
    if (stream->own) {
        if (machine->publisher && publisher_state(machine->publisher) == PUBLISHER_READY) {
            uint64_t key = state_key(stream->hub, stream->kind, stream->life, stream->seq);
            uint64_t now = digest(machine, stream), other = find(world->ledger->states, key);
            if (other && other != now)
                world_fail(world, "I2: %s (%d) was in two states at (%lu, %lu) of %s",
                           machine->name, world_number(world, machine), stream->life, stream->seq,
                           stream->kind);
            put(world->ledger->states, key, now);
        }
        return;
    }
    check_proof(world, machine, stream);
    check_cursor(world, machine, stream);
    check_order(world, machine, stream);
    remember(world, machine, stream);
}

void check_started(world_t *world, machine_t *machine)
{
    watch_of(machine)->first_session = world->last_session + 1;
    machine->watch->told_count = 0;
    machine->watch->life = 0;
    if (machine->publisher && number(machine, "SELECT active FROM fence WHERE ?1 = 0", 0)
        && publisher_state(machine->publisher) != PUBLISHER_FENCED)
        world_fail(world, "I9: %s was fenced off, and is not after a restart", machine->name);
    for (size_t i = 0; i < streams_count(machine->streams); i++) {
        stream_t *stream = streams_at(machine->streams, i);
        if (!stream->own)
            check_stream(world, machine, stream);
    }
}

/* ---- hubs ---- */

/* It goes on from the state that `past` says: was that behind what an open connection had shown it? */
static void check_not_behind(world_t *world, machine_t *hub)
{
    const struct watch *watch = hub->watch;
    for (size_t i = 0; i < watch->told_count; i++) {
        const told_t *told = &watch->told[i];
        const stream_t *stream = own_stream(hub, told->kind);
        session_t *session = world_session(world, world_number(world, hub), told->broker);
        if (!session || session->id != told->session || world->machines[told->broker].lied)
            continue;
        head_t from = {.life = (uint64_t)number(hub, "SELECT max(life) FROM past WHERE stream = ?1",
                                                stream->number),
                       .seq = (uint64_t)number(
                           hub, "SELECT seq FROM past WHERE stream = ?1 ORDER BY life DESC LIMIT 1",
                           stream->number)};
        head_t head = {.life = told->life, .seq = told->seq};
        if (head_compare(&head, &from) > 0 && !gave_up(hub))
            world_fail(world, "I17: %s (%d) goes on from (%lu, %lu) of %s and was shown (%lu, %lu)",
                       hub->name, world_number(world, hub), from.life, from.seq, told->kind,
                       told->life, told->seq);
    }
}

static void check_displaced(world_t *world, machine_t *hub)
{
    size_t count = (size_t)number(hub, "SELECT count(*) FROM displaced WHERE ?1 >= 0", 0);
    struct watch *watch = hub->watch;
    if (count == watch->displaced)
        return;
    world->counts->displaced += count - watch->displaced;
    if (!hub->doubted)
        world_fail(world, "%s displaces versions without a reason", hub->name);
    /* only what is new: an older one may have become the current version again, by a recovery */
    sqlite3_stmt *row = disk_statement(
        hub->disk, "SELECT kind, id, bytes FROM displaced ORDER BY displaced LIMIT -1 OFFSET ?1");
    sqlite3_bind_int64(row, 1, (sqlite3_int64)watch->displaced);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const stream_t *stream = own_stream(hub, (const char *)sqlite3_column_text(row, 0));
        const char *id = (const char *)sqlite3_column_text(row, 1);
        uint64_t hash = column_hash(row, 2);
        if (hash == check_version(hub, stream, id))
            world_fail(world, "%s has displaced the current version of %s", hub->name, id);
        if (!version_of(world->ledger, hash))
            world_fail(world, "%s has displaced a version of %s that nobody made", hub->name, id);
    }
    sqlite3_reset(row);
    watch->displaced = count;
}

void check_hub(world_t *world, machine_t *hub)
{
    struct watch *watch = watch_of(hub);
    check_displaced(world, hub);
    if (publisher_state(hub->publisher) == PUBLISHER_FENCED) {
        if (!hub->doubted)
            world_fail(world, "%s is fenced off, and there is no other", hub->name);
        if (!alarm_says(hub, "unfence"))
            world_fail(world, "%s is fenced off without an alarm", hub->name);
    }
    uint64_t life = publisher_life(hub->publisher);
    if (!life && watch->life && publisher_state(hub->publisher) == PUBLISHER_RECONCILE)
        watch->told_count = watch->life = 0; /* the operator lifted its fence: it asks again */
    if (!life || life == watch->life)
        return;
    if (!watch->life) /* from RECONCILE */
        check_not_behind(world, hub);
    put(world->ledger->lives, life_key(hub->name, life), (uint64_t)world_number(world, hub) + 1);
    watch->life = life;
}

/* ---- messages ---- */

static void note_told(world_t *world, machine_t *hub, peer_t session, const head_t *head)
{
    struct watch *watch = watch_of(hub);
    if (watch->told_count == TOLD_MAX)
        memmove(watch->told, watch->told + 1, --watch->told_count * sizeof *watch->told);
    told_t *told = &watch->told[watch->told_count++];
    *told = (told_t){.session = session,
                     .broker = world_number(world, world_other_end(world, session, true)),
                     .life = head->life,
                     .seq = head->seq};
    snprintf(told->kind, sizeof told->kind, "%s", head->kind);
}

/* Who may not read a kind is not even told of it. */
static void check_allowed(world_t *world, const machine_t *to, peer_t session, const head_t *head)
{
    const machine_t *from = world_other_end(world, session, to->role != ROLE_BROKER);
    if (to->role != ROLE_BROKER && !from->lied && strcmp(head->hub, to->name)
        && !member_may_read(members_find(world->members, to->name), head->kind))
        world_fail(world, "%s tells %s of %s/%s, which it may not read", from->name, to->name,
                   head->hub, head->kind);
}

/* What a machine's other end has asked for in a session. */
static uint32_t *asked_of(world_t *world, const machine_t *source, peer_t id)
{
    session_t *session = world_session_by_id(world, id);
    if (!session)
        return NULL;
    return source->role == ROLE_BROKER ? &session->node_asked : &session->broker_asked;
}

/* A bit for each stream; the last one for all that are none of ours: a liar's. */
static uint32_t stream_bit(const char *hub, const char *kind)
{
    unsigned number = (unsigned)(hub[0] ? hub[strlen(hub) - 1] - '0' : HUBS_MAX);
    for (unsigned k = 0; number < HUBS_MAX && k < KINDS; k++)
        if (!strcmp(world_kinds[k], kind))
            return UINT32_C(1) << (number * KINDS + k);
    return UINT32_C(1) << 31;
}

/* A newer PULL takes the place of an older one: what may be sent is one BATCH all the same. */
static void note_pull(world_t *world, const machine_t *source, peer_t session, const wire_t *pull)
{
    uint32_t *asked = asked_of(world, source, session);
    if (asked)
        *asked |= stream_bit(pull->hub, pull->kind);
}

static void check_asked(world_t *world, const machine_t *source, peer_t session,
                        const wire_t *batch)
{
    uint32_t *asked = asked_of(world, source, session);
    uint32_t bit = stream_bit(batch->hub, batch->kind);
    if (asked && !(*asked & bit))
        world_fail(world, "I10: %s sends a batch of %s/%s after %lu that nobody asked for",
                   source->name, batch->hub, batch->kind, batch->after);
    if (asked)
        *asked &= ~bit;
}

before_t check_message(world_t *world, machine_t *to, peer_t session, const wire_t *wire)
{
    before_t before = {0};
    if (wire->type == WIRE_PULL)
        note_pull(world, to, session, wire);
    if (wire->type != WIRE_HEAD && wire->type != WIRE_BATCH)
        return before;
    head_t head = {0};
    moment_t now = world_moment(world, to);
    if (head_decode(&head, wire->head.data, wire->head.size, NULL))
        return before;
    check_allowed(world, to, session, &head);
    if (to->publisher && !strcmp(head.hub, to->name)
        && members_verify(world->members, &head, now.unix_ms)) {
        note_told(world, to, session, &head);
        return before;
    }
    stream_t *stream =
        wire->type == WIRE_BATCH ? streams_find(to->streams, wire->hub, wire->kind) : NULL;
    if (stream && !stream->own && wire->after != stream->cursor)
        before =
            (before_t){stream, stream->cursor, stream->head.life, stream->head.seq, stream->staged};
    return before;
}

void check_handled(world_t *world, const machine_t *to, const before_t *before)
{
    const stream_t *stream = before->stream;
    if (stream
        && (stream->cursor != before->cursor || stream->head.life != before->life
            || stream->head.seq != before->seq || stream->staged != before->staged))
        world_fail(world, "I4: %s took a batch of %s/%s that does not follow its cursor", to->name,
                   stream->hub, stream->kind);
}

void check_sent(world_t *world, const machine_t *from, peer_t session, const void *frame,
                size_t size)
{
    wire_t batch;
    uint8_t type = size > 2 ? ((const uint8_t *)frame)[2] : 0;
    if (from->publisher && (type == WIRE_HEAD || type == WIRE_BATCH)
        && publisher_state(from->publisher) != PUBLISHER_READY)
        world_fail(world, "I9: %s publishes and is not ready", from->name);
    if (type == WIRE_BATCH && !wire_decode(world->decoder, &batch, frame, size, NULL))
        check_asked(world, from, session, &batch);
}

/* ---- the end ---- */

/* What keeps this sink from showing the hub's current version; NULL when nothing does. */
static const char *difference(const machine_t *hub, const stream_t *own, const machine_t *sink,
                              bool whole)
{
    if (!sink->up)
        return "is down";
    const stream_t *stream = streams_find(sink->streams, own->hub, own->kind);
    if (!stream)
        return "has not heard of it";
    if (!stream_verified(stream))
        return stream->resync ? "is in RESYNC" : stream->staged ? "is staging" : "is not verified";
    if (stream->head.life != own->life || stream->head.seq != own->seq)
        return "shows another version";
    return !whole || digest(hub, own) == digest(sink, stream) ? NULL : "has other records";
}

static const char *look_at_hub(world_t *world, machine_t *hub, bool whole, machine_t **at,
                               stream_t **of)
{
    *at = hub;
    *of = NULL;
    if (!hub->up || publisher_state(hub->publisher) != PUBLISHER_READY)
        return "is not ready";
    for (size_t s = 0; s < streams_count(hub->streams); s++) {
        *of = streams_at(hub->streams, s);
        for (int m = 0; (*of)->own && m < world->machine_count; m++) {
            *at = &world->machines[m];
            if ((*at)->gone || !strcmp((*at)->name, hub->name)
                || !member_may_read(members_find(world->members, (*at)->name), (*of)->kind))
                continue;
            const char *what = difference(hub, *of, *at, whole);
            if (what)
                return what;
        }
    }
    return NULL;
}

static const char *look_at_all(world_t *world, bool whole, machine_t **at, stream_t **of)
{
    for (int h = 0; h < world->machine_count; h++) {
        machine_t *hub = &world->machines[h];
        const char *what =
            hub->role == ROLE_HUB && !hub->gone ? look_at_hub(world, hub, whole, at, of) : NULL;
        if (what)
            return what;
    }
    return NULL;
}

const char *check_converged(world_t *world, machine_t **at, stream_t **of)
{
    return look_at_all(world, false, at, of);
}

/* Whoever made a version and never lost its disk accounts for it. */
static void check_nothing_lost(world_t *world)
{
    for (size_t i = 0; i < world->ledger->count; i++) {
        const version_t *version = &world->ledger->versions[i];
        const machine_t *hub = &world->machines[version->machine];
        if (version->saved && hub->up && !hub->gone && hub->losses == version->losses
            && !accounts_for(world, hub, version))
            world_fail(world, "I8: %s (%d) said that %s %s (seq %lu) was saved, and has it no more",
                       hub->name, version->machine, version->kind, version->id, version->seq);
    }
}

void check_final(world_t *world)
{
    machine_t *at;
    stream_t *of;
    const char *what = look_at_all(world, true, &at, &of);
    if (what)
        world_fail(world, "I7: %s %s (%s/%s)", at->name, what, of ? of->hub : "",
                   of ? of->kind : "");
    check_nothing_lost(world);
}
