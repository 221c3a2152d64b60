#include "node/store/search_terms.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <ctype.h>
#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define WORD_MAX 64 /* bytes; longer ones are numbers, addresses or noise: they are cut */
#define FORMS_MAX 3
#define PREFIX_MIN 3 /* bytes: "ia" must not find every word that begins so */
#define CLEAN_MAX (256 * 1024)

struct search_terms {
    struct sb_stemmer *stemmer;
    text_t clean; /* the text in NFC, when it was not */
    text_t forms[FORMS_MAX];
    size_t form_count;
};

/* One word of a text, as the stemmer wants it: lower case, accents kept. */
typedef struct word {
    char bytes[WORD_MAX + 8];
    size_t size;
} word_t;

/* What a vowel or a mute h drops before an apostrophe. */
static const char *const ELIDED[] = {
    "l", "d", "qu", "j", "n", "s", "c", "m", "t", "jusqu", "lorsqu", "puisqu", NULL,
};

static const char *const COMMON[] = {
    "a",    "au",   "aux", "avec", "ce", "ces", "cette", "dans",  "de",   "des",  "du",
    "elle", "en",   "est", "et",   "il", "ils", "je",    "la",    "le",   "les",  "leur",
    "ma",   "mais", "mes", "mon",  "ne", "nos", "notre", "nous",  "on",   "ou",   "par",
    "pas",  "pour", "que", "qui",  "sa", "se",  "ses",   "si",    "son",  "sont", "sur",
    "ta",   "tes",  "ton", "tu",   "un", "une", "vos",   "votre", "vous", "y",    NULL,
};

static bool is_among(const char *const *words, const char *bytes, size_t size)
{
    for (; *words; words++)
        if (strlen(*words) == size && memcmp(*words, bytes, size) == 0)
            return true;
    return false;
}

search_terms_t *search_terms_new(void)
{
    search_terms_t *self = calloc(1, sizeof *self);
    assert(self);
    self->stemmer = sb_stemmer_new("french", "UTF_8");
    assert(self->stemmer);
    text_init(&self->clean, CLEAN_MAX);
    for (size_t i = 0; i < FORMS_MAX; i++)
        text_init(&self->forms[i], 8 * WORD_MAX);
    return self;
}

void search_terms_destroy(search_terms_t **self_p)
{
    search_terms_t *self = *self_p;
    if (!self)
        return;
    sb_stemmer_delete(self->stemmer);
    text_free(&self->clean);
    for (size_t i = 0; i < FORMS_MAX; i++)
        text_free(&self->forms[i]);
    free(self);
    *self_p = NULL;
}

static bool is_word(int32_t character)
{
    if (character < 0x80)
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z')
               || (character >= 'A' && character <= 'Z');
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

static void add_letter(word_t *word, int32_t character)
{
    int32_t lower = utf8proc_tolower(character);
    uint8_t bytes[4] = {lower == 0xe6 ? 'a' : 'o', 'e'};
    size_t size = lower == 0x153 || lower == 0xe6 ? 2 : (size_t)utf8proc_encode_char(lower, bytes);
    if (word->size + size > WORD_MAX)
        return;
    memcpy(word->bytes + word->size, bytes, size);
    word->size += size;
}

/* The next word of valid UTF-8 from *at on, without its elided article; false at the end. */
static bool next_word(const char **at, const char *end, word_t *word)
{
    word->size = 0;
    while (*at < end) {
        int32_t character;
        *at += utf8proc_iterate((const uint8_t *)*at, end - *at, &character);
        if (is_word(character)) {
            add_letter(word, character);
        } else if (word->size) {
            bool apostrophe = character == '\'' || character == 0x2019;
            if (!apostrophe || !is_among(ELIDED, word->bytes, word->size))
                return true;
            word->size = 0;
        }
    }
    return word->size > 0;
}

/* A few characters fold to several with a sign among them: "⑴" to "(1)". Terms have none. */
static void keep_letters(text_t *form)
{
    size_t kept = 0;
    for (size_t i = 0; i < form->size; i++)
        if ((form->data[i] & 0x80) || isalnum((unsigned char)form->data[i]))
            form->data[kept++] = form->data[i];
    form->size = kept;
    form->data[kept] = 0;
}

/* Adds a form of the word without accents, unless it is there already. */
static void add_form(search_terms_t *self, const char *bytes, size_t size)
{
    text_t *form = &self->forms[self->form_count];
    text_clear(form);
    if (unicode_fold(form, bytes, size))
        return;
    keep_letters(form);
    if (!form->size)
        return;
    for (size_t i = 0; i < self->form_count; i++)
        if (strcmp(self->forms[i].data, form->data) == 0)
            return;
    self->form_count++;
}

static void add_stem(search_terms_t *self, const char *bytes, size_t size)
{
    const sb_symbol *stem = sb_stemmer_stem(self->stemmer, (const sb_symbol *)bytes, (int)size);
    assert(stem);
    add_form(self, (const char *)stem, (size_t)sb_stemmer_length(self->stemmer));
}

static bool is_ascii(const word_t *word)
{
    for (size_t i = 0; i < word->size; i++)
        if (word->bytes[i] & 0x80)
            return false;
    return true;
}

/* The terms of a word, the word itself first; none for one that folds to nothing. */
static void find_forms(search_terms_t *self, const word_t *word)
{
    self->form_count = 0;
    add_form(self, word->bytes, word->size);
    if (!self->form_count)
        return;
    if (!is_ascii(word))
        add_stem(self, self->forms[0].data, self->forms[0].size);
    add_stem(self, word->bytes, word->size);
}

/* The text in NFC, or NULL when it is not UTF-8. */
static const char *clean(search_terms_t *self, const char *text, size_t *size)
{
    if (!unicode_valid(text, *size))
        return NULL;
    if (unicode_is_plain(text, *size))
        return text;
    text_clear(&self->clean);
    if (unicode_nfc(&self->clean, text, *size))
        return NULL;
    *size = self->clean.size;
    return self->clean.data;
}

void search_terms_add(search_terms_t *self, text_t *out, const char *text, size_t size)
{
    const char *at = clean(self, text, &size);
    if (!at)
        return;
    const char *end = at + size;
    word_t word;
    while (next_word(&at, end, &word)) {
        find_forms(self, &word);
        for (size_t i = 0; i < self->form_count; i++)
            if (text_add_format(out, "%s ", self->forms[i].data))
                return;
    }
}

/* The question for one word: ("securit" OR "secur" OR "securite"*). Quotes make a term of anything. */
static void add_question(const search_terms_t *self, text_t *out)
{
    const text_t *typed = &self->forms[0];
    text_add_string(out, out->size ? " AND (" : "(");
    for (size_t i = 1; i < self->form_count; i++)
        text_add_format(out, "\"%s\" OR ", self->forms[i].data);
    text_add_format(out, "\"%s\"%s)", typed->data, typed->size >= PREFIX_MIN ? "*" : "");
}

static void add_questions(search_terms_t *self, text_t *out, const char *at, const char *end,
                          bool with_common)
{
    word_t word;
    for (size_t count = 0; count < SEARCH_WORDS_MAX && next_word(&at, end, &word);) {
        find_forms(self, &word);
        if (!self->form_count
            || (!with_common && is_among(COMMON, self->forms[0].data, self->forms[0].size)))
            continue;
        add_question(self, out);
        count++;
    }
}

void search_terms_query(search_terms_t *self, text_t *out, const char *typed, size_t size)
{
    text_t questions;
    text_init(&questions, out->max);
    const char *at = clean(self, typed, &size);
    if (at) {
        add_questions(self, &questions, at, at + size, false);
        if (!questions.size)
            add_questions(self, &questions, at, at + size, true);
    }
    if (!questions.overflow)
        text_add(out, questions.data, questions.size);
    text_free(&questions);
}
