#include "node/store/search_terms.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <ctype.h>
#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define WORD_MAX 64  /* bytes; longer ones are numbers, addresses or noise: they are cut */
#define PREFIX_MIN 3 /* bytes: "ia" must not find every word that begins so */
#define CLEAN_MAX (256 * 1024)
#define QUESTION_MAX (64 * 1024)
#define FORM_MAX (8 * WORD_MAX) /* a few characters fold to several */
#define KEY_MAX 128
#define GROUPS_MAX 4 /* of synonyms in a question: each is many terms to look up */

struct search_terms {
    struct sb_stemmer *stemmer;
    text_t clean; /* the text in NFC, when it was not */
    text_t forms[SEARCH_FORMS_MAX];
    size_t form_count;
    char key[KEY_MAX];
};

/* One word of a text, as the stemmer wants it: lower case, accents kept. */
typedef struct word {
    char bytes[WORD_MAX + 8];
    size_t size;
    const char *start, *end; /* in the text */
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
    for (size_t i = 0; i < SEARCH_FORMS_MAX; i++)
        text_init(&self->forms[i], FORM_MAX);
    return self;
}

void search_terms_destroy(search_terms_t **self_p)
{
    search_terms_t *self = *self_p;
    if (!self)
        return;
    sb_stemmer_delete(self->stemmer);
    text_free(&self->clean);
    for (size_t i = 0; i < SEARCH_FORMS_MAX; i++)
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
        const char *here = *at;
        *at += utf8proc_iterate((const uint8_t *)*at, end - *at, &character);
        if (is_word(character)) {
            if (!word->size)
                word->start = here;
            add_letter(word, character);
            word->end = *at;
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

static const char *stem(search_terms_t *self, const char *bytes, size_t size, size_t *stem_size)
{
    const sb_symbol *stemmed = sb_stemmer_stem(self->stemmer, (const sb_symbol *)bytes, (int)size);
    assert(stemmed);
    *stem_size = (size_t)sb_stemmer_length(self->stemmer);
    return (const char *)stemmed;
}

static void add_stem(search_terms_t *self, const char *bytes, size_t size)
{
    size_t stem_size;
    const char *stemmed = stem(self, bytes, size, &stem_size);
    add_form(self, stemmed, stem_size);
}

/* The stem of a word without accents is its key. */
static void add_key(search_terms_t *self, const char *bytes, size_t size)
{
    size_t stem_size;
    const char *stemmed = stem(self, bytes, size, &stem_size);
    size_t kept = stem_size < KEY_MAX ? stem_size : KEY_MAX - 1;
    memcpy(self->key, stemmed, kept);
    self->key[kept] = 0;
    add_form(self, self->key, kept);
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
    add_key(self, self->forms[0].data, self->forms[0].size);
    if (!is_ascii(word))
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

/* --- words --- */

/* The word as others see it; false for one that folds to nothing. */
static bool show(search_terms_t *self, word_t *word, search_word_t *shown)
{
    find_forms(self, word);
    if (!self->form_count)
        return false;
    const text_t *folded = &self->forms[0];
    word->bytes[word->size] = 0;
    *shown = (search_word_t){.word = word->bytes,
                             .form_count = self->form_count,
                             .key = self->key,
                             .common = is_among(COMMON, folded->data, folded->size)};
    for (size_t i = 0; i < self->form_count; i++)
        shown->forms[i] = self->forms[i].data;
    return true;
}

void search_terms_each(search_terms_t *self, const char *text, size_t size,
                       bool (*visit)(void *context, const search_word_t *word), void *context)
{
    const char *at = clean(self, text, &size);
    const char *end = at ? at + size : NULL;
    word_t word;
    search_word_t shown;
    while (at && next_word(&at, end, &word))
        if (show(self, &word, &shown) && !visit(context, &shown))
            return;
}

void search_terms_mark(search_terms_t *self, const char *text, size_t size,
                       bool (*wanted)(void *context, const search_word_t *word),
                       void (*part)(void *context, const char *bytes, size_t size, bool marked),
                       void *context)
{
    const char *at = clean(self, text, &size), *done = at;
    const char *end = at ? at + size : NULL;
    word_t word;
    search_word_t shown;
    while (at && next_word(&at, end, &word)) {
        if (!show(self, &word, &shown) || !wanted(context, &shown))
            continue;
        if (word.start > done)
            part(context, done, (size_t)(word.start - done), false);
        part(context, word.start, (size_t)(word.end - word.start), true);
        done = word.end;
    }
    if (done < end)
        part(context, done, (size_t)(end - done), false);
}

static bool add_forms(void *out, const search_word_t *word)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < word->form_count; i++)
        rc = text_add_format(out, "%s ", word->forms[i]);
    return rc == 0;
}

void search_terms_add(search_terms_t *self, text_t *out, const char *text, size_t size)
{
    search_terms_each(self, text, size, add_forms, out);
}

/* --- questions --- */

enum { WEIGHT_BEGINNING = '1', WEIGHT_SYNONYM = '2', WEIGHT_STEM = '3', WEIGHT_WORD = '4' };

/* The words of a question. Those that are too long for a key are only noise. */
typedef struct asked {
    struct {
        char forms[SEARCH_FORMS_MAX][FORM_MAX + 1], key[KEY_MAX];
        size_t form_count;
    } words[SEARCH_WORDS_MAX];
    size_t count;
    bool with_common;
} asked_t;

void question_init(question_t *self)
{
    text_init(&self->expression, QUESTION_MAX);
    text_init(&self->weights, QUESTION_MAX);
}

void question_free(question_t *self)
{
    text_free(&self->expression);
    text_free(&self->weights);
}

static bool add_asked(void *context, const search_word_t *word)
{
    asked_t *asked = context;
    if (word->common && !asked->with_common)
        return true;
    asked->words[asked->count].form_count = word->form_count;
    for (size_t i = 0; i < word->form_count; i++)
        memcpy(asked->words[asked->count].forms[i], word->forms[i], strlen(word->forms[i]) + 1);
    memcpy(asked->words[asked->count].key, word->key, strlen(word->key) + 1);
    asked->count++;
    return asked->count < SEARCH_WORDS_MAX;
}

static void add_term(question_t *question, const char *before, const char *term, const char *after,
                     char weight)
{
    text_add_format(&question->expression, "%s\"%s\"%s", before, term, after);
    text_add(&question->weights, &weight, 1);
}

/* One word: ("securite" OR "secur" OR "securite"*). Quotes make a term of anything. */
static void add_word(question_t *question, const asked_t *asked, size_t index, bool beginning)
{
    const char *word = asked->words[index].forms[0];
    add_term(question, "(", word, "", WEIGHT_WORD);
    for (size_t i = 1; i < asked->words[index].form_count; i++)
        add_term(question, " OR ", asked->words[index].forms[i], "", WEIGHT_STEM);
    if (beginning && strlen(word) >= PREFIX_MIN)
        add_term(question, " OR ", word, "*", WEIGHT_BEGINNING);
    text_add_string(&question->expression, ")");
}

static void add_words(question_t *question, const asked_t *asked, size_t from, size_t count,
                      bool beginning)
{
    for (size_t i = 0; i < count; i++) {
        text_add_string(&question->expression, i ? " AND " : "");
        add_word(question, asked, from + i, beginning);
    }
}

static void add_group(question_t *question, const char *group, size_t terms)
{
    text_add_format(&question->expression, " OR %s)", group);
    for (char weight = WEIGHT_SYNONYM; terms; terms--)
        text_add(&question->weights, &weight, 1);
}

static void add_question(question_t *question, const asked_t *asked, const synonyms_t *synonyms,
                         bool beginning)
{
    const char *keys[SEARCH_WORDS_MAX];
    for (size_t i = 0; i < asked->count; i++)
        keys[i] = asked->words[i].key;
    for (size_t i = 0, used, terms, groups = 0; i < asked->count; i += used) {
        const char *group = synonyms_find(groups < GROUPS_MAX ? synonyms : NULL, keys + i,
                                          asked->count - i, &used, &terms);
        used = group ? used : 1;
        text_add_format(&question->expression, "%s%s", i ? " AND " : "", group ? "((" : "");
        add_words(question, asked, i, used, beginning);
        text_add_string(&question->expression, group ? ")" : "");
        if (group)
            add_group(question, group, terms);
        groups += group != NULL;
    }
}

void search_terms_query(search_terms_t *self, question_t *question, const char *typed, size_t size,
                        const synonyms_t *synonyms, bool beginning)
{
    asked_t asked = {.count = 0};
    text_clear(&question->expression);
    text_clear(&question->weights);
    search_terms_each(self, typed, size, add_asked, &asked);
    if (!asked.count) {
        asked.with_common = true;
        search_terms_each(self, typed, size, add_asked, &asked);
    }
    add_question(question, &asked, synonyms, beginning);
    if (question->expression.overflow || question->weights.overflow)
        text_clear(&question->expression);
}
