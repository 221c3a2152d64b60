/* The YAML of a kind, of a vocabulary and of the common fields from anywhere never crashes the schema, and a schema
 * that is accepted is whole. The input is the kind; after a line "%" the vocabulary "mot", after another
 * one the common fields. */
#include "given_file.h"

#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KIND, VOCABULARY, COMMON, FILES };

static const struct {
    const char *path, *usual; /* what it says when the input does not */
} GIVEN[FILES] = {
    [KIND] = {"kinds/essai.yaml", ""},
    [VOCABULARY] = {"vocabularies/mot.yaml", "label: Mot\nterms: {un: Un, deux: Deux}\n"},
    [COMMON] = {"common.yaml", "fields:\n  - {name: demo, type: bool, label: Exemple}\n"},
};

static char folder[] = P_tmpdir "/kinds-fuzz-XXXXXX";
static given_file_t files[FILES];

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void remove_folder(void)
{
    char path[128];
    for (size_t i = 0; i < FILES; i++) {
        path_of(GIVEN[i].path, path);
        unlink(path);
    }
    path_of("kinds", path);
    rmdir(path);
    path_of("vocabularies", path);
    rmdir(path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char path[128], *made = mkdtemp(folder);
    path_of("kinds", path);
    int rc = made ? mkdir(path, 0700) : -1;
    path_of("vocabularies", path);
    rc |= mkdir(path, 0700);
    for (size_t i = 0; i < FILES; i++) {
        files[i] = given_file_new();
        path_of(GIVEN[i].path, path);
        rc |= symlink(files[i].path, path);
    }
    assert(rc == 0);
    atexit(remove_folder);
    return 0;
}

static void give(const char *data, size_t size)
{
    static const char LINE[] = "\n%\n";
    for (size_t i = 0; i < FILES; i++) {
        const char *end = data ? memmem(data, size, LINE, strlen(LINE)) : NULL;
        size_t own = end ? (size_t)(end - data) : size;
        if (data)
            given_file_set(&files[i], data, own);
        else
            given_file_set(&files[i], GIVEN[i].usual, strlen(GIVEN[i].usual));
        data = end ? end + strlen(LINE) : NULL;
        size = end ? size - own - strlen(LINE) : 0;
    }
}

static void expect_whole(const kind_t *kind)
{
    findings_t findings = {0};
    text_t bytes;
    text_init(&bytes, BODY_MAX_SIZE);
    assert(kind_path(kind, kind->title) && kind_path(kind, kind->sort));
    assert(!*kind->summary || kind_path(kind, kind->summary));
    for (size_t i = 0; i < kind->field_count; i++) {
        assert(kind_field(kind, kind->fields[i].name) == &kind->fields[i]);
        assert(field_type_word(kind->fields[i].type));
    }
    json_t *nothing = json_object();
    body_encode(kind, nothing, &bytes, &findings);
    json_decref(nothing);
    text_free(&bytes);
    findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    findings_t findings = {0};
    give((const char *)data, size);
    schema_t *schema = schema_load(folder, &findings);
    assert(!schema == (findings.errors > 0));
    if (schema) {
        assert(schema_kind_count(schema) == 1 && schema_vocabulary(schema, "mot"));
        expect_whole(schema_kind_at(schema, 0));
    }
    schema_destroy(&schema);
    findings_free(&findings);
    return 0;
}
