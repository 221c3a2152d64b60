/* kind - what a record of one sort is made of, as its YAML file says it.
 *
 * One file in schemas/kinds/ drives validation, forms, lists, import, export, search, facets and
 * counts; adding a kind touches no C. A vocabulary is a controlled list in schemas/vocabularies/;
 * the fields every kind has are in schemas/common.yaml. ADD-A-KIND.md explains every key.
 * A schema holds all of them, is loaded once at start, and does not change afterwards: every
 * pointer below is borrowed from it and valid as long as it. Read-only, so threads may each load
 * their own or share one by copy of the pointer before they start. */
#ifndef SCHEMAS_KIND_H
#define SCHEMAS_KIND_H

#include "schemas/base/err.h"
#include "schemas/base/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_SIZE 33 /* a hub id or kind name, 1-32 characters [a-z0-9_-], and its NUL */
#define ID_SIZE 129  /* a record id, 1-128 bytes [a-z0-9][a-z0-9._:-]*, and its NUL */

typedef enum field_type {
    FIELD_TEXT,     /* one line */
    FIELD_MARKDOWN, /* several lines, CommonMark without raw HTML */
    FIELD_CODE,     /* an entry of `vocabulary` */
    FIELD_SIREN,
    FIELD_SIRET,
    FIELD_RNA,
    FIELD_COG, /* typed territory: COM-42218, DEP-42, REG-84, EPCI-..., PAYS-99100, UE-27 */
    FIELD_NAF, /* map {nomenclature: rev2|2025, code} */
    FIELD_URL, /* http or https */
    FIELD_TEL,
    FIELD_COURRIEL,
    FIELD_DATE,    /* 2026-11-22 */
    FIELD_INSTANT, /* RFC 3339 with offset */
    FIELD_INTEGER,
    FIELD_DECIMAL, /* stored as hundredths, shown as 10.2 */
    FIELD_DEGREES, /* stored as millionths */
    FIELD_BOOL,
    FIELD_LIST,     /* of `fields[0]` */
    FIELD_MAP,      /* of `fields` */
    FIELD_INTERVAL, /* [min, max] of `fields[0]` (integer or decimal); one end may be null */
} field_type_t;

typedef enum need {
    NEED_OPTIONAL,
    NEED_EXPECTED, /* absent: accepted with the warning W_INCOMPLETE */
    NEED_REQUIRED, /* absent: refused */
} need_t;

typedef struct term {
    const char *code;  /* "agentique" */
    const char *label; /* "Agents" */
} term_t;

/* A record that has `value` in `field` also has the term `code`, unless it names terms itself: who serves `vente` helps
 * with `devis`. Said of the records' facets, never of their bodies. */
typedef struct follow {
    const char *code, *field, *value;
} follow_t;

typedef struct vocabulary {
    const char *name;  /* file name without .yaml: "fonction" */
    const char *label; /* "Fonction de l'entreprise" */
    const term_t *terms;
    size_t count;
    const follow_t *follows;
    size_t follow_count;
    const char *otherwise; /* the term of a record without such a field; "" for none */
} vocabulary_t;

typedef struct field field_t;
struct field {
    const char *name;  /* French ASCII snake_case; "" for the entry of a list or interval */
    const char *label; /* French, for people */
    const char *help;  /* French sentence or "" */
    const char *unit;  /* "EUR", "jours" or "" */
    field_type_t type;
    need_t need;
    /* Bounds of a number, both included, in the unit people write (percent, degrees, euros), not as
     * it is stored. max > min for INTEGER, DECIMAL, DEGREES; both 0 for every other type. */
    int64_t min, max;
    size_t max_size; /* characters of a text, entries of a list; 0 where the type fixes it */
    const vocabulary_t *vocabulary; /* FIELD_CODE */
    const field_t *fields;          /* LIST, INTERVAL: one; MAP: `field_count` */
    size_t field_count;
    /* Filtered, and counted per value: CODE, COG, BOOL, NAF ("rev2:J"), and lists of them. Inside
     * maps and lists its name is the dotted path: "lieu.code_insee", "offres.type". */
    bool facet;
    int search; /* 0 not searched; 1 text, 2 important, 3 title; a CODE is searched by its label */
};

typedef struct kind kind_t;

/* A rule across fields: looks at a body (JSON) that already passed field by field. The table of
 * all of them is in check.c; YAML only names them. */
typedef struct check check_t;

typedef struct rule {
    const check_t *check;      /* which function */
    const char *const *fields; /* its arguments: names of fields or words, as the YAML lists them */
    size_t field_count;
} rule_t;

struct kind {
    const char *name;           /* "use_case" */
    uint32_t version;           /* `sv` of the items: raised when a field is added */
    const char *label, *plural; /* "Cas d'usage", "Cas d'usage" */
    const char *path;           /* of its pages and nothing else: "cas-usage" */
    const char *title,
        *summary; /* names of the fields that head a page and a list row; summary "" if none */
    /* The field lists are ordered by, dates: soonest first. A dotted path; through a list it means
     * the first entry: "horaires.debut". */
    const char *sort;
    /* The natural key: alternatives in order of preference, each the fields (dotted paths, never
     * through a list) whose values are joined by ":". The first whose fields are all present makes
     * the id. */
    const char *const *const *keys; /* NULL-ended lists */
    size_t key_count;
    const field_t *fields; /* in the order of forms and pages; the common ones last */
    size_t field_count;
    const rule_t *rules;
    size_t rule_count;
    uint8_t
        hash[32]; /* of the YAML (and its vocabularies): projections made by another are rebuilt */
};

typedef struct schema schema_t;

/* Loads every kind and vocabulary of a folder; NULL and findings (file:line:column) if any is bad.
 * folder NULL: MAILLAGE_SCHEMAS from the environment, else the folder known from the build. */
schema_t *schema_load(const char *folder, findings_t *findings);
void schema_destroy(schema_t **self_p);

size_t schema_kind_count(const schema_t *self);
const kind_t *schema_kind_at(const schema_t *self, size_t index);  /* ordered by name */
const kind_t *schema_kind(const schema_t *self, const char *name); /* or NULL */
const vocabulary_t *schema_vocabulary(const schema_t *self, const char *name);
/* The nearest known name to a mistyped one, or NULL. */
const char *schema_did_you_mean(const schema_t *self, const char *kind);

const field_t *kind_field(const kind_t *self, const char *name); /* top level, or NULL */
/* The field a dotted path leads to, or NULL: steps into maps, and through lists to their entries'
 * fields ("labels.preuve_url"). The path of a list itself is the list. */
const field_t *kind_path(const kind_t *self, const char *path);
/* "siren", "list"...: the word a kind's YAML uses. */
const char *field_type_word(field_type_t type);
/* The label of a code, or the code itself when the vocabulary does not know it. */
const char *vocabulary_label(const vocabulary_t *self, const char *code);
const term_t *vocabulary_term(const vocabulary_t *self, const char *code); /* or NULL */

bool name_valid(const char *name); /* a hub id or kind name */
bool id_valid(const char *id);     /* a record id */

#endif
