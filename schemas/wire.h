/* wire - the eight messages between nodes and brokers, and nothing else.
 *
 * A message is one frame, a msgpack array [1, type, ...] of at most 1 MiB. Decoding checks the shape
 * before anything is allocated; afterwards every length and name below is within its limit, and
 * every text can be printed: what is not printable UTF-8 has become '?'. What an item or a head
 * contains is not looked at here.
 *
 * A newer peer is welcome: more fields than we know at the end of a message are ignored, and so is
 * the content of the map of limits in WELCOME. Fewer fields are refused.
 * broker/PROTOCOL.md says what each message means and how it is answered. */
#ifndef SCHEMAS_WIRE_H
#define SCHEMAS_WIRE_H

#include "schemas/base/err.h"
#include "schemas/base/text.h"
#include "schemas/kind.h"

#include <stdint.h>

#define WIRE_PROTOCOL 1
#define WIRE_MAX_SIZE (1024 * 1024)
#define WIRE_MAX_DEPTH 16
#define WIRE_MAX_VALUES 4096
#ifndef BATCH_MAX_ITEMS /* the simulator is built with small batches, so that short histories have many */
#define BATCH_MAX_ITEMS 500
#endif
#define BATCH_MAX_SIZE (256 * 1024)
#define INTERESTS_MAX 256
#define WIRE_TEXT_SIZE 256 /* texts for logs: software version, reason of an error */

typedef enum wire_type {
    WIRE_HELLO = 1,
    WIRE_WELCOME,
    WIRE_HEAD,
    WIRE_PULL,
    WIRE_BATCH,
    WIRE_PING,
    WIRE_PONG,
    WIRE_ERR,
    WIRE_UNKNOWN, /* a well-formed message of a type we do not know: from a newer peer */
} wire_type_t;

typedef enum wire_code {
    WIRE_OTHER_CODE, /* received only: a code we do not know, from a newer peer */
    WIRE_PROTOCOL_ERROR,
    WIRE_NOT_ALLOWED,
    WIRE_STALE_LIFE, /* proof: the newer head */
    WIRE_BUSY,
    WIRE_BAD_ITEM,
    WIRE_NO_STREAM,
} wire_code_t;

typedef struct span {
    const uint8_t *data;
    size_t size;
} span_t;

typedef struct interest {
    char hub[NAME_SIZE];  /* or "*" */
    char kind[NAME_SIZE]; /* or "*" */
} interest_t;

typedef struct wire {
    wire_type_t type;
    /* HELLO: lowest..highest protocol; WELCOME: highest is the one chosen */
    uint32_t lowest, highest;
    char text[WIRE_TEXT_SIZE]; /* HELLO: software version; WELCOME: broker's name; ERR: reason */
    interest_t *interests;     /* HELLO; points into the decoder's own storage, see wire_decode */
    size_t interest_count;
    char hub[NAME_SIZE], kind[NAME_SIZE]; /* PULL, BATCH, ERR ("" when not about a stream) */
    span_t head;                /* HEAD, BATCH; ERR: proof (data NULL if none). Borrowed */
    uint64_t life, after, upto; /* PULL: life, after; BATCH: after, upto */
    bool need_head;             /* PULL */
    const span_t *items;        /* BATCH; borrowed like interests, its bytes from the frame */
    size_t item_count;
    uint64_t nonce;   /* PING, PONG */
    wire_code_t code; /* ERR */
} wire_t;

/* Owns the arrays a decoded message points to; one per thread is enough. */
typedef struct wire_decoder wire_decoder_t;
wire_decoder_t *wire_decoder_new(void);
void wire_decoder_destroy(wire_decoder_t **self_p);

/* Reads one frame into *wire, which borrows the frame and the decoder until its next use. A type we
 * do not know is WIRE_UNKNOWN and a success. ERR_REJECT with what is wrong (English: for logs and
 * the peer); *wire then means nothing. */
int wire_decode(wire_decoder_t *self, wire_t *wire, const void *frame, size_t size, err_t *err);

/* Each appends one whole frame to an empty text of maximum WIRE_MAX_SIZE. They cannot fail: the
 * arguments are ours, and within the limits by construction (asserted). A longer text is cut. */
void wire_hello(text_t *out, const char *software, const interest_t *interests, size_t count);
void wire_welcome(text_t *out, uint32_t protocol, const char *broker);
void wire_head(text_t *out, const uint8_t *head, size_t size);
void wire_pull(text_t *out, const char *hub, const char *kind, uint64_t life, uint64_t after,
               bool need_head);
void wire_batch(text_t *out, const char *hub, const char *kind, uint64_t after, uint64_t upto,
                const span_t *items, size_t count, const uint8_t *head, size_t head_size);
void wire_ping(text_t *out, uint64_t nonce);
void wire_pong(text_t *out, uint64_t nonce);
/* hub, kind may be ""; proof may be NULL. */
void wire_err(text_t *out, wire_code_t code, const char *hub, const char *kind,
              const uint8_t *proof, size_t proof_size, const char *text);

#endif
