#include "node/import/commune.h"

#include "schemas/base/text.h"

#include <stdio.h>
#include <string.h>

#define CODE_SIZE 6 /* five characters and a NUL */
#define NUMBER_SIZE 24
#define SENTENCE_MAX 2048 /* bytes */
#define NAMESAKES_MAX 64  /* "Saint-Martin" and the like: twice the most there are */

/* The words of a source in the form they are looked up in; "" for what is no such thing. */
typedef struct asked {
    const geo_t *geo;
    char code[CODE_SIZE], postcode[CODE_SIZE];
    const char *name;
    const geo_commune_t *named[NAMESAKES_MAX]; /* all of that name */
    size_t named_count;
} asked_t;

/* Without spaces, and with the zero that a spreadsheet took away; "" when it is longer than a code. */
static void read_code(const char *word, char out[CODE_SIZE])
{
    size_t size = 0;
    for (; word && *word && size < CODE_SIZE; word++)
        if (*word != ' ')
            out[size++] = *word;
    if (size == CODE_SIZE)
        size = 0;
    out[size] = 0;
    if (size == CODE_SIZE - 2 && strspn(out, "0123456789") == size) {
        memmove(out + 1, out, size + 1);
        *out = '0';
    }
}

static void ask(asked_t *self, const geo_t *geo, const commune_words_t *words)
{
    const char *code =
        words->code && strncmp(words->code, "COM-", 4) == 0 ? words->code + 4 : words->code;
    *self = (asked_t){.geo = geo, .name = words->name ? words->name : ""};
    read_code(code, self->code);
    read_code(words->postcode, self->postcode);
    self->named_count = geo_named(geo, self->name, self->named, NAMESAKES_MAX);
    if (self->named_count > NAMESAKES_MAX)
        self->named_count = NAMESAKES_MAX;
}

static bool is_named(const asked_t *self, const geo_commune_t *commune)
{
    for (size_t i = 0; i < self->named_count; i++)
        if (self->named[i] == commune)
            return true;
    return false;
}

static int found(commune_match_t *match, commune_how_t how, const geo_commune_t *commune)
{
    *match = (commune_match_t){.how = how, .commune = commune};
    return 1;
}

static void add_candidate(commune_match_t *match, const geo_commune_t *commune)
{
    if (match->candidate_count < COMMUNE_CANDIDATES_MAX)
        match->candidates[match->candidate_count] = commune;
    match->candidate_count++;
}

/* --- steps: each gives 1 when it has found the commune --- */

/* Those of the name that fit, as candidates; found when it is one. */
static int only_one(const asked_t *self, bool (*fits)(const geo_commune_t *, const void *),
                    const void *with, commune_how_t how, commune_match_t *match)
{
    *match = (commune_match_t){.how = COMMUNE_SEVERAL};
    for (size_t i = 0; i < self->named_count; i++)
        if (fits(self->named[i], with))
            add_candidate(match, self->named[i]);
    return match->candidate_count == 1 ? found(match, how, match->candidates[0]) : 0;
}

static bool has_postcode(const geo_commune_t *commune, const void *postcode)
{
    return geo_serves(commune, postcode);
}

static bool lies_in(const geo_commune_t *commune, const void *department)
{
    return commune->department == department;
}

static bool has_name(const geo_commune_t *commune, const void *nothing)
{
    (void)commune;
    (void)nothing;
    return true;
}

/* A code that the name does not contradict. */
static int by_code(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *commune = geo_commune(self->geo, self->code);
    const geo_part_t *part = commune ? NULL : geo_part(self->geo, self->code);
    if (part)
        commune = part->commune;
    if (!commune || (self->named_count && !is_named(self, commune)))
        return 0;
    return found(match, part && part->former ? COMMUNE_FORMER : COMMUNE_GIVEN, commune);
}

static int by_postcode_as_code(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *served;
    if (only_one(self, has_postcode, self->code, COMMUNE_POSTCODE, match))
        return 1;
    if (self->named_count || geo_commune(self->geo, self->code)
        || geo_served(self->geo, self->code, &served, 1) != 1)
        return 0;
    return found(match, COMMUNE_POSTCODE, served);
}

static int by_code_against_name(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *commune = geo_commune(self->geo, self->code);
    const geo_part_t *part = commune ? NULL : geo_part(self->geo, self->code);
    if (!commune && !part)
        return 0;
    found(match, COMMUNE_DOUBTFUL, commune ? commune : part->commune);
    for (size_t i = 0; i < self->named_count; i++)
        if (!*self->postcode || geo_serves(self->named[i], self->postcode))
            add_candidate(match, self->named[i]);
    return 1;
}

/* A postcode that no commune has is a CEDEX, which stands in the department of its company. */
static int by_name(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *any;
    if (!*self->postcode)
        return only_one(self, has_name, NULL, COMMUNE_NAMED, match);
    const geo_commune_t *coded = geo_commune(self->geo, self->postcode);
    if (only_one(self, has_postcode, self->postcode, COMMUNE_NAMED, match))
        return 1;
    if (match->candidate_count)
        return 0;
    if (coded && is_named(self, coded))
        return found(match, COMMUNE_SWAPPED, coded);
    const geo_department_t *department = geo_postcode_department(self->geo, self->postcode);
    if (department && geo_served(self->geo, self->postcode, &any, 1) == 0)
        return only_one(self, lies_in, department, COMMUNE_NAMED, match);
    return 0;
}

static int by_postcode(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *served;
    bool alone = !*self->name && geo_served(self->geo, self->postcode, &served, 1) == 1;
    return alone ? found(match, COMMUNE_NAMED, served) : 0;
}

/* Those of the name in the postcode's department, then those of the postcode, else all of the name. */
static void propose(const asked_t *self, commune_match_t *match)
{
    const geo_commune_t *served[COMMUNE_CANDIDATES_MAX];
    const geo_department_t *department = geo_postcode_department(self->geo, self->postcode);
    *match = (commune_match_t){.how = COMMUNE_NONE};
    for (size_t i = 0; i < self->named_count; i++)
        if (self->named[i]->department == department)
            add_candidate(match, self->named[i]);
    size_t count = geo_served(self->geo, self->postcode, served, COMMUNE_CANDIDATES_MAX);
    for (size_t i = 0; i < count; i++)
        add_candidate(match, served[i < COMMUNE_CANDIDATES_MAX ? i : 0]); /* beyond: only counted */
    if (!match->candidate_count)
        for (size_t i = 0; i < self->named_count; i++)
            add_candidate(match, self->named[i]);
    if (!*self->name && match->candidate_count > 1)
        match->how = COMMUNE_SEVERAL;
}

void commune_find(const geo_t *geo, const commune_words_t *words, commune_match_t *match)
{
    asked_t asked;
    ask(&asked, geo, words);
    *match = (commune_match_t){.how = COMMUNE_NOT_SAID};
    if (!*asked.code && !*asked.postcode && !*asked.name)
        return;
    if (*asked.code
        && (by_code(&asked, match) || by_postcode_as_code(&asked, match)
            || by_code_against_name(&asked, match)))
        return;
    if (by_name(&asked, match) || by_postcode(&asked, match) || match->candidate_count)
        return;
    propose(&asked, match);
}

/* --- the fields of a content --- */

/* One place: its words, and what they mean. */
typedef struct place {
    json_t *object;
    char code[NUMBER_SIZE], name[NUMBER_SIZE], postcode[NUMBER_SIZE]; /* those that are numbers */
    commune_words_t words;
    commune_match_t match;
} place_t;

/* A text as it is; a number, as some JSON has postcodes, as text. */
static const char *word_of(const json_t *value, char number[NUMBER_SIZE])
{
    if (json_is_string(value))
        return json_string_value(value);
    *number = 0;
    if (json_is_integer(value))
        snprintf(number, NUMBER_SIZE, "%lld", (long long)json_integer_value(value));
    return number;
}

static void add_one(text_t *out, const geo_commune_t *commune)
{
    text_add_format(out, "%s (COM-%s)", commune->name, commune->code);
}

static void add_candidates(text_t *out, const commune_match_t *match)
{
    size_t shown = match->candidate_count < COMMUNE_CANDIDATES_MAX ? match->candidate_count
                                                                   : COMMUNE_CANDIDATES_MAX;
    for (size_t i = 0; i < shown; i++) {
        text_add_string(out, i ? ", " : "");
        add_one(out, match->candidates[i]);
    }
    if (shown < match->candidate_count)
        text_add_format(out, " et %zu autre%s", match->candidate_count - shown,
                        match->candidate_count - shown > 1 ? "s" : "");
}

/* Name and postcode, as far as they are known. */
static void add_words(text_t *out, const commune_words_t *words)
{
    bool both = *words->name && *words->postcode;
    text_add_format(out, "%s%s%s", words->name, both ? " " : "", words->postcode);
}

static void add_proposals(text_t *out, const commune_match_t *match)
{
    if (!match->candidate_count)
        return;
    text_add_string(out, " Peut-être : ");
    add_candidates(out, match);
    text_add_string(out, ".");
}

/* Appends what is doubtful, as a French sentence; nothing when all is well. */
static void explain(const place_t *place, text_t *out)
{
    const commune_words_t *words = &place->words;
    const commune_match_t *match = &place->match;
    switch (match->how) {
    case COMMUNE_NOT_SAID:
    case COMMUNE_GIVEN:
    case COMMUNE_NAMED:
        return;
    case COMMUNE_FORMER:
        text_add_format(out, "Le code « %s » est celui d'une ancienne commune, aujourd'hui ",
                        words->code);
        add_one(out, match->commune);
        text_add_string(out, " : c'est elle qui est gardée.");
        return;
    case COMMUNE_POSTCODE:
        text_add_format(out, "« %s » est un code postal, pas un code de commune. La commune est ",
                        words->code);
        add_one(out, match->commune);
        text_add_string(out, ".");
        return;
    case COMMUNE_SWAPPED:
        text_add_format(out,
                        "« %s » est le code de la commune, pas un code postal. La commune est ",
                        words->postcode);
        add_one(out, match->commune);
        text_add_string(out, " ; son code postal est à corriger.");
        return;
    case COMMUNE_DOUBTFUL:
        text_add_format(out, "Le code « %s » est celui de ", words->code);
        add_one(out, match->commune);
        text_add_format(out, ", pas de « %s ». Il est gardé.", words->name);
        add_proposals(out, match);
        return;
    case COMMUNE_SEVERAL:
        text_add_string(out, "Plusieurs communes conviennent à « ");
        add_words(out, words);
        text_add_string(out, " » : ");
        add_candidates(out, match);
        text_add_string(out, ". Donnez le code de la bonne.");
        return;
    case COMMUNE_NONE:
        text_add_string(out, "Aucune commune ne convient à « ");
        add_words(out, words);
        text_add_string(out, " ».");
        add_proposals(out, match);
        return;
    }
}

/* A code that is right, or only doubtful, stays as its source wrote it. */
static void set_code(const place_t *place)
{
    const commune_match_t *match = &place->match;
    if (!match->commune || match->how == COMMUNE_GIVEN || match->how == COMMUNE_DOUBTFUL)
        return;
    char code[sizeof "COM-" + CODE_SIZE];
    snprintf(code, sizeof code, "COM-%s", match->commune->code);
    json_object_set_new(place->object, "code_insee", json_string(code));
}

static void set_if_absent(json_t *object, const char *field, const char *text)
{
    if (!json_object_get(object, field))
        json_object_set_new(object, field, json_string(text));
}

/* What the code says beyond doubt: the name, and the postcode of a commune that has only one. */
static void set_words(const place_t *place)
{
    const commune_match_t *match = &place->match;
    if (!match->commune || match->how == COMMUNE_DOUBTFUL)
        return;
    set_if_absent(place->object, "commune", match->commune->name);
    if (*match->commune->postcodes && !strchr(match->commune->postcodes, ' '))
        set_if_absent(place->object, "code_postal", match->commune->postcodes);
}

static void complete(const geo_t *geo, json_t *object, const char *field, findings_t *findings)
{
    place_t place = {.object = object};
    place.words = (commune_words_t){
        .code = word_of(json_object_get(object, "code_insee"), place.code),
        .name = word_of(json_object_get(object, "commune"), place.name),
        .postcode = word_of(json_object_get(object, "code_postal"), place.postcode)};
    commune_find(geo, &place.words, &place.match);
    text_t sentence;
    text_init(&sentence, SENTENCE_MAX);
    explain(&place, &sentence);
    if (sentence.size)
        findings_add(findings, SEVERITY_WARNING, "W_COMMUNE", NULL, field,
                     *place.words.code ? place.words.code : place.words.name, "%s", sentence.data);
    text_free(&sentence);
    set_code(&place);
    set_words(&place);
}

static bool has_place(const kind_t *kind)
{
    return kind_path(kind, "code_insee") && kind_path(kind, "commune");
}

static bool has_venue(const kind_t *kind)
{
    return kind_path(kind, "lieu.code_insee") && kind_path(kind, "lieu.commune");
}

bool commune_completes(const kind_t *kind)
{
    return has_place(kind) || has_venue(kind);
}

void commune_complete(const geo_t *geo, const kind_t *kind, json_t *content, findings_t *findings)
{
    if (!geo)
        return;
    json_t *venue = json_object_get(content, "lieu");
    if (has_place(kind))
        complete(geo, content, "code_insee", findings);
    if (json_is_object(venue) && has_venue(kind))
        complete(geo, venue, "lieu.code_insee", findings);
}
