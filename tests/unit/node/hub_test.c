/* A real hub in its actor's thread, on a store of its own, asked over its control socket; for its other
 * end of the network there is a ROUTER in the test's hands. */
#include "node/hub.h"

#include "broker/base/database.h"
#include "node/control.h"
#include "schemas/body.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../shared.h"
#include "files.h"
#include "texts.h"

#define PATIENCE_MS 10000
#define LOOK_MS 10

typedef struct world {
    char folder[FOLDER_PATH_SIZE], store[96], members[96], key[96], endpoint[64];
    settings_t settings;
    broker_address_t broker;
    interest_t interest;
    schema_t *schema;
    zactor_t *actor;
    control_t *control;
    zsock_t *router; /* the broker */
    wire_decoder_t *decoder;
    secret_t broker_secret;
} world_t;

/* ---- the world ---- */

static void make_key(world_t *world, const char *name, member_role_t role)
{
    err_t err;
    char path[160];
    assert_int_equal(
        secret_create(world->folder, name, role, role == MEMBER_HUB ? "DEP-42" : "", &err), 0);
    char to[192];
    snprintf(path, sizeof path, "%s/%s.pub", world->folder, name);
    snprintf(to, sizeof to, "%s/%s.pub", world->members, name);
    assert_int_equal(rename(path, to), 0);
}

static void bind_broker(world_t *world)
{
    char path[160];
    findings_t findings = {0};
    snprintf(path, sizeof path, "%s/a.key", world->folder);
    assert_int_equal(secret_load(&world->broker_secret, path, &findings), 0);
    world->router = zsock_new(ZMQ_ROUTER);
    zsock_set_linger(world->router, 0);
    zsock_set_rcvtimeo(world->router, PATIENCE_MS);
    zsock_set_curve_server(world->router, 1);
    zsock_set_curve_secretkey(world->router, world->broker_secret.curve_secret);
    zsock_bind(world->router, "tcp://127.0.0.1:*");
    char *endpoint = zsock_last_endpoint(world->router);
    snprintf(world->endpoint, sizeof world->endpoint, "%s", endpoint);
    free(endpoint);
}

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    zsys_handler_set(NULL);
    new_folder(world->folder);
    snprintf(world->store, sizeof world->store, "%s/store", world->folder);
    snprintf(world->members, sizeof world->members, "%s/members", world->folder);
    snprintf(world->key, sizeof world->key, "%s/loire.key", world->folder);
    mkdir(world->members, 0700);
    make_key(world, "loire", MEMBER_HUB);
    make_key(world, "national", MEMBER_AGGREGATOR);
    make_key(world, "a", MEMBER_BROKER);
    bind_broker(world);
    world->schema = real_schema();
    world->decoder = wire_decoder_new();
    world->broker = (broker_address_t){.name = (char *)"a", .endpoint = world->endpoint};
    world->interest = (interest_t){"*", "*"};
    world->settings = (settings_t){.name = (char *)"loire",
                                   .role = MEMBER_HUB,
                                   .territory = (char *)"DEP-42",
                                   .title = (char *)"Hub IA Loire",
                                   .store = world->store,
                                   .key = world->key,
                                   .members = world->members,
                                   .brokers = &world->broker,
                                   .broker_count = 1,
                                   .subscribe = &world->interest,
                                   .subscribe_count = 1};
    timers_set_default(&world->settings.timers);
    world->settings.timers.ping = 200;
    world->settings.timers.silence = 1000;
    world->settings.timers.reconcile = 100;
    *state = world;
    return world->schema ? 0 : -1;
}

static hub_t *open_hub(const world_t *world, findings_t *findings, err_t *err)
{
    return hub_new(&world->settings, world->schema, false, findings, err);
}

static void start(world_t *world)
{
    findings_t findings = {0};
    err_t err;
    hub_t *hub = open_hub(world, &findings, &err);
    assert_non_null(hub);
    world->actor = zactor_new(hub_actor, hub);
    world->control = control_connect(world->store, &err);
    assert_non_null(world->control);
}

static void stop(world_t *world)
{
    control_destroy(&world->control);
    zactor_destroy(&world->actor);
}

static int teardown(void **state)
{
    world_t *world = *state;
    stop(world);
    zsock_destroy(&world->router);
    wire_decoder_destroy(&world->decoder);
    schema_destroy(&world->schema);
    remove_folder(world->folder);
    free(world);
    return 0;
}

/* ---- what a test does ---- */

typedef struct record {
    change_t change;
    text_t body;
} record_t;

static record_t answer(const world_t *world, const char *question, const char *text)
{
    const kind_t *kind = schema_kind(world->schema, "answer");
    record_t record = {.change = {.op = ITEM_PUT, .sv = kind->version}};
    findings_t findings = {0};
    err_t err;
    json_t *json = json_pack("{s:s, s:s}", "question", question, "reponse", text);
    text_init(&record.body, BODY_MAX_SIZE);
    snprintf(record.change.kind, sizeof record.change.kind, "answer");
    assert_int_equal(body_id(kind, json, record.change.id, &err), 0);
    assert_int_equal(body_encode(kind, json, &record.body, &findings), 0);
    record.change.body = (const uint8_t *)record.body.data;
    record.change.body_size = record.body.size;
    json_decref(json);
    findings_free(&findings);
    return record;
}

/* Sends one change; its outcome, or 0 and *err. */
static char send_change(world_t *world, const change_t *change, bool dry_run, err_t *err)
{
    char outcome = 0;
    return control_change(world->control, change, 1, dry_run, &outcome, NULL, NULL, err) ? 0
                                                                                         : outcome;
}

static char put(world_t *world, const char *question, const char *text, bool dry_run, err_t *err)
{
    record_t record = answer(world, question, text);
    char outcome = send_change(world, &record.change, dry_run, err);
    text_free(&record.body);
    return outcome;
}

static char delete (world_t *world, const char *id, err_t *err)
{
    change_t change = {.op = ITEM_DELETE, .sv = 1};
    snprintf(change.kind, sizeof change.kind, "answer");
    snprintf(change.id, sizeof change.id, "%s", id);
    return send_change(world, &change, false, err);
}

/* How many rows a query gives in the store. */
static int rows(const world_t *world, const char *sql)
{
    char path[128];
    err_t err;
    snprintf(path, sizeof path, "%s/public.db", world->store);
    sqlite3 *db = database_open_reader(path, &err);
    assert_non_null(db);
    sqlite3_stmt *statement = database_prepare(db, sql, &err);
    assert_non_null(statement);
    int count = 0;
    while (sqlite3_step(statement) == SQLITE_ROW)
        count++;
    sqlite3_finalize(statement);
    database_close(db);
    return count;
}

static bool eventually_rows(const world_t *world, const char *sql, int wanted)
{
    for (int64_t end = zclock_mono() + PATIENCE_MS; zclock_mono() < end; zclock_sleep(LOOK_MS))
        if (rows(world, sql) == wanted)
            return true;
    return false;
}

#define ANSWERS "SELECT 1 FROM item JOIN stream USING (stream) WHERE kind = 'answer' AND op = 1"
#define CARDS "SELECT 1 FROM item JOIN stream USING (stream) WHERE kind = 'hub'"

static json_t *status(world_t *world)
{
    err_t err;
    json_t *json = NULL;
    assert_int_equal(control_command(world->control, "status", &json, &err), 0);
    assert_non_null(json);
    return json;
}

static bool eventually_state(world_t *world, const char *wanted)
{
    bool found = false;
    for (int64_t end = zclock_mono() + PATIENCE_MS; !found && zclock_mono() < end;) {
        json_t *json = status(world);
        found = !strcmp(json_string_value(json_object_get(json, "state")), wanted);
        json_decref(json);
        zclock_sleep(LOOK_MS);
    }
    return found;
}

/* ---- changes ---- */

static void a_put_waits_for_reconcile_and_is_then_saved(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    assert_int_equal(rows(world, ANSWERS), 1);
    assert_true(eventually_state(world, "ready"));
}

static void outcomes_tell_what_became_of_a_change(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_SAME);
    assert_int_equal(put(world, "Un devis ?", "Non.", false, &err), OUTCOME_CHANGED);
    assert_int_equal(delete (world, "un-devis", &err), OUTCOME_DELETED);
    assert_int_equal(delete (world, "un-devis", &err), OUTCOME_ABSENT);
    assert_int_equal(delete (world, "jamais-vu", &err), OUTCOME_ABSENT);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
}

static void a_dry_run_changes_nothing(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", true, &err), OUTCOME_NEW);
    assert_int_equal(rows(world, ANSWERS), 0);
}

static void one_bad_change_refuses_the_whole_set(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    char outcomes[2];
    start(world);
    record_t good = answer(world, "Un devis ?", "Oui."), bad = answer(world, "Autre ?", "Oui.");
    bad.body.data[bad.body.size - 1] ^= 0x80;
    change_t changes[] = {good.change, bad.change};
    assert_int_equal(control_change(world->control, changes, 2, false, outcomes, NULL, NULL, &err),
                     -1);
    assert_int_equal(err.action, ERR_REJECT);
    expect(err.text, "answer/autre");
    assert_int_equal(rows(world, ANSWERS), 0);
    text_free(&good.body);
    text_free(&bad.body);
}

static void a_kind_or_version_that_is_not_ours_is_refused(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    start(world);
    record_t record = answer(world, "Un devis ?", "Oui.");
    record.change.sv++;
    assert_int_equal(send_change(world, &record.change, false, &err), 0);
    assert_int_equal(err.action, ERR_REJECT);
    record.change.sv--;
    snprintf(record.change.kind, sizeof record.change.kind, "anser");
    assert_int_equal(send_change(world, &record.change, false, &err), 0);
    assert_int_equal(err.action, ERR_REJECT);
    text_free(&record.body);
}

static void a_large_set_is_one_transaction_and_soon_searchable(void **state)
{
    enum { COUNT = 5000 };
    world_t *world = *state;
    err_t err;
    start(world);
    record_t *records = calloc(COUNT, sizeof *records);
    change_t *changes = calloc(COUNT, sizeof *changes);
    char outcomes[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char question[32];
        snprintf(question, sizeof question, "Question %d ?", i);
        records[i] = answer(world, question, "Un tracteur.");
        changes[i] = records[i].change;
    }
    assert_int_equal(
        control_change(world->control, changes, COUNT, false, outcomes, NULL, NULL, &err), 0);
    assert_int_equal(outcomes[0], OUTCOME_NEW);
    assert_int_equal(outcomes[COUNT - 1], OUTCOME_NEW);
    assert_int_equal(rows(world, ANSWERS), COUNT);
    assert_true(
        eventually_rows(world, "SELECT 1 FROM search WHERE search MATCH 'tracteur'", COUNT));
    for (int i = 0; i < COUNT; i++)
        text_free(&records[i].body);
    free(records);
    free(changes);
}

static void changes_that_never_cease_are_soon_searchable(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    int count = 0;
    for (bool found = false; !found && count < 100000; count++) {
        char question[32];
        snprintf(question, sizeof question, "Question %d ?", count);
        assert_int_equal(put(world, question, "Un tracteur.", false, &err), OUTCOME_NEW);
        found = rows(world, "SELECT 1 FROM search WHERE search MATCH 'tracteur'") > 0;
    }
    assert_true(
        eventually_rows(world, "SELECT 1 FROM search WHERE search MATCH 'tracteur'", count));
}

static void what_was_saved_is_there_after_a_restart(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    stop(world);
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_SAME);
}

/* ---- the node itself ---- */

static void a_hub_that_is_ready_publishes_its_own_card_once(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    assert_true(eventually_rows(world, CARDS " AND item.seq = 1", 1));
    stop(world);
    world->settings.porteur = (char *)"CCI";
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Non.", false, &err), OUTCOME_CHANGED);
    assert_true(eventually_rows(world, CARDS " AND item.seq = 2", 1));
    world->settings.porteur = NULL;
}

static void a_hub_that_reconciles_writes_nothing(void **state)
{
    world_t *world = *state;
    start(world);
    zclock_sleep((int)(3 * world->settings.timers.reconcile));
    assert_true(eventually_state(world, "reconcile"));
    assert_int_equal(rows(world, "SELECT 1 FROM item"), 0);
}

static void an_aggregator_refuses_changes_and_has_no_card(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    snprintf(world->key, sizeof world->key, "%s/national.key", world->folder);
    world->settings.name = (char *)"national";
    world->settings.role = MEMBER_AGGREGATOR;
    world->settings.territory = NULL;
    start(world);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), 0);
    assert_int_equal(err.action, ERR_REJECT);
    expect(err.text, "ne publie rien");
    assert_int_equal(control_command(world->control, "unfence", NULL, &err), -1);
    assert_int_equal(rows(world, "SELECT 1 FROM item"), 0);
}

/* ---- imports ---- */

#define CANARY "Serin-4d1f8a90c27b5e63-secret"

static char import_one(world_t *world, const char *question, const char *text, err_t *err)
{
    static const provenance_t SOURCE = {.source = "angers", .note = "{}", .note_size = 2};
    record_t record = answer(world, question, text);
    char outcome = 0;
    control_import(world->control, &SOURCE, &record.change, 1, false, &outcome, NULL, NULL, err);
    text_free(&record.body);
    return outcome;
}

static void an_import_is_taken_back_through_the_desk(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    json_t *json = NULL;
    start(world);
    assert_int_equal(control_undo(world->control, 0, false, false, &json, &err), -1);
    assert_int_equal(err.action, ERR_REJECT); /* it waited for RECONCILE, then found nothing */
    assert_int_equal(import_one(world, "Un devis ?", "Oui.", &err), OUTCOME_NEW);
    assert_int_equal(rows(world, ANSWERS), 1);
    assert_int_equal(control_undo(world->control, 1, false, false, &json, &err), 0);
    assert_true(json_is_true(json_object_get(json, "done")));
    assert_int_equal(json_integer_value(json_object_get(json, "added")), 1);
    json_decref(json);
    assert_int_equal(rows(world, ANSWERS), 0);
}

static bool file_has(const world_t *world, const char *name, const char *word)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", world->store, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    static char bytes[4 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_true(size < sizeof bytes);
    fclose(file);
    return memmem(bytes, size, word, strlen(word)) != NULL;
}

static void what_imports_kept_of_a_deleted_record_is_in_no_file(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    start(world);
    assert_int_equal(import_one(world, "Un devis ?", CANARY, &err), OUTCOME_NEW);
    assert_int_equal(import_one(world, "Un devis ?", "Oui.", &err), OUTCOME_CHANGED);
    assert_true(file_has(world, "public.db", CANARY) || file_has(world, "public.db-wal", CANARY));
    assert_int_equal(rows(world, "SELECT 1 FROM import_before WHERE body IS NOT NULL"), 1);
    assert_int_equal(delete (world, "un-devis", &err), OUTCOME_DELETED);
    assert_int_equal(control_command(world->control, "clean", NULL, &err), 0);
    assert_false(file_has(world, "public.db", CANARY));
    assert_false(file_has(world, "public.db-wal", CANARY));
}

static void status_tells_state_life_and_brokers(void **state)
{
    world_t *world = *state;
    err_t err;
    start(world);
    json_t *json = status(world);
    assert_string_equal(json_string_value(json_object_get(json, "node")), "loire");
    assert_string_equal(json_string_value(json_object_get(json, "state")), "reconcile");
    assert_string_not_equal(json_string_value(json_object_get(json, "reason")), "");
    assert_int_equal(json_integer_value(json_object_get(json, "life")), 0);
    json_t *broker = json_array_get(json_object_get(json, "brokers"), 0);
    assert_string_equal(json_string_value(json_object_get(broker, "name")), "a");
    assert_string_equal(json_string_value(json_object_get(broker, "endpoint")), world->endpoint);
    json_decref(json);
    put(world, "Un devis ?", "Oui.", false, &err);
    json = status(world);
    assert_string_equal(json_string_value(json_object_get(json, "state")), "ready");
    assert_true(json_integer_value(json_object_get(json, "life")) > 0);
    json_decref(json);
}

static void commands_clean_and_purge_and_unknown_ones_are_refused(void **state)
{
    world_t *world = *state;
    err_t err = {0};
    start(world);
    assert_int_equal(control_command(world->control, "clean", NULL, &err), 0);
    assert_int_equal(control_command(world->control, "purge-displaced", NULL, &err), 0);
    assert_int_equal(control_command(world->control, "explode", NULL, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
}

static void a_second_hub_on_the_store_is_turned_away_and_harms_nothing(void **state)
{
    world_t *world = *state;
    findings_t findings = {0};
    err_t err = {0};
    char pid[24];
    start(world);
    assert_null(open_hub(world, &findings, &err));
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    expect(err.text, pid);
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
}

static void another_members_key_is_a_finding(void **state)
{
    world_t *world = *state;
    findings_t findings = {0};
    err_t err = {0};
    snprintf(world->key, sizeof world->key, "%s/national.key", world->folder);
    assert_null(open_hub(world, &findings, &err));
    assert_int_equal(findings.errors, 1);
    expect(findings.list[0].reason, "national");
    findings_free(&findings);
}

static void a_territory_that_the_members_know_otherwise_is_a_finding(void **state)
{
    world_t *world = *state;
    findings_t findings = {0};
    err_t err = {0};
    world->settings.territory = (char *)"DEP-38";
    assert_null(open_hub(world, &findings, &err));
    assert_int_equal(findings.errors, 1);
    expect(findings.list[0].reason, "DEP-42");
    findings_free(&findings);
}

static void a_card_that_nobody_could_use_is_a_finding(void **state)
{
    world_t *world = *state;
    findings_t findings = {0};
    err_t err = {0};
    world->settings.courriel = (char *)"contact";
    world->settings.telephone = (char *)"12";
    assert_null(open_hub(world, &findings, &err));
    assert_int_equal(findings.errors, 2);
    findings_free(&findings);
    world->settings.courriel = world->settings.telephone = NULL;
    hub_t *hub = open_hub(world, &findings, &err);
    assert_non_null(hub);
    hub_destroy(&hub);
}

static void members_with_an_error_change_nothing(void **state)
{
    world_t *world = *state;
    err_t err;
    char path[160];
    start(world);
    snprintf(path, sizeof path, "%s/bad.pub", world->members);
    FILE *file = fopen(path, "w");
    fputs("name: [\n", file);
    fclose(file);
    zstr_send(world->actor, "RELOAD");
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    unlink(path);
    zstr_send(world->actor, "RELOAD");
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_SAME);
}

/* Zeroes what lies behind the first page, as a bad disk would. */
static void damage(const world_t *world)
{
    char path[160], zeros[4096] = {0};
    snprintf(path, sizeof path, "%s/public.db", world->store);
    FILE *file = fopen(path, "r+");
    fseek(file, 4096, SEEK_SET);
    for (int i = 0; i < 16; i++)
        fwrite(zeros, sizeof zeros, 1, file);
    fclose(file);
}

static void a_damaged_store_stops_a_hub_and_is_left_where_it_is(void **state)
{
    world_t *world = *state;
    findings_t findings = {0};
    err_t err = {0};
    start(world);
    stop(world);
    damage(world);
    assert_null(open_hub(world, &findings, &err));
    assert_int_equal(err.action, ERR_STOP);
    assert_null(open_hub(world, &findings, &err));
}

static void a_damaged_store_of_an_aggregator_is_moved_aside(void **state)
{
    world_t *world = *state;
    snprintf(world->key, sizeof world->key, "%s/national.key", world->folder);
    world->settings.name = (char *)"national";
    world->settings.role = MEMBER_AGGREGATOR;
    start(world);
    stop(world);
    damage(world);
    start(world);
    assert_int_equal(rows(world, "SELECT 1 FROM item"), 0);
}

/* ---- the network ---- */

/* The next message of a type that the hub sends to the broker; its route in *route. */
static wire_t hear(world_t *world, wire_type_t type, zframe_t **route, zframe_t **frame)
{
    for (int64_t end = zclock_mono() + PATIENCE_MS;;) {
        wire_t wire;
        err_t err;
        assert_true(zclock_mono() < end);
        zframe_destroy(route);
        zframe_destroy(frame);
        *route = zframe_recv(world->router);
        assert_non_null(*route);
        *frame = zframe_recv(world->router);
        assert_int_equal(
            wire_decode(world->decoder, &wire, zframe_data(*frame), zframe_size(*frame), &err), 0);
        if (wire.type == type)
            return wire;
    }
}

static void say(world_t *world, zframe_t *route, const text_t *text)
{
    zframe_send(&route, world->router, ZFRAME_MORE + ZFRAME_REUSE);
    zmq_send(zsock_resolve(world->router), text->data, text->size, 0);
}

static void a_change_is_answered_to_a_parked_pull_at_once(void **state)
{
    world_t *world = *state;
    zframe_t *route = NULL, *frame = NULL;
    text_t text;
    err_t err;
    text_init(&text, WIRE_MAX_SIZE);
    start(world);
    wire_t wire = hear(world, WIRE_HELLO, &route, &frame);
    assert_int_equal(wire.interest_count, 1);
    wire_welcome(&text, WIRE_PROTOCOL, "a");
    say(world, route, &text);
    for (size_t i = 0; i < schema_kind_count(world->schema); i++) {
        wire = hear(world, WIRE_PULL, &route, &frame); /* what does the broker hold of us? */
        text_clear(&text);
        wire_err(&text, WIRE_NO_STREAM, wire.hub, wire.kind, NULL, 0, "");
        say(world, route, &text);
    }
    head_t head;
    do {
        wire = hear(world, WIRE_HEAD, &route, &frame);
        assert_int_equal(head_decode(&head, wire.head.data, wire.head.size, &err), 0);
    } while (strcmp(head.kind, "answer"));
    text_clear(&text);
    wire_pull(&text, "loire", "answer", head.life, 0, false);
    say(world, route, &text);
    text_clear(&text);
    wire_ping(&text, 1);
    say(world, route, &text);
    hear(world, WIRE_PONG, &route, &frame);             /* so the PULL before it is parked, and */
    zclock_sleep((int)world->settings.timers.ping / 2); /* the next beat is a minute away */
    assert_int_equal(put(world, "Un devis ?", "Oui.", false, &err), OUTCOME_NEW);
    wire = hear(world, WIRE_BATCH, &route, &frame);
    assert_int_equal(wire.item_count, 1);
    item_t item;
    assert_int_equal(item_decode(&item, wire.items[0].data, wire.items[0].size, &err), 0);
    assert_string_equal(item.id, "un-devis");
    zframe_destroy(&route);
    zframe_destroy(&frame);
    text_free(&text);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_put_waits_for_reconcile_and_is_then_saved),
        WITH_WORLD(outcomes_tell_what_became_of_a_change),
        WITH_WORLD(a_dry_run_changes_nothing),
        WITH_WORLD(one_bad_change_refuses_the_whole_set),
        WITH_WORLD(a_kind_or_version_that_is_not_ours_is_refused),
        WITH_WORLD(an_import_is_taken_back_through_the_desk),
        WITH_WORLD(what_imports_kept_of_a_deleted_record_is_in_no_file),
        WITH_WORLD(a_large_set_is_one_transaction_and_soon_searchable),
        WITH_WORLD(changes_that_never_cease_are_soon_searchable),
        WITH_WORLD(what_was_saved_is_there_after_a_restart),
        WITH_WORLD(a_hub_that_is_ready_publishes_its_own_card_once),
        WITH_WORLD(a_hub_that_reconciles_writes_nothing),
        WITH_WORLD(an_aggregator_refuses_changes_and_has_no_card),
        WITH_WORLD(status_tells_state_life_and_brokers),
        WITH_WORLD(commands_clean_and_purge_and_unknown_ones_are_refused),
        WITH_WORLD(a_second_hub_on_the_store_is_turned_away_and_harms_nothing),
        WITH_WORLD(another_members_key_is_a_finding),
        WITH_WORLD(a_territory_that_the_members_know_otherwise_is_a_finding),
        WITH_WORLD(a_card_that_nobody_could_use_is_a_finding),
        WITH_WORLD(members_with_an_error_change_nothing),
        WITH_WORLD(a_damaged_store_stops_a_hub_and_is_left_where_it_is),
        WITH_WORLD(a_damaged_store_of_an_aggregator_is_moved_aside),
        WITH_WORLD(a_change_is_answered_to_a_parked_pull_at_once),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
