/* Each test takes an honest BATCH off the wire, forges one thing in it, and sees it refused. */
#include "workbench.h"

#include "broker/sync/batch.h"

#define RECORDS 5

typedef struct world {
    author_t author;
    text_t frame;
    head_t head;
    wire_decoder_t *decoder;
    wire_t wire;
    span_t items[RECORDS + 1]; /* wire.items, to be changed */
    batch_t batch;
    err_t err;
} world_t;

/* Sends the records with after < seq <= upto; the head stands at RECORDS. */
static void receive(world_t *world, uint64_t after, uint64_t upto)
{
    text_clear(&world->frame);
    author_batch(&world->author, after, upto, &world->frame);
    if (wire_decode(world->decoder, &world->wire, world->frame.data, world->frame.size,
                    &world->err))
        fail_msg("%s", world->err.text);
    memcpy(world->items, world->wire.items, world->wire.item_count * sizeof *world->items);
    world->wire.items = world->items;
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->author = author_new("loire", "event");
    static const char *const IDS[RECORDS] = {"e", "d", "c", "b", "a"};
    for (int i = 0; i < RECORDS; i++)
        author_put(&world->author, IDS[i], i == 2 ? NULL : "text");
    text_init(&world->frame, WIRE_MAX_SIZE);
    world->decoder = wire_decoder_new();
    receive(world, 0, RECORDS);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    author_free(&world->author);
    text_free(&world->frame);
    wire_decoder_destroy(&world->decoder);
    free(world);
    return 0;
}

static int read_batch(world_t *world)
{
    return batch_read(&world->batch, &world->wire, &world->err);
}

static void assert_read(world_t *world)
{
    if (read_batch(world))
        fail_msg("%s", world->err.text);
}

static void assert_refused(world_t *world, const char *reason)
{
    assert_int_equal(read_batch(world), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    if (!strstr(world->err.text, reason))
        fail_msg("'%s' does not say '%s'", world->err.text, reason);
}

/* Puts another item in the place of one. */
static void refuse_item(world_t *world, size_t at, const char *hub, const char *kind, uint64_t seq,
                        const char *reason)
{
    item_t item = item_new(hub, kind, seq, "forged", "text");
    world->items[at] = (span_t){item.bytes, item.size};
    assert_refused(world, reason);
    free((void *)(uintptr_t)item.bytes);
}

static void forge_head(world_t *world, const char *hub, const char *kind, uint64_t seq)
{
    world->head = author_head(&world->author);
    snprintf(world->head.hub, NAME_SIZE, "%s", hub);
    snprintf(world->head.kind, NAME_SIZE, "%s", kind);
    world->head.seq = seq;
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    author_keys(hub, public, secret);
    head_sign(&world->head, secret);
    world->wire.head = (span_t){world->head.bytes, world->head.size};
}

/* ---- honest ones ---- */

static void a_whole_state_is_read_and_completes(void **state)
{
    world_t *world = *state;
    assert_read(world);
    assert_true(world->batch.completes);
    assert_int_equal(world->batch.count, RECORDS);
    assert_int_equal(world->batch.after, 0);
    assert_int_equal(world->batch.upto, RECORDS);
    assert_int_equal(world->batch.head.seq, RECORDS);
    assert_string_equal(world->batch.items[0].id, "e");
    assert_int_equal(world->batch.items[2].op, ITEM_DELETE);
    assert_int_equal(world->batch.items[4].seq, 5);
    assert_ptr_equal(world->batch.items[4].bytes, world->items[4].data);
}

static void a_part_ends_at_its_last_item_and_does_not_complete(void **state)
{
    world_t *world = *state;
    receive(world, 1, 3);
    assert_read(world);
    assert_false(world->batch.completes);
    assert_int_equal(world->batch.count, 2);
    assert_int_equal(world->batch.after, 1);
    assert_int_equal(world->batch.upto, 3);
}

static void a_batch_that_completes_may_have_no_items(void **state)
{
    world_t *world = *state;
    receive(world, RECORDS, RECORDS);
    assert_read(world);
    assert_true(world->batch.completes);
    assert_int_equal(world->batch.count, 0);
}

static void the_last_item_of_a_whole_state_may_be_older_than_the_head(void **state)
{
    world_t *world = *state;
    forge_head(world, "loire", "event", RECORDS + 4); /* versions since replaced elsewhere */
    world->wire.upto = RECORDS + 4;
    assert_read(world);
    assert_true(world->batch.completes);
}

/* ---- its head ---- */

static void a_head_that_does_not_decode_is_refused(void **state)
{
    world_t *world = *state;
    world->wire.head.size--;
    assert_refused(world, "head");
}

static void no_head_at_all_is_refused(void **state)
{
    world_t *world = *state;
    world->wire.head = (span_t){NULL, 0};
    assert_refused(world, "head");
}

static void the_head_of_another_hub_is_refused(void **state)
{
    world_t *world = *state;
    forge_head(world, "rhone", "event", RECORDS);
    assert_refused(world, "with the head of rhone/event");
}

static void the_head_of_another_kind_is_refused(void **state)
{
    world_t *world = *state;
    forge_head(world, "loire", "use_case", RECORDS);
    assert_refused(world, "with the head of loire/use_case");
}

/* ---- its bounds ---- */

static void a_batch_that_ends_before_it_begins_is_refused(void **state)
{
    world_t *world = *state;
    receive(world, RECORDS, RECORDS);
    world->wire.after = RECORDS + 1;
    assert_refused(world, "after 6 up to 5");
}

static void a_batch_beyond_its_head_is_refused(void **state)
{
    world_t *world = *state;
    world->wire.upto = RECORDS + 1;
    assert_refused(world, "with a head at 5");
}

static void an_upto_that_no_item_bears_out_is_refused(void **state)
{
    world_t *world = *state;
    receive(world, 0, 3);
    world->wire.upto = 4;
    assert_refused(world, "its items do not");
}

static void a_part_without_items_is_refused(void **state)
{
    world_t *world = *state;
    receive(world, 2, 4);
    world->wire.item_count = 0;
    assert_refused(world, "its items do not");
}

static void a_batch_of_nothing_that_does_not_complete_is_refused(void **state)
{
    world_t *world = *state;
    receive(world, 2, 2);
    assert_refused(world, "its items do not");
}

/* ---- its items ---- */

static void an_item_that_does_not_decode_is_refused(void **state)
{
    world_t *world = *state;
    world->items[1].size--;
    assert_refused(world, "item 2 of a batch: ");
}

static void an_item_of_another_hub_is_refused(void **state)
{
    refuse_item(*state, 3, "rhone", "event", 4, "is of rhone/event");
}

static void an_item_of_another_kind_is_refused(void **state)
{
    refuse_item(*state, 3, "loire", "use_case", 4, "is of loire/use_case");
}

static void an_item_that_comes_twice_is_refused(void **state)
{
    world_t *world = *state;
    world->items[3] = world->items[2];
    assert_refused(world, "item 4 of a batch has seq 3 out of order");
}

static void items_that_do_not_ascend_are_refused(void **state)
{
    world_t *world = *state;
    span_t first = world->items[0];
    world->items[0] = world->items[1];
    world->items[1] = first;
    assert_refused(world, "item 2 of a batch has seq 1 out of order");
}

static void an_item_that_was_not_asked_for_is_refused(void **state)
{
    world_t *world = *state;
    world->wire.after = 1;
    assert_refused(world, "item 1 of a batch has seq 1 out of order");
}

static void an_item_beyond_upto_is_refused(void **state)
{
    world_t *world = *state;
    world->wire.upto = 4;
    assert_refused(world, "item 5 of a batch has seq 5 out of order");
}

static void an_item_beyond_the_head_is_refused(void **state)
{
    refuse_item(*state, RECORDS - 1, "loire", "event", RECORDS + 1, "seq 6 out of order");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_state_is_read_and_completes),
        TEST(a_part_ends_at_its_last_item_and_does_not_complete),
        TEST(a_batch_that_completes_may_have_no_items),
        TEST(the_last_item_of_a_whole_state_may_be_older_than_the_head),
        TEST(a_head_that_does_not_decode_is_refused),
        TEST(no_head_at_all_is_refused),
        TEST(the_head_of_another_hub_is_refused),
        TEST(the_head_of_another_kind_is_refused),
        TEST(a_batch_that_ends_before_it_begins_is_refused),
        TEST(a_batch_beyond_its_head_is_refused),
        TEST(an_upto_that_no_item_bears_out_is_refused),
        TEST(a_part_without_items_is_refused),
        TEST(a_batch_of_nothing_that_does_not_complete_is_refused),
        TEST(an_item_that_does_not_decode_is_refused),
        TEST(an_item_of_another_hub_is_refused),
        TEST(an_item_of_another_kind_is_refused),
        TEST(an_item_that_comes_twice_is_refused),
        TEST(items_that_do_not_ascend_are_refused),
        TEST(an_item_that_was_not_asked_for_is_refused),
        TEST(an_item_beyond_upto_is_refused),
        TEST(an_item_beyond_the_head_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
