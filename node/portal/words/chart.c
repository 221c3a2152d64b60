#include "node/portal/words/chart.h"

#include <math.h>
#include <string.h>

/* Units of the picture; on a phone one is about a pixel. */
#define WIDTH 340
#define LONGEST 180 /* of a bar: its value stands behind it */
#define LETTER 8    /* the widest that letters of a value are on average */
#define LINE 18
#define THICK 16
#define GAP 14
#define OPEN 24 /* how far an open end runs out */
#define BEHIND 8

/* --- labels in lines --- */

/* Where the line that begins here ends: at the last space that fits, else in the middle of a long word. */
static size_t line_end(const char *text)
{
    size_t characters = 0, at = 0, space = 0;
    for (; text[at] && characters < CHART_LINE_MAX; characters++) {
        if (text[at] == ' ')
            space = at;
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    }
    return !text[at] || text[at] == ' ' || !space ? at : space;
}

static json_t *lines_of(const char *label, int *y)
{
    json_t *lines = json_array();
    while (*label && json_array_size(lines) < CHART_LINES_MAX) {
        size_t size = line_end(label);
        const char *rest = label + size;
        rest += strspn(rest, " ");
        bool cut = *rest && json_array_size(lines) + 1 == CHART_LINES_MAX;
        *y += LINE;
        json_array_append_new(lines,
                              json_pack("{s:i, s:o}", "y", *y - 5, "text",
                                        json_sprintf("%.*s%s", (int)size, label, cut ? "…" : "")));
        label = rest;
    }
    return lines;
}

/* --- lengths --- */

static double longest_of(const bar_t *bars, size_t count)
{
    double longest = 0;
    for (size_t i = 0; i < count; i++) {
        if (bars[i].has_min)
            longest = fmax(longest, bars[i].min);
        if (bars[i].has_max)
            longest = fmax(longest, bars[i].max);
    }
    return longest;
}

static int length_of(double value, double longest)
{
    return longest > 0 && value > 0 ? (int)lround(value / longest * LONGEST) : 0;
}

static int width_of(const char *text)
{
    int characters = 0;
    for (; *text; text++)
        characters += ((unsigned char)*text & 0xc0) != 0x80;
    return characters * LETTER;
}

/* Nothing to draw is false: a template leaves that out. */
static json_t *drawn(int length)
{
    return length > 0 ? json_integer(length) : json_false();
}

static json_t *bar_view(const bar_t *bar, double longest, int *y)
{
    json_t *lines = lines_of(bar->label, y);
    int low = bar->has_min ? length_of(bar->min, longest) : 0;
    int high = bar->has_max ? length_of(bar->max, longest) : low;
    bool interval = !bar->has_min || !bar->has_max || bar->min < bar->max;
    bool open = bar->has_min && !bar->has_max;
    int end = (open ? low + OPEN : high) + BEHIND;
    int value_y = *y + THICK - 3;
    if (end + width_of(bar->value) > WIDTH) { /* no room behind the bar: a line of its own */
        *y += LINE;
        end = 0;
        value_y = *y - 5;
    }
    json_t *view = json_pack(
        "{s:o, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "lines", lines,
        "value", bar->value, "value_x", end, "value_y", value_y, "y", *y, "thick", THICK, "from",
        low, "middle", *y + THICK / 2, "bar", drawn(low), "range",
        drawn(interval && bar->has_max ? high - low : 0), "low",
        drawn(interval && bar->has_min ? low : 0), "high",
        drawn(interval && bar->has_max ? high : 0), "dashes", drawn(open ? low + OPEN : 0));
    *y += THICK + GAP;
    return view;
}

json_t *chart_view(const bar_t *bars, size_t count)
{
    json_t *views = json_array();
    int y = 0;
    if (count > CHART_BARS_MAX)
        count = CHART_BARS_MAX;
    double longest = longest_of(bars, count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(views, bar_view(&bars[i], longest, &y));
    return json_pack("{s:i, s:i, s:o}", "width", WIDTH, "height", y, "bars", views);
}
