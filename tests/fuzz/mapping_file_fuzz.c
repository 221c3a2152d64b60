/* A mapping from anywhere never crashes its reader, and one that is accepted makes something of any row. */
#include "given_file.h"

#include "node/import/mapping.h"

#include <jansson.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ROW[] =
    "{\"nom\": \" L'ATELIER \", \"NOM\": \"\\u00c9cole\", \"lat\": \"45,4\", \"LAT\": 45.4, "
    "\"site\":"
    " \"exemple.fr\", \"code\": \"1234\", \"date\": \"1/2/2026\", \"liste\": [\"a\", {\"b\": "
    "null}],"
    " \"STATUT\": \"INACTIF\", \"profond\": {\"url\": [{\"x\": true}]}, \"vide\": \"\"}";

static const schema_t *schema;
static given_file_t file;
static json_t *row, *names;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    findings_t findings = {0};
    schema = schema_load(SOURCE_DIR "/schemas", &findings);
    row = json_loads(ROW, 0, NULL);
    names = json_pack("[s, s]", "nom", "lat");
    file = given_file_new();
    assert(schema && row && names);
    findings_free(&findings);
    return 0;
}

static void expect_promises(const mapping_t *mapping)
{
    findings_t findings = {0};
    assert(schema_kind(schema, mapping_kind(mapping)->name) == mapping_kind(mapping));
    json_t *body = mapping_apply(mapping, row, &findings);
    assert(json_is_object(body));
    mapping_skips(mapping, row);
    mapping_missing_column(mapping, names);
    json_decref(body);
    findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    findings_t findings = {0};
    given_file_set(&file, data, size);
    mapping_t *mapping = mapping_load(schema, file.path, &findings);
    assert(!mapping == (findings.errors > 0));
    if (mapping)
        expect_promises(mapping);
    mapping_destroy(&mapping);
    findings_free(&findings);
    return 0;
}
