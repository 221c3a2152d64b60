/* What to mark is read from the question itself: its terms, and those that are a beginning. */
#include "node/portal/lists/highlight.h"

#include "node/store/search_terms.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TERMS_MAX 256

typedef struct term {
    const char *bytes; /* in the question, without quotes */
    size_t size;
    bool beginning;
} term_t;

struct highlight {
    search_terms_t *terms;
    question_t question;
    term_t list[TERMS_MAX];
    size_t count;
    json_t *parts; /* while a text is looked through */
};

static void read_terms(highlight_t *self)
{
    const char *at = self->question.expression.data, *end;
    while (self->count < TERMS_MAX && (at = strchr(at, '"')) && (end = strchr(at + 1, '"'))) {
        self->list[self->count++] = (term_t){at + 1, (size_t)(end - at - 1), end[1] == '*'};
        at = end + 1;
    }
}

highlight_t *highlight_new(const char *words, const synonyms_t *synonyms)
{
    highlight_t *self = calloc(1, sizeof *self);
    assert(self);
    self->terms = search_terms_new();
    question_init(&self->question);
    search_terms_query(self->terms, &self->question, words, strlen(words), synonyms, true);
    read_terms(self);
    return self;
}

void highlight_destroy(highlight_t **self_p)
{
    highlight_t *self = *self_p;
    if (!self)
        return;
    search_terms_destroy(&self->terms);
    question_free(&self->question);
    free(self);
    *self_p = NULL;
}

static bool is_term(const term_t *term, const char *form)
{
    return strncmp(term->bytes, form, term->size) == 0 && (term->beginning || !form[term->size]);
}

static bool is_wanted(void *context, const search_word_t *word)
{
    const highlight_t *self = context;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < word->form_count; j++)
            if (is_term(&self->list[i], word->forms[j]))
                return true;
    return false;
}

static void add_part(void *context, const char *bytes, size_t size, bool marked)
{
    const highlight_t *self = context;
    json_array_append_new(self->parts, json_pack("{s:s%, s:s%}", "marked", bytes, marked ? size : 0,
                                                 "plain", bytes, marked ? 0 : size));
}

json_t *highlight_parts(highlight_t *self, const char *text)
{
    json_t *parts = self->parts = json_array();
    search_terms_mark(self->terms, text, strlen(text), is_wanted, add_part, self);
    self->parts = NULL;
    return parts;
}
