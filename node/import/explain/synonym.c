#include "node/import/explain/synonym.h"

#include "schemas/base/text.h"
#include "schemas/base/unicode.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_SIZE 1000

enum { SCORE_PATH = 100, SCORE_SYNONYM_OF_PATH = 92, SCORE_LAST = 90, SCORE_LABEL = 86 };
enum { SCORE_SYNONYM = 80, SCORE_INSIDE = 15 /* less, for a part of a longer name */ };
enum { SCORE_AMONG = 50 };

typedef struct synonym {
    const char *path;  /* or its last part */
    const char *words; /* folded, with | between */
} synonym_t;

static const synonym_t SYNONYMS[] = {
    {"nom", "name|nom structure|structure|raison sociale|denomination|intitule|titre|title|"
            "user nom|c nom|nom du lieu|colonne 1"},
    {"titre", "title|title fr|name|nom|intitule|summary|use case name|nom de l aide"},
    {"libelle", "indicateur|indicator|information society indicator|label"},
    {"description", "presentation|descriptif|long description|longdescription fr|description fr|"
                    "shortdescription|presentation resume|presentation detail"},
    {"resume", "description|summary|abstract|purpose"},
    {"promesse", "accroche|slogan|pitch"},
    {"adresse", "address|rue|voie|adresse postale|adresse rue|location address|street"},
    {"lieu.adresse", "address|adresse|location address|adresse du lieu"},
    {"lieu.nom", "location name|location|venue|lieu|nom du lieu|place"},
    {"code_postal", "cp|postcode|zip|zip code|postal code|postalcode|location postalcode|"
                    "adresse code postal|codepostal"},
    {"commune", "ville|city|town|localite|location city|adresse commune|nom commune"},
    {"code_insee", "insee|citycode|code commune|codeinsee|location insee|adresse code insee|"
                   "commune insee"},
    {"lat", "latitude|y|coord y|lat coor1"},
    {"lon", "longitude|long|lng|x|coord x|long coor1"},
    {"siret", "pivot|numero siret|n siret|siret siege"},
    {"siren", "numero siren|n siren|siren site"},
    {"rna", "numero rna|n rna"},
    {"telephone", "tel|phone|num tel|contact telephone|numero de telephone|mobile"},
    {"courriel", "mail|email|e mail|courriels|adresse mail|mel|mail struc|contact email"},
    {"site", "site web|site internet|website|url|web|lien|link|contact web|colonne 2"},
    {"inscription.url", "registration url|url|canonicalurl|lien|link"},
    {"url_source", "url|lien|link|source url|page|canonicalurl"},
    {"horaires", "opening hours|horaires ouverture|horaire ouverture|horaire|timings"},
    {"horaires.debut", "debut|start|begin|date debut|date de debut|first date|firstdate begin|"
                       "dtstart|start date"},
    {"horaires.fin", "fin|end|date fin|date de fin|last date|firstdate end|dtend|end date"},
    {"date_maj", "maj|updated|updated at|updatedat|last update|date mise a jour|"
                 "date de mise a jour|dat maj|datemaj|edit datemaj|modified"},
    {"date_ouverture", "ouverture|debut de validite|date debut|start date|opening"},
    {"date_cloture", "cloture|fin de validite|date fin|end date|deadline|date limite"},
    {"uid", "id|identifiant|guid|uuid"},
    {"code", "id|identifiant|indic is|code aide"},
    {"operateur", "operator|operateur de contact|financeurs|financeur|porteur|organisme"},
    {"eligibilite", "beneficiaire|beneficiaires|conditions d eligibilite|public"},
    {"types_aides", "types d aides|nature de l aide|type d aide"},
    {"porteurs", "financeurs|operateurs|porteur"},
    {"periode", "time period|annee|year|date|time"},
    {"territoire", "geo|zone|country|pays|departement|region"},
    {"valeur", "value|obs value|montant|taux"},
    {"unite", "unit|unit of measure"},
    {"probleme", "problem|purpose|need"},
    {"solution", "description|outputs|ai system s outputs"},
    {"technologies", "technology|technologie|technique"},
    {"maturite", "status|stage|stage of development"},
    {"organisateurs", "organizer|organizer cn|organisateur|originagenda title"},
    {"prix", "tarif|tarifs|price|conditions fr"},
    {"statut", "status|etat"},
    {"accessibilite", "accessibility"},
};

/* Small letters without accents, one space for whatever is no letter or digit. */
static void fold(text_t *out, const char *name)
{
    text_t folded;
    text_init(&folded, NAME_MAX_SIZE);
    if (strlen(name) < NAME_MAX_SIZE / 4)
        unicode_fold(&folded, name, strlen(name));
    for (size_t i = 0; i < folded.size; i++) {
        unsigned char c = (unsigned char)folded.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (word)
            text_add(out, folded.data + i, 1);
        else if (out->size && out->data[out->size - 1] != ' ')
            text_add(out, " ", 1);
    }
    if (out->size && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
    text_free(&folded);
}

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && dot[1] ? dot + 1 : path;
}

static bool in_words(const char *words, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = words; *at; at += *at == '|') {
        size_t length = strcspn(at, "|");
        if (length == size && memcmp(at, name, size) == 0)
            return true;
        at += length;
    }
    return false;
}

static bool called(const char *path, const char *name)
{
    for (size_t i = 0; i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
        if (strcmp(SYNONYMS[i].path, path) == 0 && in_words(SYNONYMS[i].words, name))
            return true;
    return false;
}

/* Is the word, of three letters at least, a whole word of the name? */
static bool among(const char *name, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = name; size >= 3 && (at = strstr(at, word)); at++)
        if ((at == name || at[-1] == ' ') && (at[size] == 0 || at[size] == ' '))
            return true;
    return false;
}

static int score_of(const char *name, const char *path, const char *label)
{
    text_t whole, last, title;
    text_init(&whole, NAME_MAX_SIZE);
    text_init(&last, NAME_MAX_SIZE);
    text_init(&title, NAME_MAX_SIZE);
    fold(&whole, path);
    fold(&last, last_part(path));
    fold(&title, label);
    bool inside = strchr(path, '.') != NULL;
    int score = strcmp(name, whole.data) == 0   ? SCORE_PATH
                : inside && called(path, name)  ? SCORE_SYNONYM_OF_PATH
                : strcmp(name, last.data) == 0  ? SCORE_LAST
                : strcmp(name, title.data) == 0 ? SCORE_LABEL
                : called(last_part(path), name) ? SCORE_SYNONYM
                : among(name, last.data)        ? SCORE_AMONG
                                                : 0;
    if (inside && score < SCORE_SYNONYM_OF_PATH && score > SCORE_INSIDE)
        score -= SCORE_INSIDE;
    text_free(&whole);
    text_free(&last);
    text_free(&title);
    return score;
}

int synonym_score(const char *column, const char *path, const char *label)
{
    text_t name, last;
    text_init(&name, NAME_MAX_SIZE);
    text_init(&last, NAME_MAX_SIZE);
    fold(&name, column);
    fold(&last, last_part(column));
    int score = name.size ? score_of(name.data, path, label) : 0;
    int part = last.size ? score_of(last.data, path, label) - 1 : 0;
    text_free(&name);
    text_free(&last);
    return score > part ? score : part > 0 ? part : 0;
}

bool synonym_is_id(const char *column)
{
    static const char *const WORDS[] = {"id", "uid", "gid", "uuid", "identifiant", "cid", "fid"};
    text_t name;
    text_init(&name, NAME_MAX_SIZE);
    fold(&name, column);
    bool is = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        char padded[NAME_MAX_SIZE + 3], word[32];
        snprintf(padded, sizeof padded, " %s ", name.data);
        snprintf(word, sizeof word, " %s ", WORDS[i]);
        is = is || strstr(padded, word);
    }
    text_free(&name);
    return is;
}
