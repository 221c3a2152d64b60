/* reader_parser - the text of a record of JSON as jansson's values, at several times jansson's speed.
 *
 * simdjson reads; what it has read becomes values of jansson's, which all other code speaks. Whether a
 * text is JSON at all stays jansson's verdict: what simdjson refuses, and what it takes though jansson does not (a
 * name twice in one object, U+0000 in a text, an integer beyond 64 bits signed), jansson reads again, and says what
 * is wrong and where. */
#ifndef NODE_IMPORT_READER_READER_PARSER_H
#define NODE_IMPORT_READER_READER_PARSER_H

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps its memory from one record to the next: some fifteen times the longest of them. Belongs to one thread. */
typedef struct reader_parser reader_parser_t;

reader_parser_t *reader_parser_new(void);
void reader_parser_destroy(reader_parser_t **self_p);

/* Gives what json_loadb gives with JSON_REJECT_DUPLICATES | JSON_DECODE_ANY: any value, or NULL and
 * *error, whose place counts from the first of these bytes. */
json_t *reader_parser_read(reader_parser_t *self, const char *bytes, size_t size,
                           json_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
