#include "tests/sim/liar.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HEADS_MAX 48
#define ITEMS_MAX 96
#define FRAMES_MAX 24
#define LIES_PER_MILLE 350

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes_t;

/* The newest so many of each. */
struct loot {
    bytes_t heads[HEADS_MAX], items[ITEMS_MAX], frames[FRAMES_MAX];
    uint64_t head_count, item_count, frame_count;
    wire_decoder_t *decoder;
    uint8_t key[SIGN_SECRET_SIZE]; /* nobody's */
    text_t out;
};

loot_t *loot_new(void)
{
    loot_t *self = calloc(1, sizeof *self);
    assert(self);
    uint8_t public[SIGN_PUBLIC_SIZE], seed[SIGN_SEED_SIZE];
    memset(seed, 0xee, sizeof seed);
    crypto_sign_seed_keypair(public, self->key, seed);
    self->decoder = wire_decoder_new();
    text_init(&self->out, WIRE_MAX_SIZE);
    return self;
}

static void free_all(bytes_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].data);
}

void loot_destroy(loot_t **self_p)
{
    loot_t *self = *self_p;
    if (!self)
        return;
    free_all(self->heads, HEADS_MAX);
    free_all(self->items, ITEMS_MAX);
    free_all(self->frames, FRAMES_MAX);
    wire_decoder_destroy(&self->decoder);
    text_free(&self->out);
    free(self);
    *self_p = NULL;
}

static void keep(bytes_t *list, size_t max, uint64_t *count, const void *data, size_t size)
{
    bytes_t *place = &list[(*count)++ % max];
    free(place->data);
    place->data = malloc(size);
    assert(place->data);
    memcpy(place->data, data, size);
    place->size = size;
}

static const bytes_t *pick(world_t *world, const bytes_t *list, size_t max, uint64_t count)
{
    uint64_t held = count < max ? count : max;
    return held ? &list[world_random(world, held)] : NULL;
}

static const bytes_t *any_head(world_t *world)
{
    return pick(world, world->loot->heads, HEADS_MAX, world->loot->head_count);
}

void liar_learns(world_t *world, const void *frame, size_t size)
{
    loot_t *loot = world->loot;
    wire_t wire;
    if (!world->setup.liars || wire_decode(loot->decoder, &wire, frame, size, NULL))
        return;
    if (wire.type == WIRE_HEAD || wire.type == WIRE_BATCH)
        keep(loot->heads, HEADS_MAX, &loot->head_count, wire.head.data, wire.head.size);
    for (size_t i = 0; wire.type == WIRE_BATCH && i < wire.item_count; i++)
        keep(loot->items, ITEMS_MAX, &loot->item_count, wire.items[i].data, wire.items[i].size);
}

/* ---- lies about heads ---- */

/* Another genuine head of the same hub, or of any. */
static void other_head(world_t *world, head_t *head)
{
    for (int tries = 0; tries < 8; tries++) {
        const bytes_t *bytes = any_head(world);
        head_t other;
        if (!bytes || head_decode(&other, bytes->data, bytes->size, NULL))
            return;
        if (tries < 7 && (strcmp(other.hub, head->hub) || strcmp(other.kind, head->kind)))
            continue;
        *head = other;
        return;
    }
}

/* A head that nobody signed: of a life, a number, a count or a root that never was. */
static void forge_head(world_t *world, head_t *head)
{
    switch (world_random(world, 5)) {
    case 0:
        head->life = UINT64_MAX - world_random(world, 3);
        break;
    case 1:
        head->life += 1 + world_random(world, 1 << 30);
        break;
    case 2:
        head->seq += 1 + world_random(world, 1000);
        break;
    case 3:
        head->root[0] ^= 1;
        break;
    default:
        head->count++;
        break;
    }
    head_sign(head, world->loot->key);
}

static void bend_head(world_t *world, head_t *head)
{
    if (world_chance(world, 500))
        other_head(world, head);
    else
        forge_head(world, head);
}

/* ---- lies about batches ---- */

typedef struct answer {
    head_t head;
    uint64_t after, upto;
    span_t items[BATCH_MAX_ITEMS];
    size_t count;
    uint8_t bent[ITEM_MAX_SIZE]; /* an altered item */
} answer_t;

static void drop_item(world_t *world, answer_t *answer)
{
    if (!answer->count)
        return;
    size_t which = world_random(world, answer->count--);
    memmove(answer->items + which, answer->items + which + 1,
            (answer->count - which) * sizeof *answer->items);
}

/* An old version, of whatever record, in the place of one. */
static void mix_in(world_t *world, answer_t *answer)
{
    const bytes_t *old = pick(world, world->loot->items, ITEMS_MAX, world->loot->item_count);
    if (old && answer->count)
        answer->items[world_random(world, answer->count)] = (span_t){old->data, old->size};
    else if (old)
        answer->items[answer->count++] = (span_t){old->data, old->size};
}

static void alter_item(world_t *world, answer_t *answer)
{
    if (!answer->count)
        return;
    span_t *item = &answer->items[world_random(world, answer->count)];
    memcpy(answer->bent, item->data, item->size);
    answer->bent[item->size - 1 - world_random(world, 3)] ^= 1;
    item->data = answer->bent;
}

static void bend_bounds(world_t *world, answer_t *answer)
{
    switch (world_random(world, 4)) {
    case 0:
        answer->upto += 1 + world_random(world, 5);
        break;
    case 1:
        answer->upto = answer->head.seq; /* as if that were all */
        break;
    case 2:
        answer->upto = UINT64_MAX;
        break;
    default:
        answer->after += world_random(world, 3);
        break;
    }
}

static void bend_batch_head(world_t *world, answer_t *answer)
{
    bend_head(world, &answer->head);
}

static void empty(world_t *world, answer_t *answer)
{
    (void)world;
    answer->count = 0;
}

static void bend_batch(world_t *world, const wire_t *wire, text_t *out)
{
    static void (*const LIES[])(world_t *, answer_t *) = {
        drop_item, mix_in, alter_item, bend_bounds, bend_batch_head, empty,
    };
    answer_t answer = {.after = wire->after, .upto = wire->upto, .count = wire->item_count};
    if (answer.count)
        memcpy(answer.items, wire->items, answer.count * sizeof *answer.items);
    if (head_decode(&answer.head, wire->head.data, wire->head.size, NULL))
        return;
    LIES[world_random(world, sizeof LIES / sizeof *LIES)](world, &answer);
    wire_batch(out, wire->hub, wire->kind, answer.after, answer.upto, answer.items, answer.count,
               answer.head.bytes, answer.head.size);
}

/* ---- other lies ---- */

static void bend_frame(world_t *world, const wire_t *wire, text_t *out)
{
    head_t head;
    switch (wire->type) {
    case WIRE_BATCH:
        bend_batch(world, wire, out);
        break;
    case WIRE_HEAD:
        if (head_decode(&head, wire->head.data, wire->head.size, NULL))
            return;
        bend_head(world, &head);
        wire_head(out, head.bytes, head.size);
        break;
    case WIRE_PULL:
        wire_pull(out, wire->hub, wire->kind, wire->life + world_random(world, 2) * (1 << 20),
                  wire->after + world_random(world, 4), world_chance(world, 500));
        break;
    default:
        break; /* says nothing */
    }
}

/* Accuses, refuses, or shows a genuine head where it is no proof. */
static void send_error(world_t *world, const wire_t *wire, text_t *out)
{
    static const wire_code_t CODES[] = {WIRE_NOT_ALLOWED, WIRE_STALE_LIFE, WIRE_BUSY, WIRE_BAD_ITEM,
                                        WIRE_NO_STREAM};
    const bytes_t *head = any_head(world);
    wire_code_t code = CODES[world_random(world, sizeof CODES / sizeof *CODES)];
    bool proves = code == WIRE_STALE_LIFE && head;
    head_t about;
    if (wire->type == WIRE_HEAD && !head_decode(&about, wire->head.data, wire->head.size, NULL))
        wire_err(out, code, about.hub, about.kind, proves ? head->data : NULL,
                 proves ? head->size : 0, "so it says");
    else
        wire_err(out, code, wire->hub, wire->kind, proves ? head->data : NULL,
                 proves ? head->size : 0, "so it says");
}

static void replay(world_t *world, const machine_t *liar, peer_t session)
{
    const bytes_t *old = pick(world, world->loot->frames, FRAMES_MAX, world->loot->frame_count);
    if (old)
        world_send(world, liar, session, old->data, old->size);
}

static void lie(world_t *world, const machine_t *liar, peer_t session, const wire_t *wire)
{
    text_t *out = &world->loot->out;
    text_clear(out);
    uint64_t dice = world_random(world, 10);
    world->counts->lies++;
    if (dice < 3)
        return; /* withholds it */
    if (dice < 4)
        replay(world, liar, session);
    else if (dice < 5)
        send_error(world, wire, out);
    else
        bend_frame(world, wire, out);
    if (out->size)
        world_send(world, liar, session, out->data, out->size);
}

void liar_sends(world_t *world, const machine_t *liar, peer_t session, const text_t *frame)
{
    loot_t *loot = world->loot;
    wire_t wire;
    keep(loot->frames, FRAMES_MAX, &loot->frame_count, frame->data, frame->size);
    bool lies = world_chance(world, LIES_PER_MILLE)
                && !wire_decode(loot->decoder, &wire, frame->data, frame->size, NULL);
    if (lies)
        lie(world, liar, session, &wire);
    if (!lies || world_chance(world, 200))
        world_send(world, liar, session, frame->data, frame->size);
    if (world_chance(world, 50))
        replay(world, liar, session);
}
