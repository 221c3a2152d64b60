/* How many records have each value: told by the store in the order of their names, and by the API as JSON. */
#include "page_world.h"

static void put_provider(page_world_t *world, const char *hub, const char *id, const char *codes)
{
    char body[512];
    snprintf(body, sizeof body, "{\"nom\": \"%s\", \"technologies\": %s}", id, codes);
    put(world->store, hub, "provider", id, body);
}

/* Numbers are given in an order that is not that of the names. */
static void fill(page_world_t *world)
{
    put_provider(world, "rhone", "r", "[\"vision\", \"nlp\"]");
    put_provider(world, "loire", "l", "[\"nlp\", \"vision\", \"iot\"]");
    put_provider(world, "loire", "m", "[\"nlp\"]");
    put(world->store, "loire", "programme", "p",
        "{\"titre\": \"P\", \"operateur\": \"O\", \"code\": \"p\", \"types_aides\": [\"pret\"]}");
}

static void write_count(void *text, const value_count_t *count)
{
    text_add_format(text, "%s %s %s %s %d\n", count->hub, count->kind, count->field, count->code,
                    (int)count->count);
}

/* The counts that are told, a line each. Given. */
static char *told(page_world_t *world, const char *hub, const char *kind, const char *field)
{
    err_t err;
    text_t text;
    text_init(&text, 4096);
    if (catalogue_each_count(world->site.catalogue, hub, kind, field, write_count, &text, &err))
        fail_msg("%s", err.text);
    char *lines = text_take(&text);
    text_free(&text);
    return lines;
}

static void expect_told(page_world_t *world, const char *hub, const char *kind, const char *field,
                        const char *lines)
{
    char *found = told(world, hub, kind, field);
    assert_string_equal(found, lines);
    free(found);
}

static void values_are_told_in_the_order_of_hub_kind_field_and_name(void **state)
{
    page_world_t *world = *state;
    fill(world);
    expect_told(world, NULL, NULL, NULL,
                "loire programme   1\n"
                "loire programme types_aides pret 1\n"
                "loire provider   2\n"
                "loire provider technologies iot 1\n"
                "loire provider technologies nlp 2\n"
                "loire provider technologies vision 1\n"
                "rhone provider   1\n"
                "rhone provider technologies nlp 1\n"
                "rhone provider technologies vision 1\n");
}

static void only_what_is_asked_for_is_told(void **state)
{
    page_world_t *world = *state;
    expect_told(world, NULL, NULL, NULL, "");
    fill(world);
    expect_told(world, "rhone", NULL, "", "rhone provider   1\n");
    expect_told(world, NULL, "programme", NULL,
                "loire programme   1\nloire programme types_aides pret 1\n");
    expect_told(world, NULL, NULL, "types_aides", "loire programme types_aides pret 1\n");
    expect_told(world, "nobody", NULL, NULL, "");
    put(world->store, "loire", "programme", "p", NULL);
    expect_told(world, NULL, "programme", NULL, "");
}

/* The answer is what the JSON library would have written of it. */
static void expect_usual_json(page_world_t *world)
{
    json_error_t error;
    const char *answer = page_of(world, "/api/v1/counts", 200);
    json_t *json = json_loads(answer, 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, answer);
    char *text = json_dumps(json, JSON_INDENT(1));
    assert_memory_equal(answer, text, strlen(text));
    assert_string_equal(answer + strlen(text), "\n");
    assert_string_equal(world->response.type, "application/json; charset=utf-8");
    free(text);
    json_decref(json);
}

static void counts_are_written_as_all_json_is(void **state)
{
    page_world_t *world = *state;
    expect_usual_json(world);
    fill(world);
    expect_usual_json(world);
    execute(world->store,
            "UPDATE value SET code = 'a\"b\\c' || char(10) || 'é' WHERE code = 'nlp'");
    expect_usual_json(world);
    expect(page_of(world, "/api/v1/counts", 200), "\"value\": \"a\\\"b\\\\c\\né\"");
}

static void counts_are_asked_for_by_known_words_only(void **state)
{
    page_world_t *world = *state;
    fill(world);
    expect(page_of(world, "/api/v1/counts?hub=rhone&field=", 200),
           "{\n \"counts\": [\n  {\n   \"hub\": \"rhone\",\n   \"kind\": \"provider\",\n   "
           "\"field\": \"\",\n   \"value\": \"\",\n   \"count\": 1\n  }\n ]\n}\n");
    page_of(world, "/api/v1/counts?region=84", 400);
    page_of(world, "/api/v1/counts?hub=rhone&hub=loire", 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(values_are_told_in_the_order_of_hub_kind_field_and_name),
        AT_HUB(only_what_is_asked_for_is_told),
        AT_HUB(counts_are_written_as_all_json_is),
        AT_HUB(counts_are_asked_for_by_known_words_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
