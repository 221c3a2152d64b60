#include "tests/sim/schedule.h"

#include "tests/sim/check.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_MS (INT64_C(365) * 86400 * 1000)
#define CALM_MS                                                                                    \
    (4 * 60 * 60 * 1000) /* the longest that a source is passed over or waited for, twice */

/* ---- what may happen, and how often ---- */

static void change(world_t *world, const event_t *event);
static void import(world_t *world, const event_t *event);
static void connect_all(world_t *world, const event_t *event);
static void link(world_t *world, const event_t *event);
static void cut(world_t *world, const event_t *event);
static void crash(world_t *world, const event_t *event);
static void start(world_t *world, const event_t *event);
static void back_up(world_t *world, const event_t *event);
static void restore(world_t *world, const event_t *event);
static void wipe(world_t *world, const event_t *event);
static void copy(world_t *world, const event_t *event);
static void spoil_disk(world_t *world, const event_t *event);
static void step_clock(world_t *world, const event_t *event);
static void begin_to_lie(world_t *world, const event_t *event);
static void be_honest(world_t *world, const event_t *event);

static const struct {
    const char *name;
    uint32_t weight;
    void (*happen)(world_t *world, const event_t *event);
} KINDS_OF_EVENT[EVENT_KINDS] = {
    [EVENT_CHANGE] = {"change", 44, change},
    [EVENT_IMPORT] = {"import", 6, import},
    [EVENT_CONNECT] = {"connect", 10, connect_all},
    [EVENT_LINK] = {"link", 4, link},
    [EVENT_CUT] = {"cut", 8, cut},
    [EVENT_CRASH] = {"crash", 5, crash},
    [EVENT_START] = {"start", 9, start},
    [EVENT_BACK_UP] = {"backup", 3, back_up},
    [EVENT_RESTORE] = {"restore", 2, restore},
    [EVENT_WIPE] = {"wipe", 1, wipe},
    [EVENT_COPY] = {"copy", 1, copy},
    [EVENT_DISK] = {"disk", 5, spoil_disk},
    [EVENT_CLOCK] = {"clock", 1, step_clock},
    [EVENT_LIE] = {"lie", 6, begin_to_lie},
    [EVENT_HONEST] = {"honest", 1, be_honest},
};

/* ---- drawing ---- */

static uint64_t next(uint64_t *random)
{
    uint64_t z = (*random += 0x9e3779b97f4a7c15u); /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint32_t below(uint64_t *random, uint32_t limit)
{
    return (uint32_t)(next(random) % limit);
}

static event_kind_t draw_kind(uint64_t *random)
{
    uint32_t sum = 0, kind = 0;
    for (size_t i = 0; i < EVENT_KINDS; i++)
        sum += KINDS_OF_EVENT[i].weight;
    uint32_t dice = below(random, sum);
    for (; dice >= KINDS_OF_EVENT[kind].weight; kind++)
        dice -= KINDS_OF_EVENT[kind].weight;
    return (event_kind_t)kind;
}

void schedule_draw(schedule_t *self, uint64_t seed)
{
    static const uint8_t hubs[] = {2, 2, 2, 2, 2, 2, 3, 3, 3, 4};
    uint64_t random = seed * 0xd1342543de82ef95u;
    *self = (schedule_t){0};
    self->setup = (setup_t){.hubs = hubs[below(&random, sizeof hubs)],
                            .brokers = 1 + below(&random, 3),
                            .readers = 1 + below(&random, 8) / 3,
                            .kinds = 2 + below(&random, 4) / 3,
                            .noise = below(&random, 4) > 0,
                            .limited = below(&random, 5) == 0,
                            .liars = below(&random, 2) == 0,
                            .liars_stay = below(&random, 2) == 0};
    for (uint32_t i = 0; i < 12; i++) /* some clocks are years wrong */
        self->setup.wrong_clocks |= (uint32_t)(below(&random, 8) == 0) << i;
    self->count = 8 + below(&random, 40);
    for (size_t i = 0; i < self->count; i++) {
        event_t *event = &self->events[i];
        *event = (event_t){.kind = draw_kind(&random),
                           .a = below(&random, 840), /* divided by every number of machines */
                           .b = below(&random, 840),
                           .chance = below(&random, UINT32_MAX)};
        event->wait_ms = below(&random, 20) ? 1 + below(&random, 1500) : 20000;
    }
}

/* ---- happening ---- */

static machine_t *any(world_t *world, uint32_t number)
{
    return &world->machines[number % (uint32_t)world->machine_count];
}

/* The number-th machine of a role. */
static machine_t *any_of(world_t *world, role_t role, uint32_t number)
{
    uint32_t count = 0;
    for (int i = 0; i < world->machine_count; i++)
        count += world->machines[i].role == role;
    number %= count;
    for (int i = 0;; i++)
        if (world->machines[i].role == role && !number--)
            return &world->machines[i];
}

static void change(world_t *world, const event_t *event)
{
    machine_t *hub = any_of(world, ROLE_HUB, event->a);
    if (hub->up)
        world_change(world, hub, 1);
}

static void import(world_t *world, const event_t *event)
{
    machine_t *hub = any_of(world, ROLE_HUB, event->a);
    if (hub->up)
        world_change(world, hub, 12);
}

static void connect_all(world_t *world, const event_t *event)
{
    (void)event;
    world_connect_all(world);
}

static void link(world_t *world, const event_t *event)
{
    machine_t *node = any(world, event->a), *broker = any_of(world, ROLE_BROKER, event->b);
    if (node->role != ROLE_BROKER)
        world_connect(world, world_number(world, node), world_number(world, broker));
}

static void cut(world_t *world, const event_t *event)
{
    if (world->session_count)
        world_cut(world, &world->sessions[event->a % (uint32_t)world->session_count]);
}

static void crash(world_t *world, const event_t *event)
{
    machine_t *machine = any(world, event->a);
    if (machine->up)
        world_crash(world, machine);
}

static void start(world_t *world, const event_t *event)
{
    for (int i = 0; i < world->machine_count; i++) { /* the next one that is down */
        machine_t *machine = any(world, event->a + (uint32_t)i);
        if (!machine->up && !machine->gone) {
            world_start(world, machine);
            return;
        }
    }
}

static void back_up(world_t *world, const event_t *event)
{
    world_back_up(world, any(world, event->a));
}

static void lose(world_t *world, machine_t *machine, void (*how)(world_t *, machine_t *))
{
    if (machine->up)
        world_crash(world, machine);
    how(world, machine);
}

static void restore(world_t *world, const event_t *event)
{
    for (int i = 0; i < world->machine_count; i++) { /* the next one with a backup */
        machine_t *machine = any(world, event->a + (uint32_t)i);
        if (machine->backup && !machine->gone) {
            lose(world, machine, world_restore);
            return;
        }
    }
}

static void wipe(world_t *world, const event_t *event)
{
    machine_t *machine = any(world, event->a);
    if (!machine->gone)
        lose(world, machine, world_wipe);
}

static void copy(world_t *world, const event_t *event)
{
    machine_t *hub = any_of(world, ROLE_HUB, event->a);
    machine_t *twin = hub->gone ? NULL : world_clone(world, hub);
    if (twin)
        world_start(world, twin);
}

static void spoil_disk(world_t *world, const event_t *event)
{
    machine_t *machine = any(world, event->a);
    disk_fault_t fault = (disk_fault_t)(event->b % DISK_FAULTS);
    if (!machine->up)
        return;
    disk_fail(machine->disk, fault, 1 + (uint32_t)world_random(world, 12));
    world->counts->full_disks += fault == DISK_FULL;
}

static void step_clock(world_t *world, const event_t *event)
{
    machine_t *machine = any(world, event->a);
    machine->clock_ms = ((int64_t)world_random(world, 20) - 10) * YEAR_MS;
    machine->doubted = true;
}

static void begin_to_lie(world_t *world, const event_t *event)
{
    machine_t *broker = any_of(world, ROLE_BROKER, event->a);
    if (world->setup.liars)
        broker->lies = broker->lied = true;
}

static void be_honest(world_t *world, const event_t *event)
{
    any_of(world, ROLE_BROKER, event->a)->lies = false;
}

/* ---- calm ---- */

/* Of two copies of a hub one is stopped for good: the one that is not fenced, as often as not. */
static void retire_copies(world_t *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        for (int k = 0; k < i; k++) {
            machine_t *first = &world->machines[k], *second = &world->machines[i];
            if (strcmp(first->name, second->name) || first->gone)
                continue;
            machine_t *goes = world_chance(world, 500) ? first : second;
            if (goes->up)
                world_crash(world, goes);
            goes->gone = true;
        }
    }
}

static void keep_one_honest(world_t *world)
{
    bool honest = false;
    for (int i = 0; i < world->machine_count; i++) {
        machine_t *broker = &world->machines[i];
        if (broker->role != ROLE_BROKER)
            continue;
        broker->lies = broker->lies && world->setup.liars_stay;
        honest |= !broker->lies;
    }
    if (!honest)
        any_of(world, ROLE_BROKER, (uint32_t)world_random(world, 6))->lies = false;
}

/* Faults stop: one copy of each hub stays, everything is up, one broker at least is honest. */
static void calm_down(world_t *world)
{
    world->noise = false;
    world_trace(world, "calm");
    retire_copies(world);
    keep_one_honest(world);
    for (int i = 0; i < world->machine_count; i++) {
        machine_t *machine = &world->machines[i];
        disk_heal(machine->disk);
        if (!machine->up && !machine->gone)
            world_start(world, machine);
    }
}

/* Connections come back; what a fence needs is all that an operator does. */
static void keep_calm(world_t *world)
{
    world_connect_all(world);
    for (int i = 0; i < world->machine_count; i++) {
        machine_t *machine = &world->machines[i];
        if (machine->up && machine->publisher
            && publisher_state(machine->publisher) == PUBLISHER_FENCED) {
            world->counts->fences++;
            world_unfence(world, machine);
        }
    }
}

static void settle_down(world_t *world)
{
    machine_t *at;
    stream_t *of;
    calm_down(world);
    int64_t end = world->now_ms + CALM_MS;
    while (!world->failure[0] && world->now_ms < end && check_converged(world, &at, &of)) {
        keep_calm(world);
        world_step(world, 1000);
    }
    if (!world->failure[0])
        check_final(world);
}

bool schedule_run(const schedule_t *self, counts_t *counts, bool trace, char *failure)
{
    world_t *world = world_new(&self->setup, counts, trace);
    world_connect_all(world);
    for (size_t i = 0; i < self->count && !world->failure[0]; i++) {
        const event_t *event = &self->events[i];
        world->random = event->chance;
        KINDS_OF_EVENT[event->kind].happen(world, event);
        world_step(world, event->wait_ms);
    }
    world->random = self->setup.wrong_clocks;
    if (!world->failure[0])
        settle_down(world);
    bool right = !world->failure[0];
    snprintf(failure, 1024, "%s", world->failure);
    world_destroy(&world);
    return right;
}

/* ---- making shorter ---- */

static bool still_fails(const schedule_t *self, char *failure)
{
    counts_t ignored = {0};
    char how[1024];
    if (schedule_run(self, &ignored, false, how))
        return false;
    memcpy(failure, how, sizeof how);
    return true;
}

/* Leaves out runs of `size` events wherever that is possible. */
static bool leave_out(schedule_t *self, size_t size, char *failure)
{
    bool shorter = false;
    for (size_t at = 0; at < self->count;) {
        schedule_t without = *self;
        size_t end = at + size < self->count ? at + size : self->count;
        memmove(without.events + at, without.events + end,
                (self->count - end) * sizeof *self->events);
        without.count -= end - at;
        if (still_fails(&without, failure)) {
            *self = without;
            shorter = true;
        } else {
            at = end;
        }
    }
    return shorter;
}

static void simplify_setup(schedule_t *self, char *failure)
{
    schedule_t simpler = *self;
#define TRY(change)                                                                                \
    do {                                                                                           \
        simpler = *self;                                                                           \
        simpler.setup.change;                                                                      \
        if (still_fails(&simpler, failure))                                                        \
            *self = simpler;                                                                       \
    } while (0)
    TRY(noise = false);
    TRY(limited = false);
    TRY(liars = false);
    TRY(liars_stay = false);
    TRY(wrong_clocks = 0);
    TRY(hubs = 1);
    TRY(readers = 1);
    TRY(brokers = 1);
    TRY(kinds = 1);
#undef TRY
}

void schedule_shrink(schedule_t *self, char *failure)
{
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (size_t size = self->count / 2; size; size /= 2)
            shorter |= leave_out(self, size, failure);
    }
    simplify_setup(self, failure);
    leave_out(self, 1, failure);
    for (size_t i = 0; i < self->count; i++) {
        schedule_t simpler = *self;
        simpler.events[i].wait_ms = 100;
        if (still_fails(&simpler, failure))
            *self = simpler;
    }
}

/* ---- as text ---- */

void schedule_print(const schedule_t *self)
{
    const setup_t *setup = &self->setup;
    printf("%u hubs, %u brokers, %u readers, %u kinds%s%s%s%s, wrong clocks %x\n", setup->hubs,
           setup->brokers, setup->readers, setup->kinds, setup->noise ? ", noise" : "",
           setup->limited ? ", hub0 may not read all" : "", setup->liars ? ", liars" : "",
           setup->liars_stay ? " who stay" : "", setup->wrong_clocks);
    for (size_t i = 0; i < self->count; i++)
        printf("  %-8s %3u %3u, then %5u ms\n", KINDS_OF_EVENT[self->events[i].kind].name,
               self->events[i].a, self->events[i].b, self->events[i].wait_ms);
}

void schedule_write(const schedule_t *self)
{
    const setup_t *setup = &self->setup;
    printf("history %u %u %u %u %d %d %d %d %x", setup->hubs, setup->brokers, setup->readers,
           setup->kinds, setup->noise, setup->limited, setup->liars, setup->liars_stay,
           setup->wrong_clocks);
    for (size_t i = 0; i < self->count; i++) {
        const event_t *event = &self->events[i];
        printf(" %s:%u:%u:%u:%u", KINDS_OF_EVENT[event->kind].name, event->a, event->b,
               event->chance, event->wait_ms);
    }
    putchar('\n');
}

static bool read_event(event_t *event, const char *word)
{
    const char *colon = strchr(word, ':');
    for (size_t kind = 0; colon && kind < EVENT_KINDS; kind++) {
        const char *name = KINDS_OF_EVENT[kind].name;
        if (strlen(name) != (size_t)(colon - word) || strncmp(name, word, strlen(name)))
            continue;
        event->kind = (event_kind_t)kind;
        return sscanf(colon, ":%u:%u:%u:%u", &event->a, &event->b, &event->chance, &event->wait_ms)
               == 4;
    }
    return false;
}

static bool plausible(const setup_t *setup)
{
    return setup->hubs && setup->hubs <= HUBS_MAX && setup->brokers && setup->brokers <= 3
           && setup->readers && setup->readers <= 3 && setup->kinds && setup->kinds <= KINDS;
}

bool schedule_read(schedule_t *self, const char *line)
{
    *self = (schedule_t){0};
    setup_t *setup = &self->setup;
    int noise, limited, liars, stay, size = 0;
    if (sscanf(line, "history %u %u %u %u %d %d %d %d %x%n", &setup->hubs, &setup->brokers,
               &setup->readers, &setup->kinds, &noise, &limited, &liars, &stay,
               &setup->wrong_clocks, &size)
            != 9
        || !plausible(setup))
        return false;
    setup->noise = noise;
    setup->limited = limited;
    setup->liars = liars;
    setup->liars_stay = stay;
    for (line += size; (line = strchr(line, ' ')) && line[1]; line++)
        if (self->count == EVENTS_MAX || !read_event(&self->events[self->count++], line + 1))
            return false;
    return true;
}
