/* theme - what makes a portal its hub's own: two colours and a logo, from its YAML.
 *
 * They are a small stylesheet and a picture at addresses of their own, because the pages allow no
 * inline style. `principale` is the colour of links and buttons on a light ground, `secondaire` on a
 * dark one; each decorates where the other works. Their contrast is checked with the settings. */
#ifndef NODE_PORTAL_WORDS_THEME_H
#define NODE_PORTAL_WORDS_THEME_H

#include "node/portal/site.h"

#define THEME_LOGO_MAX (20 << 10) /* bytes: a home page has 50 KB in all */

typedef struct theme {
    text_t css, logo; /* empty: the portal's own look, no logo */
    const char *logo_type;
    char version[17]; /* changes with them: in their addresses */
} theme_t;

/* Gives a theme. A logo that cannot be had is said once and left out. */
theme_t *theme_new(const portal_settings_t *settings);
void theme_destroy(theme_t **self_p);

/* Gives {css, logo, version}, for templates/head.mustache. */
json_t *theme_view(const theme_t *self);

handler_t theme_css;
handler_t theme_logo;

#endif
