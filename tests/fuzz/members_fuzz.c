/* A file from anywhere never crashes the readers of members and of secrets, and what they accept is a member whose
 * parts fit together. */
#include "given_file.h"

#include "broker/sync/member.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static given_file_t file;
static char folder[] = P_tmpdir "/members-fuzz-XXXXXX", entry[64];

static void remove_folder(void)
{
    unlink(entry);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = given_file_new();
    char *made = mkdtemp(folder);
    assert(made && sodium_init() >= 0);
    snprintf(entry, sizeof entry, "%s/loire.pub", folder);
    int rc = symlink(file.path, entry);
    assert(rc == 0);
    atexit(remove_folder);
    return 0;
}

static void expect_promises(const members_t *members)
{
    const member_t *member = members_at(members, 0);
    assert(members_count(members) == 1 && !strcmp(member->name, "loire"));
    assert(members_find(members, "loire") == member);
    assert(member->role != MEMBER_HUB || member->sign_count);
    assert(member->role != MEMBER_BROKER || !member->sign_count);
    assert(member->curve_count && member->curve_count <= MEMBER_KEYS_MAX);
    for (size_t i = 0; i < member->curve_count; i++)
        assert(members_by_curve(members, member->curve[i]) == member);
    for (size_t i = 0; i < member->read_count; i++)
        assert(member_may_read(member, member->reads[i]));
}

static void load_member(void)
{
    findings_t findings = {0};
    members_t *members = members_load(folder, &findings);
    assert(!members == (findings.errors > 0));
    if (members)
        expect_promises(members);
    members_destroy(&members);
    findings_free(&findings);
}

static void load_secret(void)
{
    secret_t secret;
    findings_t findings = {0};
    int rc = secret_load(&secret, file.path, &findings);
    assert((rc == 0) == (findings.errors == 0));
    assert(rc == 0 ? name_valid(secret.name) : sodium_is_zero((uint8_t *)&secret, sizeof secret));
    secret_wipe(&secret);
    findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    given_file_set(&file, data, size);
    load_member();
    load_secret();
    return 0;
}
