/* settings - a node's YAML file, checked whole: every error at once, with its position.
 *
 * What the file alone can tell is checked here; that its key, members and brokers fit together is
 * said by `maillage config check`, and by the node when it loads them. */
#ifndef NODE_SETTINGS_H
#define NODE_SETTINGS_H

#include "broker/base/log.h"
#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "schemas/wire.h"

#define SETTINGS_SOCKET_MAX                                                                        \
    107 /* bytes of STORE/control.sock: what a Unix socket's address holds */

typedef struct broker_address {
    char *name;     /* the broker's member name */
    char *endpoint; /* "tcp://127.0.0.1:4270" */
    char *where;    /* "loire.yaml:7:4" */
} broker_address_t;

typedef struct settings {
    char *name;         /* node.name: the hub's id */
    member_role_t role; /* node.role: hub or aggregator */
    char *territory; /* node.territory, "DEP-42"; a hub has one, NULL for an aggregator without */
    char *where;     /* of node, "loire.yaml:1:7" */
    char *title;     /* node.title, "Hub IA Loire"; NULL when not given */
    char *store;     /* folder, absolute; STORE/control.sock fits in SETTINGS_SOCKET_MAX bytes */
    char *key;       /* file, absolute */
    char *members;   /* folder, absolute */
    char *schemas;   /* folder, absolute; NULL for the one of the build */
    broker_address_t *brokers;
    size_t broker_count;
    interest_t *subscribe;  /* one per hub and kind; an entry without kinds means all of them */
    char **subscribe_where; /* of each, "loire.yaml:9:3" */
    size_t subscribe_count; /* at most INTERESTS_MAX */
    char *telephone, *courriel, *porteur, *url; /* hub: becomes the record of kind hub; or NULL */
    char *listen_address; /* portal.listen, "127.0.0.1:8042", "[::1]:0"; NULL: no portal */
    char *principale,
        *secondaire; /* portal.couleurs, "#0b5563", of links and buttons on a light and
                                      on a dark ground, readable there; both or none */
    char *logo;      /* portal.logo: an .svg, .png or .webp file, absolute; or NULL */
    char *synonymes; /* portal.synonymes: file, absolute; or NULL */
    char *
        *embed; /* portal.embed, "https://www.loire.fr": sites that may show our pages in theirs */
    size_t embed_count;
    timers_t timers;
    log_level_t log_level;
} settings_t;

/* 0, or -1 with errors among the findings. Call settings_free either way. */
int settings_load(settings_t *self, const char *path, findings_t *findings);
void settings_free(settings_t *self);

/* "127.0.0.1:8042", "localhost:8042" or "[::1]:8042" taken apart: host (without brackets, at most 63
 * bytes, its NUL not counted) and port, 0 letting the kernel choose. False when it is none of them. */
bool settings_split_listen(const char *listen, char host[64], uint16_t *port);

#endif
