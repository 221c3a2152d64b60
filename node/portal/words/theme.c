#include "node/portal/words/theme.h"

#include "broker/base/log.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CSS_MAX 1024
#define CACHE "public, max-age=86400"

/* White on a light scheme's accent, near black on a dark one's: who passes against the ground passes
 * against these, which are further away. */
#define CSS                                                                                        \
    "@media screen{:root{--accent:%s;--second:%s;--on-accent:#fff}}\n"                             \
    "@media screen and (prefers-color-scheme:dark){"                                               \
    ":root{--accent:%s;--second:%s;--on-accent:#0d1416}}\n"

static const struct {
    const char *ending, *type;
} LOGOS[] = {
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".webp", "image/webp"},
};

static const char *type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof LOGOS / sizeof *LOGOS; i++)
        if (!strcmp(dot, LOGOS[i].ending))
            return LOGOS[i].type;
    return NULL;
}

/* What is wrong with the file, or NULL when it is in self->logo. */
static const char *read_logo(theme_t *self, const char *path)
{
    self->logo_type = type_of(path);
    if (!self->logo_type)
        return "neither .svg, .png nor .webp";
    FILE *file = fopen(path, "rbe");
    if (!file)
        return strerror(errno);
    char bytes[THEME_LOGO_MAX + 1];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    bool unread = ferror(file);
    fclose(file);
    if (unread)
        return "cannot be read";
    return text_add(&self->logo, bytes, size) ? "too large" : NULL;
}

static void set_version(theme_t *self)
{
    unsigned char hash[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (unsigned char *)self->css.data, self->css.size);
    crypto_generichash_update(&state, (unsigned char *)self->logo.data, self->logo.size);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(self->version, sizeof self->version, hash, sizeof self->version / 2);
}

theme_t *theme_new(const portal_settings_t *settings)
{
    theme_t *self = calloc(1, sizeof *self);
    assert(self);
    text_init(&self->css, CSS_MAX);
    text_init(&self->logo, THEME_LOGO_MAX);
    const char *light = settings->principale, *dark = settings->secondaire;
    if (light && dark)
        text_add_format(&self->css, CSS, light, dark, dark, light);
    const char *wrong = settings->logo ? read_logo(self, settings->logo) : NULL;
    if (wrong)
        log_warning("portal: no logo, %s: %s", settings->logo, wrong);
    set_version(self);
    return self;
}

void theme_destroy(theme_t **self_p)
{
    theme_t *self = *self_p;
    if (!self)
        return;
    text_free(&self->css);
    text_free(&self->logo);
    free(self);
    *self_p = NULL;
}

json_t *theme_view(const theme_t *self)
{
    return json_pack("{s:b, s:b, s:s}", "css", self->css.size > 0, "logo", self->logo.size > 0,
                     "version", self->version);
}

static int serve(const text_t *bytes, const char *type, response_t *response)
{
    if (!bytes->size) {
        response_fail(response, 404, NULL);
        return 0;
    }
    response->type = type;
    response->cache = CACHE;
    return text_add(&response->body, bytes->data, bytes->size);
}

int theme_css(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request, (void)err;
    return serve(&site->theme->css, "text/css; charset=utf-8", response);
}

int theme_logo(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request, (void)err;
    return serve(&site->theme->logo, site->theme->logo_type, response);
}
