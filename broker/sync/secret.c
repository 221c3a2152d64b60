/* The half of member.h that is about a member's own keys: NAME.key, in YAML like everything that is
 * configuration. Our copies of a secret are wiped; the ones libyaml made of the file are freed, not
 * wiped, so a core dump of a daemon is as secret as the file. */
#include "broker/sync/member.h"
#include "schemas/base/yaml.h"
#include "schemas/identifier.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define FILE_MAX 4096 /* bytes of a .key or .pub file that we write or read here */
#define SEED_HEX_SIZE (2 * SIGN_SEED_SIZE + 1)

/* ---- reading ---- */

typedef struct file {
    char *name;
    member_role_t role;
    char curve_public[CURVE_KEY_SIZE], curve_secret[CURVE_KEY_SIZE];
    uint8_t seed[SIGN_SEED_SIZE];
    bool has_seed;
} file_t;

/* Not YAML_TEXT with `words`: its finding would quote the value in its reason. */
static void read_role(void *field, const yaml_place_t *place, findings_t *findings)
{
    const char *text = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    for (int role = MEMBER_HUB; role <= MEMBER_BROKER; role++)
        if (strcmp(text, member_roles[role]) == 0) {
            *(member_role_t *)field = (member_role_t)role;
            return;
        }
    yaml_place_error(place, findings, "E_KEY", "must be hub, aggregator or broker");
}

static void read_curve(void *field, const yaml_place_t *place, findings_t *findings)
{
    uint8_t bytes[32];
    const char *text = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    if (strlen(text) == CURVE_KEY_SIZE - 1 && zmq_z85_decode(bytes, text))
        memcpy(field, text, CURVE_KEY_SIZE);
    else
        yaml_place_error(place, findings, "E_KEY", "is not a Z85 key of 40 characters");
    sodium_memzero(bytes, sizeof bytes);
}

static void read_seed(void *field, const yaml_place_t *place, findings_t *findings)
{
    file_t *file = field;
    const char *text = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    file->has_seed =
        strlen(text) == SEED_HEX_SIZE - 1
        && sodium_hex2bin(file->seed, sizeof file->seed, text, SEED_HEX_SIZE - 1, NULL, NULL, NULL)
               == 0;
    if (!file->has_seed)
        yaml_place_error(place, findings, "E_KEY", "is not 64 digits of hex");
}

static const yaml_key_t KEYS[] = {
    {"name", YAML_NAME, offsetof(file_t, name), .required = true},
    {"role", YAML_CUSTOM, offsetof(file_t, role), .required = true, .read = read_role},
    {"curve_public", YAML_CUSTOM, offsetof(file_t, curve_public), .required = true,
     .read = read_curve},
    {"curve_secret", YAML_CUSTOM, offsetof(file_t, curve_secret), .required = true,
     .read = read_curve},
    {"sign_seed", YAML_CUSTOM, 0, .read = read_seed},
    {0},
};

static int complain(const char *path, const char *field, findings_t *findings, const char *reason)
{
    findings_add(findings, SEVERITY_ERROR, "E_KEY", path, field, NULL, "%s", reason);
    return -1;
}

/* Findings quote values; here a value may be a secret under a mistyped key. */
static void move_unquoted(findings_t *findings, findings_t *found)
{
    for (size_t i = 0; i < found->count; i++)
        sodium_memzero(found->list[i].value, strlen(found->list[i].value));
    findings_move(findings, found, NULL);
}

/* Reads an open file of at most FILE_MAX bytes. The rights are those of the file that is read, not of
 * one that took its name since. */
static int read_private(int fd, const char *path, char text[FILE_MAX], size_t *size,
                        findings_t *findings)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return complain(path, NULL, findings, strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX)
        return complain(path, NULL, findings, "is not a file of keys");
    if (status.st_mode & (S_IRWXG | S_IRWXO)) {
        findings_add(findings, SEVERITY_ERROR, "E_KEY", path, NULL, NULL,
                     "others than its owner can reach this secret file; run: chmod 600 '%s'", path);
        return -1;
    }
    ssize_t count = read(fd, text, FILE_MAX);
    if (count < 0)
        return complain(path, NULL, findings, strerror(errno));
    *size = (size_t)count;
    return 0;
}

/* The two halves of the file as one secret, if they belong together. */
static int assemble(secret_t *self, const file_t *file, const char *path, findings_t *findings)
{
    char public[CURVE_KEY_SIZE];
    self->role = file->role;
    memcpy(self->name, file->name, strlen(file->name) + 1);
    memcpy(self->curve_public, file->curve_public, CURVE_KEY_SIZE);
    memcpy(self->curve_secret, file->curve_secret, CURVE_KEY_SIZE);
    if (zmq_curve_public(public, self->curve_secret) != 0
        || strcmp(public, self->curve_public) != 0)
        return complain(path, "curve_public", findings, "does not belong to curve_secret");
    if (self->role == MEMBER_HUB && !file->has_seed)
        return complain(path, "sign_seed", findings, "is missing: a hub signs its heads");
    if (self->role == MEMBER_BROKER && file->has_seed)
        return complain(path, "sign_seed", findings, "is not for a broker, which signs nothing");
    if (file->has_seed)
        crypto_sign_seed_keypair(self->sign_public, self->sign_secret, file->seed);
    return 0;
}

static int parse(secret_t *self, const char *text, size_t size, const char *path,
                 findings_t *findings)
{
    file_t file = {0};
    findings_t found = {0};
    int rc = yaml_parse(text, size, path, KEYS, &file, &found);
    if (rc == 0)
        rc = assemble(self, &file, path, &found);
    yaml_free(KEYS, &file);
    sodium_memzero(&file, sizeof file);
    move_unquoted(findings, &found);
    return rc;
}

int secret_load(secret_t *self, const char *path, findings_t *findings)
{
    *self = (secret_t){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return complain(path, NULL, findings, strerror(errno));
    char text[FILE_MAX];
    size_t size = 0;
    int rc = read_private(fd, path, text, &size, findings);
    if (rc == 0)
        rc = parse(self, text, size, path, findings);
    if (rc != 0)
        secret_wipe(self);
    sodium_memzero(text, sizeof text);
    close(fd);
    return rc;
}

void secret_wipe(secret_t *self)
{
    sodium_memzero(self, sizeof *self);
}

/* ---- making ---- */

/* New keys, as text. */
typedef struct keys {
    char curve_public[CURVE_KEY_SIZE], curve_secret[CURVE_KEY_SIZE];
    char sign_public[2 * SIGN_PUBLIC_SIZE + 1], sign_seed[SEED_HEX_SIZE]; /* "" for a broker */
} keys_t;

static void make_sign_keys(keys_t *keys)
{
    uint8_t seed[SIGN_SEED_SIZE], public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(public, secret, seed);
    sodium_bin2hex(keys->sign_public, sizeof keys->sign_public, public, sizeof public);
    sodium_bin2hex(keys->sign_seed, sizeof keys->sign_seed, seed, sizeof seed);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
}

static int make_keys(keys_t *keys, member_role_t role, err_t *err)
{
    if (sodium_init() < 0)
        return err_set(err, ERR_STOP, "this machine gives no random numbers");
    if (zmq_curve_keypair(keys->curve_public, keys->curve_secret) != 0)
        return err_set(err, ERR_STOP, "cannot make CURVE keys: %s", zmq_strerror(errno));
    if (role != MEMBER_BROKER)
        make_sign_keys(keys);
    return 0;
}

/* The texts below hold nothing that YAML needs escaped: names, hex, and Z85, which has neither
 * quote nor backslash. Both fit in FILE_MAX, whatever the names. */
static void write_key_text(char text[FILE_MAX], const keys_t *keys, const char *name,
                           member_role_t role)
{
    int size =
        snprintf(text, FILE_MAX,
                 "# SECRET: whoever reads this file can be '%s'. It stays on the machine it\n"
                 "# was made for, mode 0600, and goes into no mail, repository or ticket.\n"
                 "# If it was seen by others: make new keys, and give everyone the new %s.pub.\n"
                 "name: %s\n"
                 "role: %s\n"
                 "curve_public: \"%s\"\n"
                 "curve_secret: \"%s\"\n",
                 name, name, name, member_roles[role], keys->curve_public, keys->curve_secret);
    if (*keys->sign_seed)
        snprintf(text + size, FILE_MAX - (size_t)size, "sign_seed: \"%s\"\n", keys->sign_seed);
}

static void write_pub_text(char text[FILE_MAX], const keys_t *keys, const char *name,
                           member_role_t role, const char *territory)
{
    int size = snprintf(
        text, FILE_MAX,
        "# The public half of %s's keys: for the members folder of every node and broker.\n"
        "name: %s\n"
        "role: %s\n",
        name, name, member_roles[role]);
    if (territory && *territory)
        size += snprintf(text + size, FILE_MAX - (size_t)size, "territory: %s\n", territory);
    size += snprintf(text + size, FILE_MAX - (size_t)size, "curve: [\"%s\"]\n", keys->curve_public);
    if (*keys->sign_public)
        snprintf(text + size, FILE_MAX - (size_t)size, "sign:\n  - {key: \"%s\"}\n",
                 keys->sign_public);
}

static int failed(const char *doing, const char *path, err_t *err)
{
    err_action_t action = errno == ENOSPC || errno == EIO ? ERR_RETRY : ERR_REJECT;
    return err_set(err, action, "cannot %s '%s': %s", doing, path, strerror(errno));
}

/* Writes a file that must not exist yet, down to the disk; leaves none behind when it fails. */
static int write_new(const char *path, const char *text, mode_t mode, err_t *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return failed("create", path, err);
    ssize_t size = (ssize_t)strlen(text);
    errno = ENOSPC; /* a write cut short says nothing itself */
    bool written = write(fd, text, (size_t)size) == size && fsync(fd) == 0;
    int rc = written ? 0 : failed("write", path, err);
    close(fd);
    if (rc != 0)
        unlink(path);
    return rc;
}

/* A new file's name is on disk only when its folder is. */
static int sync_folder(const char *folder, err_t *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? 0 : failed("write", folder, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_files(const char *folder, const char *name, const char *key_text,
                       const char *pub_text, err_t *err)
{
    char key_path[PATH_MAX], pub_path[PATH_MAX];
    if (snprintf(key_path, sizeof key_path, "%s/%s.key", folder, name) >= (int)sizeof key_path
        || snprintf(pub_path, sizeof pub_path, "%s/%s.pub", folder, name) >= (int)sizeof pub_path)
        return err_set(err, ERR_REJECT, "the folder's path is too long");
    if (write_new(key_path, key_text, 0600, err) != 0)
        return -1;
    if (write_new(pub_path, pub_text, 0644, err) != 0) {
        unlink(key_path);
        return -1;
    }
    return sync_folder(folder, err);
}

static int check_request(const char *name, member_role_t role, const char *territory, err_t *err)
{
    bool given = territory && *territory;
    if (!name_valid(name))
        return err_set(err, ERR_REJECT,
                       "'%s' is no name: 1 to 32 characters among a-z, 0-9, _ and -", name);
    if (role == MEMBER_HUB && !given)
        return err_set(err, ERR_REJECT, "a hub needs a territory, such as DEP-42");
    if (given && identifier_cog(territory) != IDENTIFIER_OK)
        return err_set(err, ERR_REJECT, "'%s' is no territory such as DEP-42", territory);
    return 0;
}

int secret_create(const char *folder, const char *name, member_role_t role, const char *territory,
                  err_t *err)
{
    keys_t keys = {0};
    char key_text[FILE_MAX] = "", pub_text[FILE_MAX] = "";
    int rc = check_request(name, role, territory, err);
    if (rc == 0)
        rc = make_keys(&keys, role, err);
    if (rc == 0) {
        write_key_text(key_text, &keys, name, role);
        write_pub_text(pub_text, &keys, name, role, territory);
        rc = write_files(folder, name, key_text, pub_text, err);
    }
    sodium_memzero(&keys, sizeof keys);
    sodium_memzero(key_text, sizeof key_text);
    return rc;
}
