/* Any address with any headers gets an answer that can be sent: a status we have words for, a type when there is
 * a body, no line end in a header, nothing raw of what was asked in a page; what was read of an address reads the
 * same when it is written again; an answer that may be kept is not sent twice. The input is the head of a
 * request as it comes: "GET /agenda/?q=a HTTP/1.1", and lines "Host: hub.example". */
#include "broker/sync/tables.h"
#include "node/portal/site.h"
#include "node/store/projection.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS 1795316460000

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

/* An empty store: what is asked is what is tried here, not what is in it. */
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
    assert(projection);
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
