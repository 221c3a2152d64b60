/* sim - many seeded histories of a federation in trouble, each ending in agreement.
 *
 *     sim [--histories N] [--seed FIRST] [--trace]
 *
 * A history: a random federation lives for a while with lost, late and doubled messages, cut
 * connections, crashes, restored backups, wiped brokers and second copies of hubs; then faults stop,
 * and within half an hour of its own time everything must agree. */
#include "tests/sim/check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALM_MS (30 * 60 * 1000)

static machine_t *any(world_t *world)
{
    return &world->machines[world_random(world, (uint64_t)world->machine_count)];
}

static machine_t *any_hub(world_t *world)
{
    machine_t *machine;
    do
        machine = any(world);
    while (machine->role != ROLE_HUB);
    return machine;
}

static void connect_all(world_t *world)
{
    for (int node = 0; node < world->machine_count; node++)
        for (int broker = 0; broker < world->machine_count; broker++)
            if (world->machines[node].role != ROLE_BROKER
                && world->machines[broker].role == ROLE_BROKER)
                world_connect(world, node, broker);
}

static void cut_something(world_t *world)
{
    if (world->session_count)
        world_cut(world, &world->sessions[world_random(world, (uint64_t)world->session_count)]);
}

/* Hubs lose their disk only with a backup: without one nothing could bring their records back. */
static void restore_something(world_t *world)
{
    machine_t *machine = any(world);
    if (machine->gone || (machine->role == ROLE_HUB && !machine->backup))
        return;
    if (machine->up)
        world_crash(world, machine);
    world_restore(world, machine);
}

static void double_a_hub(world_t *world)
{
    machine_t *hub = any_hub(world);
    machine_t *copy = world_clone(world, hub);
    if (copy)
        world_start(world, copy);
}

static void something_happens(world_t *world)
{
    machine_t *machine = any(world);
    uint64_t dice = world_random(world, 100);
    if (dice < 55) {
        machine = any_hub(world);
        if (machine->up)
            world_change(world, machine);
    } else if (dice < 70) {
        connect_all(world);
    } else if (dice < 80) {
        cut_something(world);
    } else if (dice < 86) {
        if (machine->up)
            world_crash(world, machine);
    } else if (dice < 94) {
        if (!machine->up && !machine->gone)
            world_start(world, machine);
    } else if (dice < 97) {
        world_back_up(world, machine);
    } else if (dice < 99) {
        restore_something(world);
    } else {
        double_a_hub(world);
    }
}

/* Faults stop: one copy of each hub stays, an operator lifts its fence, everything is up and connected. */
static void calm_down(world_t *world)
{
    world->faults = false;
    for (int i = 0; i < world->machine_count; i++) {
        machine_t *machine = &world->machines[i];
        for (int k = 0; k < i; k++) {
            if (!strcmp(world->machines[k].name, machine->name)) {
                if (machine->up)
                    world_crash(world, machine);
                machine->gone = true;
            }
        }
        if (!machine->up && !machine->gone)
            world_start(world, machine);
    }
}

static void keep_calm(world_t *world)
{
    connect_all(world);
    for (int i = 0; i < world->machine_count; i++) {
        machine_t *machine = &world->machines[i];
        moment_t now = world_moment(world, machine);
        err_t err = {0};
        if (machine->publisher && publisher_state(machine->publisher) == PUBLISHER_FENCED
            && publisher_unfence(machine->publisher, &now, &err))
            world_fail(world, "unfence: %s", err.text);
    }
}

static void live(world_t *world)
{
    int events = 20 + (int)world_random(world, 120);
    connect_all(world);
    for (int i = 0; i < events && !world->failure[0]; i++) {
        something_happens(world);
        world_step(world, world_chance(world, 50) ? 20000 : (int64_t)world_random(world, 1500));
    }
    calm_down(world);
    int64_t end = world->now_ms + CALM_MS;
    while (!world->failure[0] && world->now_ms < end && !check_converged(world)) {
        keep_calm(world);
        world_step(world, 1000);
    }
    check_final(world);
}

static uint64_t number_after(int argc, char **argv, const char *option, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], option))
            return strtoull(argv[i + 1], NULL, 10);
    return otherwise;
}

int main(int argc, char **argv)
{
    uint64_t histories = number_after(argc, argv, "--histories", 200);
    uint64_t first = number_after(argc, argv, "--seed", 1);
    bool trace = argc > 1 && !strcmp(argv[argc - 1], "--trace");
    uint64_t failed = 0, messages = 0, changes = 0, crashes = 0, restores = 0, twins = 0;
    if (sodium_init() < 0)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint64_t seed = first; seed < first + histories; seed++) {
        world_t *world = world_new(seed, trace);
        live(world);
        if (world->failure[0]) {
            failed++;
            printf("seed %lu failed %s\n", seed, world->failure);
        }
        messages += world->messages;
        changes += world->changes;
        crashes += world->crashes;
        restores += world->restores;
        twins += world->twins;
        world_destroy(&world);
    }
    printf("%lu histories: %lu messages, %lu changes, %lu crashes, %lu restored stores, %lu second"
           " copies\n",
           histories, messages, changes, crashes, restores, twins);
    printf("%lu passed, %lu failed\n", histories - failed, failed);
    return failed ? 1 : 0;
}
