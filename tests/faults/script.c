#include "tests/faults/script.h"

#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_IMPORTED                                                                             \
    (RECORDS / 2)   /* the records before are written by hand, the others by imports */
#define IMPORTED 10 /* more than one batch: see BATCH_MAX_ITEMS in CMakeLists.txt */
#define REMOVED 3
#define CHANGES_MAX (IMPORTED + REMOVED)
#define READY_MS 120000

/* p put, d delete, i import, u undo the last import: transactions of the hub.
 * r a quiet moment of all: a step of a checkpoint, or the search index; C K S clean up hub, broker, subscriber;
 * H B R restart them.
 * . half a second goes by; | until all agree. */
static const char *const STEPS[SCRIPTS] = {
    "pp|i.p|d.u|rp.rp.ri|Hpd|pBi.|u|Rpp.Cd|pirp.rp|rip.u|rpp.rd|rpp.rp|",
    "i|ii.rp.rp.rpHp|u|dddBi|.rp.rp.|Rpp|iuiC|rp.p.r|p|rp.rp.uK|d|rp.Spr.ii.|",
    "pppppppp|rpp.rpp.rB.pprp.pHdddd|iRiu|.rp.C.rp.rppdSr|pKp|",
    "ip.ip.ip.r|u.r|rip.riBp|u.rip.|riRp|HdCd|rp.rp.rpp|pK|Srp.rp.rpBpp|pp|",
    "p|Hp|Hi|Bi|rRd.r|Bu|rHp|rRp|rpi.r|rHpCp|ri|Ku|rp|Spp|rBHRp|ip.r|rdp.r|rpppp.rpppp|",
};

typedef struct writing {
    trio_t *trio;
    change_t changes[CHANGES_MAX];
    text_t bodies[CHANGES_MAX];
    size_t count;
    promise_t *volatile *promise;
} writing_t;

/* ---- records ---- */

static void id_of(int record, char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "r-%02d", record);
}

int script_record(const char *id)
{
    int record = -1;
    return sscanf(id, "r-%2d", &record) == 1 && record < RECORDS ? record : -1;
}

/* Every fifth text is longer than a page. */
static void text_of(int value, char *text, size_t size)
{
    int written = snprintf(text, size, "valeur %d ", value);
    size_t wanted = value % 5 ? 40 : size - 1;
    for (size_t at = (size_t)written; at < wanted; at++)
        text[at] = (char)('a' + at % 25);
    text[wanted] = 0;
}

int script_value(const schema_t *schema, const item_t *item)
{
    err_t err;
    int value = 0;
    json_t *body = body_decode(schema_kind(schema, "answer"), item->body, item->body_size, &err);
    const char *text = json_string_value(json_object_get(body, "reponse"));
    if (!text || sscanf(text, "valeur %d", &value) != 1)
        value = -1;
    json_decref(body);
    return value;
}

static void add_change(writing_t *self, int record, int value)
{
    change_t *change = &self->changes[self->count];
    text_t *bytes = &self->bodies[self->count++];
    const kind_t *kind = schema_kind(self->trio->schema, "answer");
    char text[6000];
    *change = (change_t){.op = value ? ITEM_PUT : ITEM_DELETE, .kind = "answer"};
    id_of(record, change->id);
    change->sv = kind->version;
    text_init(bytes, BODY_MAX_SIZE);
    if (!value)
        return;
    text_of(value, text, sizeof text);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "question", change->id, "reponse", text, "theme",
                  value % 2 ? "demarrer" : "donnees", "langue", "fr", "demo", 1);
    assert(json);
    findings_t findings = {0};
    int rc = body_encode(kind, json, bytes, &findings);
    if (rc)
        fprintf(stderr, "%s %s\n", findings.list[0].field, findings.list[0].reason);
    assert(rc == 0);
    findings_free(&findings);
    json_decref(json);
    change->body = (const uint8_t *)bytes->data;
    change->body_size = bytes->size;
}

/* ---- transactions ---- */

/* Waits until the hub may write: 0, or it cannot be had. */
static int wait_ready(trio_t *trio, err_t *err)
{
    const machine_t *hub = &trio->machines[HUB];
    for (int64_t end = trio->now.steady_ms + READY_MS; trio->now.steady_ms < end;) {
        if (publisher_may_change(hub->publisher, &trio->now, err) == 0)
            return 0;
        if (err->action != ERR_RETRY || trio->stopped.action != ERR_NONE)
            return -1;
        trio_step(trio, 500);
    }
    return err_set(err, ERR_RETRY, "the hub was not ready within two minutes");
}

/* The hub has answered. */
static void answered(writing_t *self, int result, const err_t *err)
{
    promise_t *promise = *self->promise;
    if (result && err->action == ERR_STOP) {
        trio_failed(self->trio, HUB, err);
        return; /* it ends without a word */
    }
    if (!result)
        promise->saved = promise->asked;
    promise->asking = false;
    trio_tell(self->trio, HUB);
}

static int write_changes(writing_t *self, const provenance_t *provenance, err_t *err)
{
    char outcomes[CHANGES_MAX];
    trio_t *trio = self->trio;
    if (wait_ready(trio, err))
        return -1;
    (*self->promise)->asking = true;
    int rc = editor_apply(trio->machines[HUB].editor, provenance, self->changes, self->count, false,
                          outcomes, &trio->now, err);
    answered(self, rc, err);
    return rc;
}

static void begin(writing_t *self, trio_t *trio, promise_t *volatile *promise)
{
    *self = (writing_t){.trio = trio, .promise = promise};
    (*promise)->asked = (*promise)->saved;
}

static void end(writing_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        text_free(&self->bodies[i]);
}

static void set(writing_t *self, int record, int value)
{
    (*self->promise)->asked.value[record] = value;
    add_change(self, record, value);
}

static int any(trio_t *trio, int below)
{
    trio->random = trio->random * 6364136223846793005u + 1442695040888963407u;
    return (int)((trio->random >> 33) % (uint64_t)below);
}

static void put(trio_t *trio, promise_t *volatile *promise)
{
    writing_t writing;
    err_t err;
    begin(&writing, trio, promise);
    int first = any(trio, FIRST_IMPORTED), count = 1 + any(trio, 3);
    for (int i = 0; i < count; i++)
        set(&writing, (first + i) % FIRST_IMPORTED, ++(*promise)->last_value);
    write_changes(&writing, NULL, &err);
    end(&writing);
}

static void delete (trio_t *trio, promise_t *volatile *promise)
{
    writing_t writing;
    err_t err;
    begin(&writing, trio, promise);
    for (int i = 0, left = 2; i < FIRST_IMPORTED && left; i++) {
        if ((*promise)->saved.value[i]) {
            set(&writing, i, 0);
            left--;
        }
    }
    if (writing.count)
        write_changes(&writing, NULL, &err);
    end(&writing);
}

static void import(trio_t *trio, promise_t *volatile *promise)
{
    writing_t writing;
    err_t err;
    provenance_t provenance = {.source = "angers", .note = "{}", .note_size = 2};
    begin(&writing, trio, promise);
    contents_t before = (*promise)->saved;
    int first = any(trio, RECORDS - FIRST_IMPORTED);
    for (int i = 0; i < RECORDS - FIRST_IMPORTED && writing.count < CHANGES_MAX; i++) {
        int record = FIRST_IMPORTED + (first + i) % (RECORDS - FIRST_IMPORTED);
        if (i < IMPORTED)
            set(&writing, record, ++(*promise)->last_value);
        else if (before.value[record])
            set(&writing, record, 0);
    }
    (*promise)->asked.imports++;
    if (write_changes(&writing, &provenance, &err) == 0) {
        (*promise)->before_import = before;
        (*promise)->undoable = true;
    }
    end(&writing);
}

static void undo(trio_t *trio, promise_t *volatile *promise)
{
    writing_t writing;
    err_t err;
    char *answer = NULL;
    if (!(*promise)->undoable || wait_ready(trio, &err))
        return;
    begin(&writing, trio, promise);
    for (int record = FIRST_IMPORTED; record < RECORDS; record++)
        (*promise)->asked.value[record] = (*promise)->before_import.value[record];
    (*promise)->asked.imports--;
    (*promise)->asking = true;
    int rc = editor_undo(trio->machines[HUB].editor, 0, false, false, &trio->now, &answer, &err);
    answered(&writing, rc, &err);
    (*promise)->undoable &= rc != 0;
    free(answer);
}

int script_put(trio_t *trio, promise_t *promise, err_t *err)
{
    writing_t writing;
    promise_t *volatile it = promise;
    begin(&writing, trio, &it);
    set(&writing, 0, ++promise->last_value);
    int rc = write_changes(&writing, NULL, err);
    end(&writing);
    return rc;
}

/* ---- keeping house ---- */

static void rest(trio_t *trio)
{
    err_t err;
    for (int i = 0; i < MACHINES; i++) {
        machine_t *machine = &trio->machines[i];
        if (machine->holding ? holding_rest(machine->holding, false, &err)
                             : checkpoint_rest(machine->checkpoint, false, &err))
            trio_failed(trio, i, &err);
    }
}

static void clean(trio_t *trio, int machine)
{
    err_t err;
    machine_t *cleaned = &trio->machines[machine];
    if (cleaned->holding
            ? holding_clean(cleaned->holding, &err)
            : checkpoint_yield(cleaned->checkpoint, &err) || database_clean(cleaned->db, &err))
        trio_failed(trio, machine, &err);
}

/* A machine that does not start is started again, as its supervisor would; in the end the judge does. */
static void start(trio_t *trio, int machine)
{
    err_t err;
    for (int tries = 3; tries; tries--)
        if (trio_start(trio, machine, &err) == 0)
            return;
    trio->stopped = (err_t){.action = ERR_STOP};
    trio->stopped_at = HUB;
}

static void restart(trio_t *trio, int machine)
{
    trio_stop(trio, machine);
    start(trio, machine);
}

static void step(trio_t *trio, char what, promise_t *volatile *promise)
{
    switch (what) {
    case 'p':
        put(trio, promise);
        break;
    case 'd':
        delete (trio, promise);
        break;
    case 'i':
        import(trio, promise);
        break;
    case 'u':
        undo(trio, promise);
        break;
    case 'r':
        rest(trio);
        break;
    case 'C':
        clean(trio, HUB);
        break;
    case 'K':
        clean(trio, BROKER);
        break;
    case 'S':
        clean(trio, READER);
        break;
    case 'H':
        restart(trio, HUB);
        break;
    case 'B':
        restart(trio, BROKER);
        break;
    case 'R':
        restart(trio, READER);
        break;
    case '.':
        trio_step(trio, 500);
        break;
    case '|':
        trio_settle(trio, READY_MS);
        break;
    default:
        assert(!"a step that is none");
    }
}

void script_run(trio_t *trio, int script, promise_t *volatile *promise)
{
    for (int machine = 0; machine < MACHINES && trio->stopped.action == ERR_NONE; machine++)
        start(trio, machine);
    for (const char *at = STEPS[script]; *at && trio->stopped.action == ERR_NONE; at++)
        step(trio, *at, promise);
}
