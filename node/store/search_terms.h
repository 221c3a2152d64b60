/* search_terms - how French text becomes the terms of the search index, and what was typed a question.
 *
 * A word is lower-cased, its œ and æ written out, its elided article cut ("l'énergie", both
 * apostrophes); then up to three terms stand for it: the word without accents, its Snowball stem
 * without accents, and the stem of the word without accents. The last one is there because people
 * type without accents, and the stemmer sees "securite" and "sécurité" differently.
 *
 * Pure: no database. Belongs to one thread. */
#ifndef NODE_STORE_SEARCH_TERMS_H
#define NODE_STORE_SEARCH_TERMS_H

#include "schemas/base/text.h"

#define SEARCH_WORDS_MAX 16 /* words of a question that are looked at; the rest is left out */

typedef struct search_terms search_terms_t;

search_terms_t *search_terms_new(void);
void search_terms_destroy(search_terms_t **self_p);

/* Appends the terms of a text, each followed by a space. Terms are letters and digits only. What is
 * not valid UTF-8 has no terms; what does not fit in out is left out. */
void search_terms_add(search_terms_t *self, text_t *out, const char *text, size_t size);

/* Appends an FTS5 expression for what a person typed: every word must be found, by its stem or as the
 * beginning of a word (from three letters on). Common words (de, la, pour...) count only when there is
 * nothing else. Whatever is typed, the expression is well formed. Appends nothing when no word was
 * typed: such a question has no answer. */
void search_terms_query(search_terms_t *self, text_t *out, const char *typed, size_t size);

#endif
