#include "workbench.h"

#include "broker/sync/tree.h"

static const uint8_t *bytes_of(const char *text)
{
    return (const uint8_t *)text;
}

static void an_empty_bucket_is_the_hash_of_no_bytes(void **state)
{
    (void)state;
    /* BLAKE2b-256 of the empty string, as any other implementation gives it */
    static const uint8_t EMPTY[HASH_SIZE] = {0x0e, 0x57, 0x51, 0xc0, 0x26, 0xe5, 0x43, 0xb2,
                                             0xe8, 0xab, 0x2e, 0xb0, 0x60, 0x99, 0xda, 0xa1,
                                             0xd1, 0xe5, 0xdf, 0x47, 0x77, 0x8f, 0x77, 0x87,
                                             0xfa, 0xab, 0x45, 0xcd, 0xf1, 0x2f, 0xe3, 0xa8};
    tree_t tree;
    tree_init(&tree);
    for (size_t n = 0; n < TREE_BUCKETS; n++)
        assert_memory_equal(tree.bucket[n], EMPTY, HASH_SIZE);
    tree_hasher_t *hasher = tree_hasher_new();
    uint8_t hash[HASH_SIZE];
    tree_hasher_end(hasher, hash);
    assert_memory_equal(hash, EMPTY, HASH_SIZE);
    tree_hasher_destroy(&hasher);
}

static void the_root_is_the_hash_of_all_bucket_hashes_in_their_order(void **state)
{
    (void)state;
    tree_t tree;
    tree_init(&tree);
    memset(tree.bucket[0], 1, HASH_SIZE);
    memset(tree.bucket[255], 2, HASH_SIZE);
    uint8_t concatenated[256 * HASH_SIZE], expected[HASH_SIZE], root[HASH_SIZE];
    for (size_t n = 0; n < 256; n++)
        memcpy(concatenated + n * HASH_SIZE, tree.bucket[n], HASH_SIZE);
    crypto_generichash(expected, HASH_SIZE, concatenated, sizeof concatenated, NULL, 0);
    tree_root(&tree, root);
    assert_memory_equal(root, expected, HASH_SIZE);
    memset(tree.bucket[0], 2, HASH_SIZE);
    memset(tree.bucket[255], 1, HASH_SIZE);
    tree_root(&tree, root);
    assert_memory_not_equal(root, expected, HASH_SIZE);
}

static void the_root_of_no_records_is_the_hash_of_256_empty_buckets(void **state)
{
    (void)state;
    uint8_t expected[HASH_SIZE], root[HASH_SIZE];
    items_root(NULL, 0, expected);
    tree_t tree;
    tree_init(&tree);
    tree_root(&tree, root);
    assert_memory_equal(root, expected, HASH_SIZE);
}

static void a_bucket_is_hashed_from_its_ids_and_leaves_one_after_the_other(void **state)
{
    (void)state;
    uint8_t leaf[2][HASH_SIZE], expected[HASH_SIZE], hash[HASH_SIZE];
    memset(leaf[0], 0x11, HASH_SIZE);
    memset(leaf[1], 0x22, HASH_SIZE);
    text_t text;
    text_init(&text, 1000);
    text_add_string(&text, "a");
    text_add(&text, leaf[0], HASH_SIZE);
    text_add_string(&text, "b:2");
    text_add(&text, leaf[1], HASH_SIZE);
    crypto_generichash(expected, HASH_SIZE, bytes_of(text.data), text.size, NULL, 0);
    text_free(&text);
    tree_hasher_t *hasher = tree_hasher_new();
    tree_hasher_add(hasher, "a", leaf[0]);
    tree_hasher_add(hasher, "b:2", leaf[1]);
    tree_hasher_end(hasher, hash);
    assert_memory_equal(hash, expected, HASH_SIZE);
    tree_hasher_destroy(&hasher);
}

static void a_hasher_starts_anew_after_each_end(void **state)
{
    (void)state;
    uint8_t leaf[HASH_SIZE] = {7}, first[HASH_SIZE], second[HASH_SIZE], none[HASH_SIZE];
    tree_hasher_t *hasher = tree_hasher_new();
    tree_hasher_add(hasher, "a", leaf);
    tree_hasher_end(hasher, first);
    tree_hasher_end(hasher, none);
    tree_hasher_add(hasher, "a", leaf);
    tree_hasher_end(hasher, second);
    assert_memory_equal(first, second, HASH_SIZE);
    assert_memory_not_equal(first, none, HASH_SIZE);
    tree_hasher_destroy(&hasher);
    assert_null(hasher);
    tree_hasher_destroy(&hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_bucket_is_the_hash_of_no_bytes),
        cmocka_unit_test(the_root_is_the_hash_of_all_bucket_hashes_in_their_order),
        cmocka_unit_test(the_root_of_no_records_is_the_hash_of_256_empty_buckets),
        cmocka_unit_test(a_bucket_is_hashed_from_its_ids_and_leaves_one_after_the_other),
        cmocka_unit_test(a_hasher_starts_anew_after_each_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
