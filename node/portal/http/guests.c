/* There are so few that everything is found by walking them all. */
#include "node/portal/http/guests.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct guest {
    bool here; /* the others mean nothing when false */
    bool cut;  /* shut down; the server has yet to notice */
    int socket;
    int64_t until_ms;
    size_t unsent;          /* bytes of the answer that waits for it; 0: it is asking */
    unsigned char from[16]; /* its address; IPv4 as mapped into IPv6 */
};

struct guests {
    guest_t list[GUESTS_MAX];
};

guests_t *guests_new(void)
{
    guests_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void guests_destroy(guests_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

/* --- addresses --- */

static void read_address(const struct sockaddr *address, unsigned char out[16])
{
    memset(out, 0, 16);
    if (address->sa_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    } else if (address->sa_family == AF_INET) {
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
    }
}

static bool is_loopback(const unsigned char address[16])
{
    static const unsigned char V4[12] = {[10] = 0xff, [11] = 0xff}, V6[16] = {[15] = 1};
    return !memcmp(address, V6, sizeof V6)
           || (!memcmp(address, V4, sizeof V4) && address[12] == 127);
}

bool guests_admits(const guests_t *self, const struct sockaddr *address)
{
    unsigned char from[16];
    size_t count = 0;
    read_address(address, from);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        count += self->list[i].here && !memcmp(self->list[i].from, from, sizeof from);
    return is_loopback(from) || count < GUESTS_PER_ADDRESS;
}

/* --- cutting --- */

static void cut(guest_t *guest)
{
    guest->cut = true;
    guest->unsent = 0;
    shutdown(guest->socket, SHUT_RDWR);
}

void guests_cut(guests_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (self->list[i].here && !self->list[i].cut && now_ms > self->list[i].until_ms)
            cut(&self->list[i]);
}

/* Of those who ask, or of those who are answered, the one for whom it has taken longest; never `but`. NULL for none. */
static guest_t *longest(guests_t *self, bool asking, const guest_t *but)
{
    guest_t *found = NULL;
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        guest_t *guest = &self->list[i];
        if (guest->here && !guest->cut && guest != but && !guest->unsent == asking
            && (!found || guest->until_ms < found->until_ms))
            found = guest;
    }
    return found;
}

/* --- coming, asking, going --- */

static size_t count_places(const guests_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < GUESTS_MAX; i++)
        count += !self->list[i].here || self->list[i].cut;
    return count;
}

guest_t *guests_enter(guests_t *self, int socket, const struct sockaddr *address, int64_t now_ms)
{
    size_t place = 0;
    while (place < GUESTS_MAX && self->list[place].here)
        place++;
    if (place == GUESTS_MAX)
        return NULL;
    guest_t *guest = &self->list[place];
    *guest = (guest_t){.here = true, .socket = socket, .until_ms = now_ms + GUESTS_REQUEST_MS};
    read_address(address, guest->from);
    guest_t *silent = count_places(self) < GUESTS_SPARE ? longest(self, true, guest) : NULL;
    if (silent)
        cut(silent);
    return guest;
}

void guests_leave(guest_t *guest)
{
    if (guest)
        *guest = (guest_t){0};
}

void guests_ask(guest_t *guest, int64_t now_ms)
{
    if (!guest || guest->cut)
        return;
    guest->unsent = 0;
    guest->until_ms = now_ms + GUESTS_REQUEST_MS;
}

static size_t count_unsent(const guests_t *self)
{
    size_t size = 0;
    for (size_t i = 0; i < GUESTS_MAX; i++)
        size += self->list[i].unsent;
    return size;
}

void guests_answer(guests_t *self, guest_t *guest, size_t size, int64_t now_ms)
{
    if (!guest || guest->cut)
        return;
    guest->unsent = size ? size : 1; /* headers at least */
    guest->until_ms = now_ms + GUESTS_ANSWER_MS;
    guest_t *slow;
    while (count_unsent(self) > GUESTS_UNSENT_MAX && (slow = longest(self, false, guest)))
        cut(slow);
}
