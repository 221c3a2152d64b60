/* figure - one published figure in words: what it says, of whom, by whom, and what does not add up in it. */
#ifndef NODE_PORTAL_PAGES_FIGURE_H
#define NODE_PORTAL_PAGES_FIGURE_H

#include "node/portal/site.h"
#include "node/portal/words/chart.h"

typedef struct figure {
    const kind_t *kind;
    json_t *body;
    char hub[NAME_SIZE], id[ID_SIZE];
    /* Of the body, "" where it says nothing. */
    const char *code, *label, *territory, *period, *maker, *size, *section, *unit, *scope, *method;
} figure_t;

/* False when the record cannot be read as one. Call figure_free either way. */
bool figure_read(figure_t *self, const kind_t *kind, const entry_t *entry);
void figure_free(figure_t *self);

/* "environ 10,2 %", "entre 10 et 20 %", "100 000 €" */
void figure_value(const figure_t *self, text_t *out);

/* "Epures, septembre 2025": who says it, of when */
void figure_source(const figure_t *self, text_t *out);

/* "Industrie, de 10 à 49 salariés": which part of the companies it counts; false, and nothing, when it counts them all. */
bool figure_part(const figure_t *self, text_t *out);

/* The bar of it; label and value are borrowed. */
bar_t figure_bar(const figure_t *self, const char *label, const char *value);

/* "septembre 2025", "3e trimestre 2025", "année non précisée"; anything else as the source has it. */
void figure_period(text_t *out, const char *period);

/* "260 sur 2 580 font 10,08 %, la source imprime 10,2 %. Nous gardons les deux." when the kind's check finds
 * that they do not fit; else nothing. */
void figure_warning(const figure_t *self, text_t *out);

#endif
