/* member - who belongs to the federation, as the folder of NAME.pub files says it.
 *
 * A member has a name, a role, perhaps a territory, CURVE keys (for connections) and signing keys
 * (for heads), each perhaps with "from" and "until"; and the kinds it may read. Every node and
 * broker is given the folder; SIGHUP reads it again into a new object. NAME.key is a member's own
 * secret half. Keys are made by `maillage keygen`.
 *
 *     name: loire
 *     role: hub                            # hub, aggregator or broker
 *     territory: DEP-42                    # a hub's; typed as in DOMAIN.md
 *     curve: ["Z85 text of 40 characters"] # several while a key is being replaced
 *     sign:                                # a hub has at least one, a broker none
 *       - {key: 64 digits of hex or 44 of base64, from: 2026-11-22, until: "2027-11-22T09:00:00Z"}
 *     reads: [event, use_case]             # without it: every kind
 *
 * A key is valid from `from` on and no longer at `until`; a day alone begins at 00:00 UTC. */
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

/* Reads every *.pub of the folder (hidden files are passed over); NULL and every error if any file is
 * bad, is not called after its member, or has a CURVE key that another has. An empty folder is not
 * an error. What *_at, _find and _by_curve return is borrowed, until the set is destroyed. */
members_t *members_load(const char *folder, findings_t *findings);
/* An empty set to fill by hand: tests and the simulator. */
members_t *members_new(void);
void members_add(members_t *self, const member_t *member); /* copies; the name is not there yet */
void members_destroy(members_t **self_p);

size_t members_count(const members_t *self);
const member_t *members_at(const members_t *self, size_t index);          /* ordered by name */
const member_t *members_find(const members_t *self, const char *name);    /* or NULL */
const member_t *members_by_curve(const members_t *self, const char *z85); /* or NULL */
bool member_has_curve(const member_t *self, const char *z85);
bool member_may_read(const member_t *self, const char *kind);

/* Did the head's hub sign it, with one of its keys that is valid at that time? Costs one
 * head_verify for each such key until one fits. */
bool members_verify(const members_t *self, const head_t *head, int64_t unix_ms);
/* The same at any time: is it of a key that its hub has listed? One that is over still bears out what it
 * signed; one that was stolen is taken from the list. */
bool members_bear_out(const members_t *self, const head_t *head);

/* A member's own secrets. */
typedef struct secret {
    char name[NAME_SIZE];
    member_role_t role;
    char curve_public[CURVE_KEY_SIZE], curve_secret[CURVE_KEY_SIZE];
    uint8_t sign_secret[SIGN_SECRET_SIZE]; /* zeros for a role that signs nothing */
    uint8_t sign_public[SIGN_PUBLIC_SIZE];
} secret_t;

/* Reads NAME.key. -1 and findings, which never quote a value of the file, when it is bad, when its
 * two CURVE halves do not belong together, or when group or others have any right to it (with the
 * command to run). *self is then zeros. */
int secret_load(secret_t *self, const char *path, findings_t *findings);
void secret_wipe(secret_t *self);

/* Makes new keys and writes folder/NAME.key (0600) and folder/NAME.pub, both on disk before it
 * returns. Never overwrites: ERR_REJECT, as for a hub without a territory (NULL or "": none). When
 * the second file cannot be written the first is removed. */
int secret_create(const char *folder, const char *name, member_role_t role, const char *territory,
                  err_t *err);

extern const char *const member_roles[];           /* "hub", "aggregator", "broker", NULL */
member_role_t member_role_named(const char *word); /* one of them, asserted */

#endif
