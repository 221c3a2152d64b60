/* chart - bars for a few figures of one unit, as an SVG picture with its words in it: one look for all charts.
 *
 * Each bar has its label above and its value at its end, so that nothing must be looked up in a legend. A
 * figure known only as an interval is a full bar up to the lower end and an outlined one to the upper,
 * with a stroke at each known end; an open upper end runs out in dashes. Bars begin at 0, negative values at 0 too: their
 * number tells. The picture has no colour of its own: portail.css gives it (.bar, .range, .stroke, .label). */
#ifndef NODE_PORTAL_WORDS_CHART_H
#define NODE_PORTAL_WORDS_CHART_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CHART_BARS_MAX 60
#define CHART_LINE_MAX 46 /* characters of a label's line */
#define CHART_LINES_MAX 3 /* of a label; the rest is cut with "…" */

typedef struct bar {
    const char *label; /* UTF-8, wrapped between words */
    const char *value; /* as people read it: "entre 10 et 20 %" */
    double min, max;   /* equal for a plain value */
    bool has_min, has_max;
} bar_t;

/* Gives {width, height, bars} for templates/chart.mustache; lengths are integers, or false for what is not
 * there. Borrows nothing. Bars beyond CHART_BARS_MAX are left out: the table beside the chart has them. */
json_t *chart_view(const bar_t *bars, size_t count);

#endif
