#include "broker/sync/member.h"
#include "schemas/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fresh folder for each test, and the findings of its last load. */
typedef struct world {
    char folder[256];
    findings_t findings;
    err_t err;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    const char *temporary = getenv("TMPDIR");
    snprintf(world->folder, sizeof world->folder, "%s/member_test.XXXXXX",
             temporary ? temporary : P_tmpdir);
    assert_non_null(mkdtemp(world->folder));
    *state = world;
    return 0;
}

static const char *path_of(const world_t *world, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", world->folder, name);
    return path;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    char path[PATH_MAX];
    DIR *folder = opendir(world->folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(path_of(world, entry->d_name, path));
    closedir(folder);
    rmdir(world->folder);
    findings_free(&world->findings);
    free(world);
    return 0;
}

static void write_file(const world_t *world, const char *name, mode_t mode, const char *text)
{
    char path[PATH_MAX];
    FILE *file = fopen(path_of(world, name, path), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static char *read_file(const world_t *world, const char *name, char text[4096])
{
    char path[PATH_MAX];
    FILE *file = fopen(path_of(world, name, path), "r");
    assert_non_null(file);
    text[fread(text, 1, 4095, file)] = 0;
    fclose(file);
    return text;
}

static void create(world_t *world, const char *name, member_role_t role, const char *territory)
{
    if (secret_create(world->folder, name, role, territory, &world->err))
        fail_msg("%s", world->err.text);
}

static members_t *load(world_t *world)
{
    findings_free(&world->findings);
    return members_load(world->folder, &world->findings);
}

static int load_secret(world_t *world, const char *name, secret_t *secret)
{
    char path[PATH_MAX];
    findings_free(&world->findings);
    return secret_load(secret, path_of(world, name, path), &world->findings);
}

static void assert_found(const world_t *world, const char *reason)
{
    for (size_t i = 0; i < world->findings.count; i++)
        if (strstr(world->findings.list[i].reason, reason))
            return;
    fail_msg("%zu findings, none says '%s', the first: %s", world->findings.count, reason,
             world->findings.count ? world->findings.list[0].reason : "");
}

static void assert_refused(world_t *world, const char *reason)
{
    members_t *members = load(world);
    assert_null(members);
    assert_found(world, reason);
}

#define CURVE_A "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define CURVE_B "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define SIGN_HEX "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define SIGN_BASE64 "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define HUB "name: loire\nrole: hub\nterritory: DEP-42\n"
#define KEYS "curve: [\"" CURVE_A "\"]\nsign: [{key: \"" SIGN_HEX "\"}]\n"

/* ---- members ---- */

static void made_keys_are_loaded_as_a_member_and_its_secret(void **state)
{
    world_t *world = *state;
    create(world, "loire", MEMBER_HUB, "DEP-42");
    members_t *members = load(world);
    assert_non_null(members);
    assert_int_equal(members_count(members), 1);
    const member_t *loire = members_find(members, "loire");
    assert_non_null(loire);
    assert_string_equal(loire->name, "loire");
    assert_int_equal(loire->role, MEMBER_HUB);
    assert_string_equal(loire->territory, "DEP-42");
    secret_t secret;
    assert_int_equal(load_secret(world, "loire.key", &secret), 0);
    assert_string_equal(secret.name, "loire");
    assert_int_equal(secret.role, MEMBER_HUB);
    assert_true(member_has_curve(loire, secret.curve_public));
    assert_int_equal(loire->sign_count, 1);
    assert_memory_equal(loire->sign[0].key, secret.sign_public, SIGN_PUBLIC_SIZE);
    assert_true(loire->sign[0].from_ms == 0 && loire->sign[0].until_ms == INT64_MAX);
    members_destroy(&members);
    secret_wipe(&secret);
}

static void what_a_hub_signs_is_verified_by_its_own_key_only(void **state)
{
    world_t *world = *state;
    create(world, "loire", MEMBER_HUB, "DEP-42");
    create(world, "rhone", MEMBER_HUB, "DEP-69");
    members_t *members = load(world);
    secret_t loire;
    assert_int_equal(load_secret(world, "loire.key", &loire), 0);
    head_t head = {.hub = "loire", .kind = "event", .life = 1};
    head_sign(&head, loire.sign_secret);
    assert_true(members_verify(members, &head, 0));
    head_t forged = {.hub = "rhone", .kind = "event", .life = 1};
    head_sign(&forged, loire.sign_secret);
    assert_false(members_verify(members, &forged, 0));
    head_t unknown = {.hub = "nobody", .kind = "event", .life = 1};
    head_sign(&unknown, loire.sign_secret);
    assert_false(members_verify(members, &unknown, 0));
    members_destroy(&members);
    secret_wipe(&loire);
}

static void a_key_counts_from_its_beginning_to_before_its_end(void **state)
{
    (void)state;
    uint8_t secrets[2][SIGN_SECRET_SIZE];
    member_t member = {.name = "loire", .role = MEMBER_HUB, .sign_count = 2};
    crypto_sign_keypair(member.sign[0].key, secrets[0]);
    crypto_sign_keypair(member.sign[1].key, secrets[1]);
    member.sign[0].until_ms = 2000;
    member.sign[1].from_ms = 1000;
    member.sign[1].until_ms = INT64_MAX;
    members_t *members = members_new();
    members_add(members, &member);
    head_t head = {.hub = "loire", .kind = "event", .life = 1};
    head_sign(&head, secrets[0]);
    assert_true(members_verify(members, &head, 0));
    assert_true(members_verify(members, &head, 1999));
    assert_false(members_verify(members, &head, 2000));
    head_sign(&head, secrets[1]);
    assert_false(members_verify(members, &head, 999));
    assert_true(members_verify(members, &head, 1000));
    assert_true(members_verify(members, &head, INT64_MAX - 1));
    members_destroy(&members);
    members_destroy(&members);
}

static void every_field_of_a_file_is_read(void **state)
{
    world_t *world = *state;
    write_file(world, "loire.pub", 0644,
               HUB "curve:\n  - '" CURVE_A "'\n  - '" CURVE_B "'\n"
                   "sign:\n  - {key: " SIGN_HEX ", until: 2026-11-22}\n"
                   "  - {key: \"" SIGN_BASE64 "\", from: \"2026-11-22T01:00:00+01:00\"}\n"
                   "reads: [event, use_case]\n");
    members_t *members = load(world);
    assert_non_null(members);
    const member_t *loire = members_at(members, 0);
    assert_int_equal(loire->curve_count, 2);
    assert_ptr_equal(members_by_curve(members, CURVE_A), loire);
    assert_ptr_equal(members_by_curve(members, CURVE_B), loire);
    assert_null(members_by_curve(members, SIGN_HEX));
    assert_int_equal(loire->sign_count, 2);
    assert_memory_equal(loire->sign[0].key, loire->sign[1].key, SIGN_PUBLIC_SIZE);
    assert_true(loire->sign[0].from_ms == 0 && loire->sign[0].until_ms == 1795305600000);
    assert_true(loire->sign[1].from_ms == 1795305600000 && loire->sign[1].until_ms == INT64_MAX);
    assert_true(member_may_read(loire, "event") && member_may_read(loire, "use_case"));
    assert_false(member_may_read(loire, "provider"));
    members_destroy(&members);
}

static void without_reads_a_member_may_read_every_kind(void **state)
{
    (void)state;
    const member_t member = {.name = "national"};
    assert_true(member_may_read(&member, "event"));
}

static void members_are_ordered_by_name_and_found_by_it(void **state)
{
    world_t *world = *state;
    static const char *const NAMES[] = {"rhone", "a-broker", "loire", "national", "isere"};
    for (size_t i = 0; i < 5; i++)
        create(world, NAMES[i], MEMBER_HUB, "DEP-42");
    members_t *members = load(world);
    assert_int_equal(members_count(members), 5);
    for (size_t i = 1; i < 5; i++)
        assert_true(strcmp(members_at(members, i - 1)->name, members_at(members, i)->name) < 0);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(members_find(members, NAMES[i])->name, NAMES[i]);
    assert_null(members_find(members, "loir"));
    assert_null(members_find(members, "zzz"));
    members_destroy(&members);
}

static void an_empty_folder_is_an_empty_set(void **state)
{
    world_t *world = *state;
    write_file(world, "README", 0644, "not a member");
    write_file(world, ".hidden.pub", 0644, "not a member");
    write_file(world, ".pub", 0644, "not a member");
    members_t *members = load(world);
    assert_non_null(members);
    assert_int_equal(members_count(members), 0);
    members_destroy(&members);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    world_t *world = *state;
    assert_null(members_load("/nonexistent/members", &world->findings));
    assert_found(world, "No such file");
}

static void every_error_of_every_file_is_told_at_once(void **state)
{
    world_t *world = *state;
    create(world, "good", MEMBER_BROKER, NULL);
    write_file(world, "loire.pub", 0644,
               "name: loire\nrole: hib\nterritory: DEP-00\ncurve: [short]\nsign: [{key: abc}]\n");
    write_file(world, "rhone.pub", 0644, "name: rhone\nrole: hub\n");
    assert_null(load(world));
    assert_found(world, "did you mean 'hub'");
    assert_found(world, "is not a territory");
    assert_found(world, "is not a Z85 key");
    assert_found(world, "is not 32 bytes");
    assert_found(world, "'curve' is missing");
    assert_non_null(strstr(world->findings.list[0].where, "loire.pub:2:7"));
}

static void a_file_is_called_after_its_member(void **state)
{
    world_t *world = *state;
    write_file(world, "rhone.pub", 0644, HUB KEYS);
    assert_refused(world, "NAME.pub");
    unlink(path_of(world, "rhone.pub", (char[PATH_MAX]){0}));
    write_file(world, "loire.old.pub", 0644, HUB KEYS);
    assert_refused(world, "NAME.pub");
}

static void two_members_never_share_a_curve_key(void **state)
{
    world_t *world = *state;
    write_file(world, "loire.pub", 0644, HUB KEYS);
    write_file(world, "rhone.pub", 0644, "name: rhone\nrole: hub\nterritory: DEP-69\n" KEYS);
    assert_refused(world, "is also a key of 'loire'");
}

static void a_role_has_what_it_needs_and_no_more(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *text, *reason;
    } BAD[] = {
        {"name: loire\nrole: hub\n" KEYS, "a hub needs one"},
        {HUB "curve: [\"" CURVE_A "\"]\n", "a hub needs a key to sign"},
        {"name: loire\nrole: broker\n" KEYS, "signs nothing"},
        {HUB "curve: []\nsign: [{key: \"" SIGN_HEX "\"}]\n", "needs a key to connect"},
        {HUB KEYS "reads: []\n", "names no kind"},
        {HUB KEYS "reads: [\"*\"]\n", "is not the name of a kind"},
        {HUB "curve: [\"" CURVE_A "\", \"" CURVE_A "\"]\nsign: []\n", "is given twice"},
        {HUB "curve: {a: b}\nsign: []\n", "must be one text"},
        {HUB "curve: [\"" CURVE_A "\"]\nsign: [{key: \"" SIGN_HEX
             "\", from: 2027-01-01, until: 2026-01-01}]\n",
         "ends before it begins"},
        {HUB "curve: [\"" CURVE_A "\"]\nsign: [{key: \"" SIGN_HEX "\", from: tomorrow}]\n",
         "is neither a day"},
        {HUB "curve: [\"" CURVE_A "\"]\nsign: [{from: 2026-01-01}]\n", "'key' is missing"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        write_file(world, "loire.pub", 0644, BAD[i].text);
        assert_refused(world, BAD[i].reason);
    }
}

static void more_keys_than_there_is_room_for_are_refused(void **state)
{
    world_t *world = *state;
    text_t text;
    text_init(&text, 4096);
    text_add_string(&text, HUB "curve: [\"" CURVE_A "\"]\nsign:\n");
    for (int i = 0; i < MEMBER_KEYS_MAX; i++)
        text_add_string(&text, "  - {key: " SIGN_HEX "}\n");
    write_file(world, "loire.pub", 0644, text.data);
    members_t *members = load(world);
    assert_non_null(members);
    members_destroy(&members);
    text_add_string(&text, "  - {key: " SIGN_HEX "}\n");
    write_file(world, "loire.pub", 0644, text.data);
    text_free(&text);
    assert_refused(world, "more than 8 keys");
}

/* ---- secrets ---- */

static void only_its_owner_can_read_a_new_secret(void **state)
{
    world_t *world = *state;
    char path[PATH_MAX];
    struct stat status;
    mode_t before = umask(0);
    create(world, "loire", MEMBER_HUB, "DEP-42");
    umask(before);
    assert_int_equal(stat(path_of(world, "loire.key", path), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(path_of(world, "loire.pub", path), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    char text[4096];
    assert_memory_equal(read_file(world, "loire.key", text), "# SECRET", 8);
}

static void nothing_secret_is_in_the_public_file(void **state)
{
    world_t *world = *state;
    create(world, "loire", MEMBER_HUB, "DEP-42");
    char text[4096], seed[2 * SIGN_SEED_SIZE + 1];
    secret_t secret;
    assert_int_equal(load_secret(world, "loire.key", &secret), 0);
    read_file(world, "loire.pub", text);
    assert_null(strstr(text, secret.curve_secret));
    sodium_bin2hex(seed, sizeof seed, secret.sign_secret, SIGN_SEED_SIZE);
    assert_null(strstr(text, seed));
    assert_non_null(strstr(text, secret.curve_public));
    secret_wipe(&secret);
}

static void a_secret_that_others_can_reach_is_refused_with_the_command_to_run(void **state)
{
    world_t *world = *state;
    char path[PATH_MAX], command[PATH_MAX + 64];
    static const mode_t LOOSE[] = {0640, 0604, 0660, 0610, 0601, 0602};
    secret_t secret;
    create(world, "loire", MEMBER_HUB, "DEP-42");
    path_of(world, "loire.key", path);
    snprintf(command, sizeof command, "chmod 600 '%s'", path);
    for (size_t i = 0; i < sizeof LOOSE / sizeof LOOSE[0]; i++) {
        chmod(path, LOOSE[i]);
        assert_int_equal(load_secret(world, "loire.key", &secret), -1);
        assert_found(world, command);
    }
    chmod(path, 0400);
    assert_int_equal(load_secret(world, "loire.key", &secret), 0);
    secret_wipe(&secret);
}

static void keys_are_never_overwritten(void **state)
{
    world_t *world = *state;
    char before[4096], after[4096], path[PATH_MAX];
    create(world, "loire", MEMBER_HUB, "DEP-42");
    read_file(world, "loire.key", before);
    assert_int_equal(secret_create(world->folder, "loire", MEMBER_HUB, "DEP-42", &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_non_null(strstr(world->err.text, "File exists"));
    assert_string_equal(read_file(world, "loire.key", after), before);

    unlink(path_of(world, "loire.key", path));
    read_file(world, "loire.pub", before);
    assert_int_equal(secret_create(world->folder, "loire", MEMBER_HUB, "DEP-42", &world->err), -1);
    assert_int_equal(access(path, F_OK), -1);
    assert_string_equal(read_file(world, "loire.pub", after), before);
}

static void a_broker_has_no_signing_key(void **state)
{
    world_t *world = *state;
    create(world, "a", MEMBER_BROKER, NULL);
    secret_t secret;
    assert_int_equal(load_secret(world, "a.key", &secret), 0);
    assert_int_equal(secret.role, MEMBER_BROKER);
    assert_true(sodium_is_zero(secret.sign_secret, sizeof secret.sign_secret));
    members_t *members = load(world);
    assert_int_equal(members_at(members, 0)->sign_count, 0);
    members_destroy(&members);
    secret_wipe(&secret);
}

static void a_request_for_keys_is_refused_when_it_makes_no_sense(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *name, *territory;
        member_role_t role;
    } BAD[] = {
        {"loire", NULL, MEMBER_HUB},    {"loire", "", MEMBER_HUB},
        {"loire", "Loire", MEMBER_HUB}, {"../loire", "DEP-42", MEMBER_HUB},
        {"", NULL, MEMBER_BROKER},      {"a", "nowhere", MEMBER_BROKER},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        world->err = (err_t){0};
        assert_int_equal(
            secret_create(world->folder, BAD[i].name, BAD[i].role, BAD[i].territory, &world->err),
            -1);
        assert_int_equal(world->err.action, ERR_REJECT);
    }
    assert_int_equal(secret_create("/nonexistent/keys", "a", MEMBER_BROKER, NULL, &world->err), -1);
    assert_int_equal(rmdir(world->folder), 0);
    assert_int_equal(mkdir(world->folder, 0700), 0);
}

#define SECRET_A "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs" /* of CURVE_B */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"

static void a_secret_reads_as_the_keys_it_holds(void **state)
{
    world_t *world = *state;
    secret_t secret;
    char hex[65];
    write_file(world, "x.key", 0600,
               "name: loire\nrole: hub\ncurve_public: \"" CURVE_B "\"\ncurve_secret: \"" SECRET_A
               "\"\nsign_seed: " SEED "\n");
    assert_int_equal(load_secret(world, "x.key", &secret), 0);
    assert_string_equal(secret.curve_public, CURVE_B);
    assert_string_equal(secret.curve_secret, SECRET_A);
    sodium_bin2hex(hex, sizeof hex, secret.sign_secret, 32);
    assert_string_equal(hex, SEED);
    secret_wipe(&secret);
    assert_true(sodium_is_zero((const uint8_t *)&secret, sizeof secret));
}

static void a_bad_secret_is_refused_and_never_quoted(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *text, *reason;
    } BAD[] = {
        {"name: loire\nrole: hub\ncurve_public: \"" CURVE_A "\"\ncurve_secret: \"" SECRET_A
         "\"\nsign_seed: " SEED "\n",
         "does not belong"},
        {"name: loire\nrole: hub\ncurve_public: \"" CURVE_B "\"\ncurve_secret: \"" SECRET_A "\"\n",
         "a hub signs"},
        {"name: loire\nrole: broker\ncurve_public: \"" CURVE_B "\"\ncurve_secret: \"" SECRET_A
         "\"\nsign_seed: " SEED "\n",
         "signs nothing"},
        {"name: loire\nrole: hub\ncurve_public: \"" CURVE_B "\"\ncurve_secret: \"" SECRET_A
         "x\"\nsign_seed: " SEED "\n",
         "is not a Z85 key"},
        {"name: loire\nrole: hub\ncurve_public: \"" CURVE_B "\"\ncurve_secrt: \"" SECRET_A
         "\"\nsign_seed: " SEED "\n",
         "did you mean"},
        {"name: loire\nrole: hub\ncurve_public: \"" CURVE_B "\"\ncurve_secret: \"" SECRET_A
         "\"\nsign_seed: " SEED "0\n",
         "is not 64 digits"},
        {"name: \"" SECRET_A "\"\nrole: \"" SECRET_A "\"\n", "must be"},
        {"\"" SECRET_A "\"\n", ""},
        {"- " SEED "\n", ""},
        {"x: [" SEED "\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        secret_t secret;
        write_file(world, "loire.key", 0600, BAD[i].text);
        assert_int_equal(load_secret(world, "loire.key", &secret), -1);
        assert_found(world, BAD[i].reason);
        assert_true(sodium_is_zero((const uint8_t *)&secret, sizeof secret));
        for (size_t n = 0; n < world->findings.count; n++) {
            const finding_t *finding = &world->findings.list[n];
            assert_null(strstr(finding->value, "ahhC2ac"));
            assert_null(strstr(finding->value, "9d61b19d"));
            assert_null(strstr(finding->reason, "ahhC2ac"));
            assert_null(strstr(finding->reason, "9d61b19d"));
        }
    }
}

static void what_is_no_file_of_keys_is_refused(void **state)
{
    world_t *world = *state;
    secret_t secret;
    char path[PATH_MAX];
    assert_int_equal(load_secret(world, "none.key", &secret), -1);
    assert_found(world, "No such file");
    assert_int_equal(mkfifo(path_of(world, "pipe.key", path), 0600), 0);
    assert_int_equal(load_secret(world, "pipe.key", &secret), -1);
    assert_found(world, "is not a file of keys");
    write_file(world, "long.key", 0600, "");
    assert_int_equal(truncate(path_of(world, "long.key", path), 4097), 0);
    assert_int_equal(load_secret(world, "long.key", &secret), -1);
    assert_found(world, "is not a file of keys");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(made_keys_are_loaded_as_a_member_and_its_secret),
        TEST(what_a_hub_signs_is_verified_by_its_own_key_only),
        TEST(a_key_counts_from_its_beginning_to_before_its_end),
        TEST(every_field_of_a_file_is_read),
        TEST(without_reads_a_member_may_read_every_kind),
        TEST(members_are_ordered_by_name_and_found_by_it),
        TEST(an_empty_folder_is_an_empty_set),
        TEST(a_folder_that_is_not_there_is_an_error),
        TEST(every_error_of_every_file_is_told_at_once),
        TEST(a_file_is_called_after_its_member),
        TEST(two_members_never_share_a_curve_key),
        TEST(a_role_has_what_it_needs_and_no_more),
        TEST(more_keys_than_there_is_room_for_are_refused),
        TEST(only_its_owner_can_read_a_new_secret),
        TEST(nothing_secret_is_in_the_public_file),
        TEST(a_secret_that_others_can_reach_is_refused_with_the_command_to_run),
        TEST(keys_are_never_overwritten),
        TEST(a_broker_has_no_signing_key),
        TEST(a_request_for_keys_is_refused_when_it_makes_no_sense),
        TEST(a_secret_reads_as_the_keys_it_holds),
        TEST(a_bad_secret_is_refused_and_never_quoted),
        TEST(what_is_no_file_of_keys_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
