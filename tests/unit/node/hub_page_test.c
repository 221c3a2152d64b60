/* The page of a hub. */
#include "page_world.h"

static void a_hub_is_a_person_to_call(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub IA Rhône\", \"territoire\": \"DEP-69\","
        " \"porteur\": \"Une chambre\", \"telephone\": \"0465710069\", \"courriel\": "
        "\"ici@rhone.example\","
        " \"url\": \"https://rhone.example/\", \"couleurs\": [\"#8a1f3d\"]}");
    put(world->store, "rhone", "answer", "a", "{\"question\": \"Une ?\", \"reponse\": \"Oui.\"}");
    put(world->store, "rhone", "answer", "b", "{\"question\": \"Deux ?\", \"reponse\": \"Oui.\"}");
    const char *page = page_of(world, "/hubs/rhone/rhone", 200);
    expect(page, "Rhône (69)");
    expect(page, "Une chambre");
    expect(page, "<a class=\"button\" href=\"tel:");
    expect(page, "href=\"mailto:ici@rhone.example\"");
    expect(page, "<a class=\"button plain\" href=\"https://rhone.example/\"");
    expect(page, "2\u00a0fiches");
    expect(page, "Publié par Hub IA Rhône");
    expect_not(page, "#8a1f3d"); /* nobody's question */
}

static void a_hub_that_says_nothing_of_itself_promises_nothing(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub\", \"territoire\": \"DEP-69\", \"url\": "
        "\"javascript:alert(1)\"}");
    const char *page = page_of(world, "/hubs/rhone/rhone", 200);
    expect_not(page, "href=\"javascript:");
    expect_not(page, "Appeler le");
    expect_not(page, "Ce qu'il publie");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(a_hub_is_a_person_to_call),
        AT_HUB(a_hub_that_says_nothing_of_itself_promises_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
