/* Any address with any headers gets an answer that can be sent: a status we have words for, a type when there is
 * a body, no line end in a header, nothing raw of what was asked in a page; what was read of an address reads the
 * same when it is written again; an answer that may be kept is not sent twice. The input is the head of a
 * request as it comes: "GET /agenda/?q=a HTTP/1.1", and lines "Host: hub.example". */
#include "broker/sync/stream.h"
#include "broker/sync/tables.h"
#include "node/portal/site.h"
#include "node/store/projection.h"
#include "schemas/body.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS 1795316460000
#define RECORDS 3 /* of each kind */

static char folder[] = P_tmpdir "/http-fuzz-XXXXXX";
static portal_settings_t settings = {
    .store = folder, .name = "loire", .role = MEMBER_HUB, .title = "Hub IA <Loire>"};
static site_t site;

static void remove_store(void)
{
    static const char *const NAMES[] = {"public.db", "public.db-wal", "public.db-shm"};
    site_close(&site);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, NAMES[i]);
        remove(path);
    }
    rmdir(folder);
}

static int on_put(void *projection, const stream_t *stream, const item_t *item, err_t *err)
{
    return projection_put(projection, stream->number, item, err);
}

/* In the open transaction. */
static void put(streams_t *streams, const kind_t *kind, size_t number, const json_t *json)
{
    static const moment_t now = {0, NOW_MS - 1000};
    findings_t findings = {0};
    err_t err = {0};
    text_t body;
    char id[16];
    snprintf(id, sizeof id, "x%zu", number);
    text_init(&body, BODY_MAX_SIZE);
    stream_t *stream = streams_find(streams, settings.name, kind->name);
    int rc = body_encode(kind, json, &body, &findings);
    assert(rc == 0 && stream);
    rc = stream_change(stream, ITEM_PUT, id, kind->version, (const uint8_t *)body.data, body.size,
                       &now, &err);
    assert(rc == 0);
    text_free(&body);
    findings_free(&findings);
}

/* The first records of the pilot's hub, so that pages of records are asked for, too. */
static void fill(streams_t *streams, const schema_t *schema)
{
    static const struct {
        const char *kind, *file;
    } SEEDS[] = {
        {"answer", "answers"},       {"event", "events"},
        {"indicator", "indicators"}, {"organisation", "organisations"},
        {"programme", "programmes"}, {"use_case", "use_cases"},
    };
    err_t err = {0};
    int rc = 0;
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++)
        rc |= !streams_open(streams, settings.name, SEEDS[i].kind, true, &err);
    rc |= streams_begin(streams, &err);
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        char path[256];
        snprintf(path, sizeof path, SOURCE_DIR "/config/pilot/seed/%s.json", SEEDS[i].file);
        json_t *list = json_load_file(path, 0, NULL);
        assert(list);
        for (size_t k = 0; k < RECORDS && k < json_array_size(list); k++)
            put(streams, schema_kind(schema, SEEDS[i].kind), k, json_array_get(list, k));
        json_decref(list);
    }
    rc |= streams_commit(streams, &err);
    assert(rc == 0);
}

static void make_store(const schema_t *schema)
{
    char path[128];
    err_t err = {0};
    assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/public.db", folder);
    sqlite3 *db = database_open(path, DATABASE_CACHE, &err);
    assert(db);
    int rc =
        database_migrate(db, &sync_tables, &err) || database_migrate(db, &catalogue_tables, &err);
    projection_t *projection = rc ? NULL : projection_new(db, schema, &err);
    observer_t observer = {on_put, NULL, projection};
    streams_t *streams = projection ? streams_new(db, &observer, &err) : NULL;
    assert(streams);
    fill(streams, schema);
    streams_destroy(&streams);
    projection_destroy(&projection);
    database_close(db);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    findings_t findings = {0};
    err_t err = {0};
    assert(sodium_init() >= 0);
    const schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    findings_free(&findings);
    assert(schema);
    make_store(schema);
    int rc = site_open(&site, &settings, schema, &err);
    assert(rc == 0);
    site.now_ms = NOW_MS;
    atexit(remove_store);
    return 0;
}

static void expect_one_line(const text_t *header)
{
    assert(!strpbrk(header->data, "\r\n"));
}

static void check(const response_t *response)
{
    assert(response->status >= 200 && response->status < 600 && response->status != 500);
    assert(!response->body.size || response->type);
    expect_one_line(&response->etag);
    expect_one_line(&response->link);
    expect_one_line(&response->location);
    expect_one_line(&response->modified);
    expect_one_line(&response->ancestors);
    assert(strncmp(response->location.data, "//", 2));
    bool page = response->type && !strncmp(response->type, "text/html", 9);
    assert(!page || !strstr(response->body.data, "<script>"));
    assert(!page || !strstr(response->body.data, "<Loire>"));
}

static bool same_address(const request_t *a, const request_t *b)
{
    size_t at = 0;
    if (a->piece_count != b->piece_count)
        return false;
    for (size_t i = 0; i < a->piece_count; i++)
        if (strcmp(a->pieces[i], b->pieces[i]) != 0)
            return false;
    for (size_t i = 0; i < a->parameter_count; i++) { /* the place in a list and what is empty go */
        const parameter_t *parameter = &a->parameters[i];
        if (!strcmp(parameter->name, "after") || !*parameter->value)
            continue;
        if (at == b->parameter_count || strcmp(parameter->name, b->parameters[at].name)
            || strcmp(parameter->value, b->parameters[at].value))
            return false;
        at++;
    }
    return at == b->parameter_count;
}

static void expect_same_again(const request_t *request)
{
    text_t target;
    text_init(&target, 4 * REQUEST_TARGET_MAX);
    request_again(request, NULL, &target);
    request_t *again = request_new(target.data);
    assert(target.size > REQUEST_TARGET_MAX || (!again->refused && same_address(request, again)));
    request_destroy(&again);
    text_free(&target);
}

static void answer(request_t *request, response_t *response)
{
    err_t err;
    response_init(response);
    int rc = site_answer(&site, request, response, &err);
    assert(rc == 0);
    check(response);
}

/* Who has it already is told so. */
static void expect_unchanged(request_t *request, const response_t *first)
{
    response_t second;
    request->if_none_match = first->etag.data;
    answer(request, &second);
    assert(second.status == 304 && !second.body.size);
    response_free(&second);
}

static void ask(request_t *request)
{
    response_t response;
    if (!request->refused && !request->odd)
        expect_same_again(request);
    answer(request, &response);
    assert(!request->refused || response.status >= 400);
    assert(!request->has_body || (response.status >= 400 && response.close));
    if (response.status == 200 && response.etag.size)
        expect_unchanged(request, &response);
    response_free(&response);
}

/* "Name: value" as the server reads it; a line without a colon has no value. */
static void read_header(request_t *request, char *line)
{
    char *value = strchr(line, ':');
    if (value) {
        *value++ = 0;
        value += strspn(value, " \t");
    }
    request_header(request, line, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *head = strndup((const char *)data, size), *rest = head, *line = strsep(&rest, "\n");
    assert(head);
    char *method = strsep(&line, " "), *target = strsep(&line, " ");
    request_t *request = request_new(target ? target : "/");
    request->method = method;
    request->begun = true;
    while ((line = strsep(&rest, "\n")))
        if (*line)
            read_header(request, line);
    ask(request);
    request_destroy(&request);
    free(head);
    return 0;
}
