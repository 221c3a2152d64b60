/* The members are sorted by their keys; a question is looked up by the keys of its words, the most words
 * first. A group's part of an expression is made once, when the file is read. */
#include "node/store/synonyms.h"

#include "node/store/search_terms.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    char key[SYNONYM_KEY_MAX]; /* the keys of its words, a space between two */
    size_t group;
} member_t;

typedef struct group {
    text_t expression;
    size_t terms;
} group_t;

struct synonyms {
    member_t *members;
    size_t member_count;
    group_t *groups;
    size_t group_count;
};

/* While a file is read. */
typedef struct reading {
    synonyms_t *synonyms;
    search_terms_t *terms;
    const char *path;
    findings_t *findings;
    size_t line;
    group_t group;
    size_t members; /* of this line */
} reading_t;

static void refuse(reading_t *self, size_t column, const char *value, const char *reason)
{
    text_t where;
    text_init(&where, 8192);
    text_add_format(&where, "%s:%zu:%zu", self->path, self->line, column);
    findings_add(self->findings, SEVERITY_ERROR, "E_SYNONYM", where.data, "", value, "%s", reason);
    text_free(&where);
}

static int compare_members(const void *a, const void *b)
{
    return strcmp(((const member_t *)a)->key, ((const member_t *)b)->key);
}

/* --- a member --- */

typedef struct made {
    text_t expression;
    size_t terms, words;
    char key[SYNONYM_KEY_MAX];
    bool with_common, too_long;
} made_t;

static bool add_word(void *context, const search_word_t *word)
{
    made_t *made = context;
    if (word->common && !made->with_common)
        return true;
    size_t size = strlen(made->key);
    int added =
        snprintf(made->key + size, sizeof made->key - size, "%s%s", size ? " " : "", word->key);
    made->too_long |= ++made->words > SYNONYM_WORDS_MAX || size + (size_t)added >= sizeof made->key;
    for (size_t i = 0; i < word->form_count; i++)
        text_add_format(&made->expression, "%s\"%s\"",
                        i                  ? " OR "
                        : made->words == 1 ? "("
                                           : " AND (",
                        word->forms[i]);
    text_add_string(&made->expression, ")");
    made->terms += word->form_count;
    return !made->too_long;
}

static const member_t *find_member(const synonyms_t *self, const char *key)
{
    for (size_t i = 0; i < self->member_count; i++)
        if (strcmp(self->members[i].key, key) == 0)
            return &self->members[i];
    return NULL;
}

static void keep_member(reading_t *self, const made_t *made)
{
    synonyms_t *synonyms = self->synonyms;
    synonyms->members =
        realloc(synonyms->members, (synonyms->member_count + 1) * sizeof *synonyms->members);
    assert(synonyms->members);
    member_t *member = &synonyms->members[synonyms->member_count++];
    memcpy(member->key, made->key, sizeof member->key);
    member->group = synonyms->group_count;
    text_add_format(&self->group.expression, "%s(%s)", self->members ? " OR " : "",
                    made->expression.data);
    self->group.terms += made->terms;
    self->members++;
}

static void read_member(reading_t *self, const char *text, size_t size, size_t column)
{
    made_t made = {.words = 0};
    char value[SYNONYM_KEY_MAX];
    snprintf(value, sizeof value, "%.*s", (int)size, text);
    text_init(&made.expression, SYNONYMS_FILE_MAX);
    search_terms_each(self->terms, text, size, add_word, &made);
    if (!made.words) {
        made.with_common = true;
        search_terms_each(self->terms, text, size, add_word, &made);
    }
    const member_t *known = made.words ? find_member(self->synonyms, made.key) : NULL;
    if (!made.words)
        refuse(self, column, value, "there is no word between these commas");
    else if (made.too_long)
        refuse(self, column, value, "a synonym has at most 4 words");
    else if (known && known->group != self->synonyms->group_count)
        refuse(self, column, value, "this word is in another group already: put both on one line");
    else if (self->members == SYNONYM_MEMBERS_MAX)
        refuse(self, column, value, "a line has at most 8 synonyms");
    else if (!known) /* a plural beside its singular is the same to us */
        keep_member(self, &made);
    text_free(&made.expression);
}

/* --- the file --- */

static size_t column_of(const char *line, const char *at)
{
    size_t column = 1;
    for (; line < at; line++)
        column += (*line & 0xc0) != 0x80;
    return column;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void keep_group(reading_t *self)
{
    synonyms_t *synonyms = self->synonyms;
    synonyms->groups =
        realloc(synonyms->groups, (synonyms->group_count + 1) * sizeof *synonyms->groups);
    assert(synonyms->groups);
    synonyms->groups[synonyms->group_count++] = self->group;
}

static void read_line(reading_t *self, const char *line, size_t size)
{
    const char *end = memchr(line, '#', size);
    end = end ? end : line + size;
    while (end > line && is_space(end[-1]))
        end--;
    const char *at = line;
    while (at < end && is_space(*at))
        at++;
    if (at == end)
        return;
    self->members = 0;
    self->group = (group_t){.terms = 0};
    text_init(&self->group.expression, SYNONYMS_FILE_MAX);
    size_t errors = self->findings->errors;
    for (const char *comma = at; comma && at <= end; at = comma + 1) {
        comma = memchr(at, ',', (size_t)(end - at));
        while (at < end && is_space(*at))
            at++;
        read_member(self, at, (size_t)((comma ? comma : end) - at), column_of(line, at));
        if (!comma)
            break;
    }
    if (self->members < 2 && self->findings->errors == errors)
        refuse(self, 1, "",
               "a line needs two words or more that a search tells apart, separated by commas");
    keep_group(self);
}

static void read_lines(reading_t *self, const char *text, size_t size)
{
    for (const char *at = text, *end = text + size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        if (++self->line > SYNONYMS_LINES_MAX) {
            refuse(self, 1, "", "a file of synonyms has at most 1000 lines");
            return;
        }
        read_line(self, at, length);
        at += length + 1;
    }
}

/* The bytes of the file, given; NULL and a finding when there is none to be had. */
static char *read_file(reading_t *self, size_t *size)
{
    FILE *file = fopen(self->path, "rb");
    if (!file) {
        findings_add(self->findings, SEVERITY_ERROR, "E_SYNONYM", self->path, "", "",
                     "the file of synonyms cannot be read: %s", strerror(errno));
        return NULL;
    }
    char *text = malloc(SYNONYMS_FILE_MAX + 1);
    assert(text);
    *size = fread(text, 1, SYNONYMS_FILE_MAX + 1, file);
    bool bad = ferror(file) || *size > SYNONYMS_FILE_MAX || memchr(text, 0, *size);
    fclose(file);
    if (!bad)
        return text;
    findings_add(self->findings, SEVERITY_ERROR, "E_SYNONYM", self->path, "", "",
                 "a file of synonyms is text of at most %d bytes", SYNONYMS_FILE_MAX);
    free(text);
    return NULL;
}

synonyms_t *synonyms_load(const char *path, findings_t *findings)
{
    size_t size = 0, errors = findings->errors;
    reading_t reading = {.path = path, .findings = findings};
    char *text = read_file(&reading, &size);
    if (!text)
        return NULL;
    reading.synonyms = calloc(1, sizeof *reading.synonyms);
    assert(reading.synonyms);
    reading.terms = search_terms_new();
    read_lines(&reading, text, size);
    search_terms_destroy(&reading.terms);
    free(text);
    if (findings->errors > errors)
        synonyms_destroy(&reading.synonyms);
    else if (reading.synonyms->member_count)
        qsort(reading.synonyms->members, reading.synonyms->member_count, sizeof(member_t),
              compare_members);
    return reading.synonyms;
}

void synonyms_destroy(synonyms_t **self_p)
{
    synonyms_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->group_count; i++)
        text_free(&self->groups[i].expression);
    free(self->groups);
    free(self->members);
    free(self);
    *self_p = NULL;
}

/* --- asking --- */

static const member_t *look_up(const synonyms_t *self, const char *const *keys, size_t count)
{
    member_t asked = {.group = 0};
    size_t size = 0;
    for (size_t i = 0; i < count && size < sizeof asked.key; i++)
        size += (size_t)snprintf(asked.key + size, sizeof asked.key - size, "%s%s", i ? " " : "",
                                 keys[i]);
    if (size >= sizeof asked.key || !self->member_count)
        return NULL;
    return bsearch(&asked, self->members, self->member_count, sizeof asked, compare_members);
}

const char *synonyms_find(const synonyms_t *self, const char *const *keys, size_t count,
                          size_t *used, size_t *terms)
{
    if (!self)
        return NULL;
    for (*used = count < SYNONYM_WORDS_MAX ? count : SYNONYM_WORDS_MAX; *used; --*used) {
        const member_t *member = look_up(self, keys, *used);
        if (!member)
            continue;
        *terms = self->groups[member->group].terms;
        return self->groups[member->group].expression.data;
    }
    return NULL;
}
