/* member - who belongs to the federation, as the folder of NAME.pub files says it.
 *
 * A member has a name, a role, perhaps a territory, CURVE keys (for connections) and signing keys
 * (for heads), each perhaps with "from" and "until"; and the kinds it may read. Every node and
 * broker is given the folder; SIGHUP reads it again into a new object. NAME.key is a member's own
 * secret half. Keys are made by `maillage keygen`. */
#ifndef BROKER_SYNC_MEMBER_H
#define BROKER_SYNC_MEMBER_H

#include "schemas/base/err.h"
#include "schemas/base/finding.h"
#include "schemas/head.h"

#define CURVE_KEY_SIZE 41 /* Z85 text of 40 characters and its NUL */
#define MEMBERS_MAX 1024
#define MEMBER_KEYS_MAX 8

typedef enum member_role { MEMBER_HUB, MEMBER_AGGREGATOR, MEMBER_BROKER } member_role_t;

typedef struct sign_key {
    uint8_t key[SIGN_PUBLIC_SIZE];
    int64_t from_ms, until_ms; /* Unix milliseconds; 0 and INT64_MAX when not given */
} sign_key_t;

typedef struct member {
    char name[NAME_SIZE];
    member_role_t role;
    char territory[16]; /* "DEP-42" or "" */
    char curve[MEMBER_KEYS_MAX][CURVE_KEY_SIZE];
    size_t curve_count;
    sign_key_t sign[MEMBER_KEYS_MAX];
    size_t sign_count;
    char reads[64][NAME_SIZE]; /* kinds it may read; none listed: all */
    size_t read_count;
} member_t;

typedef struct members members_t;

/* Reads every *.pub of the folder; NULL and findings if any file is bad or a name comes twice. An
 * empty folder is not an error. */
members_t *members_load(const char *folder, findings_t *findings);
/* An empty set to fill by hand: tests and the simulator. */
members_t *members_new(void);
void members_add(members_t *self, const member_t *member); /* copies */
void members_destroy(members_t **self_p);

size_t members_count(const members_t *self);
const member_t *members_at(const members_t *self, size_t index);          /* ordered by name */
const member_t *members_find(const members_t *self, const char *name);    /* or NULL */
const member_t *members_by_curve(const members_t *self, const char *z85); /* or NULL */
bool member_has_curve(const member_t *self, const char *z85);
bool member_may_read(const member_t *self, const char *kind);

/* Did the head's hub sign it, with one of its keys that is valid at that time? */
bool members_verify(const members_t *self, const head_t *head, int64_t unix_ms);

/* A member's own secrets. The file must be mode 0600 or stricter, else ERR_REJECT with the command to run. */
typedef struct secret {
    char name[NAME_SIZE];
    member_role_t role;
    char curve_public[CURVE_KEY_SIZE], curve_secret[CURVE_KEY_SIZE];
    uint8_t sign_secret[SIGN_SECRET_SIZE]; /* zeros for a role that signs nothing */
    uint8_t sign_public[SIGN_PUBLIC_SIZE];
} secret_t;
int secret_load(secret_t *self, const char *path, findings_t *findings);
void secret_wipe(secret_t *self);

/* Makes new keys and writes folder/NAME.key (0600) and folder/NAME.pub. Never overwrites: ERR_REJECT. */
int secret_create(const char *folder, const char *name, member_role_t role, const char *territory,
                  err_t *err);

extern const char *const member_roles[]; /* "hub", "aggregator", "broker", NULL */

#endif
