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

#include "node/store/synonyms.h"
#include "schemas/base/text.h"

#define SEARCH_WORDS_MAX 16 /* words of a question that are looked at; the rest is left out */
#define SEARCH_FORMS_MAX 3

typedef struct search_terms search_terms_t;

search_terms_t *search_terms_new(void);
void search_terms_destroy(search_terms_t **self_p);

/* A word of a text, valid during the call that shows it. */
typedef struct search_word {
    const char *word; /* in lower case, with its accents */
    const char
        *forms[SEARCH_FORMS_MAX]; /* its terms: letters and digits; the first is the word itself */
    size_t form_count;
    const char *key; /* one term for all its inflections, whether typed with accents or not */
    bool common;     /* de, la, pour... */
} search_word_t;

/* Shows the words of a text one after the other, until visit says false. What is not valid UTF-8 has no
 * words. visit may not use self. */
void search_terms_each(search_terms_t *self, const char *text, size_t size,
                       bool (*visit)(void *context, const search_word_t *word), void *context);

/* Shows a text in parts, all of which together are the text in NFC: those that are a word which
 * `wanted` wants, and what lies between. */
void search_terms_mark(search_terms_t *self, const char *text, size_t size,
                       bool (*wanted)(void *context, const search_word_t *word),
                       void (*part)(void *context, const char *bytes, size_t size, bool marked),
                       void *context);

/* Appends the terms of a text, each followed by a space. What does not fit in out is left out. */
void search_terms_add(search_terms_t *self, text_t *out, const char *text, size_t size);

/* An expression for FTS5, and what each of its terms is worth when it is found: a digit a term. */
typedef struct question {
    text_t expression, weights;
} question_t;

void question_init(question_t *self);
void question_free(question_t *self);

/* Makes the question of what a person typed: every word must be found, by its stem, by what stands for it
 * (synonyms, may be NULL) or, when `beginning`, as the beginning of a word (from three letters on).
 * Common words count only when there is nothing else. Whatever is typed, the expression is well
 * formed; it is empty when no word was typed: such a question has no answer. */
void search_terms_query(search_terms_t *self, question_t *question, const char *typed, size_t size,
                        const synonyms_t *synonyms, bool beginning);

#endif
