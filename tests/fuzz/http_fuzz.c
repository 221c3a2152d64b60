/* Any address with any headers gets an answer that can be sent: a status we have words for, a type when there is
 * a body, no line end in a header, nothing raw of what was asked in a page. The input is lines: method,
 * target, Host, If-None-Match, X-Forwarded-Proto. */
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
#define LINES 5

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = strndup((const char *)data, size), *lines[LINES] = {0}, *rest = copy;
    assert(copy);
    for (size_t i = 0; i < LINES && rest; i++)
        lines[i] = strsep(&rest, "\n");
    request_t *request = request_new(lines[1] ? lines[1] : "/");
    request->method = lines[0];
    request->host = lines[2];
    request->if_none_match = lines[3];
    request->proto = lines[4];
    response_t response;
    response_init(&response);
    err_t err;
    int rc = site_answer(&site, request, &response, &err);
    assert(rc == 0);
    check(&response);
    response_free(&response);
    request_destroy(&request);
    free(copy);
    return 0;
}
