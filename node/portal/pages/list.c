#include "node/portal/pages/list.h"

#include "node/portal/lists/detour.h"
#include "node/portal/programs/signpost.h"

int list_open(asking_t *asking, site_t *site, const request_t *request, const char *kind,
              size_t rows, err_t *err)
{
    const kind_t *of = schema_kind(site->schema, kind);
    *asking = (asking_t){.site = site, .request = request};
    if (!of)
        return 1;
    int rc = asking_read(asking, site, request, of, &rows, err);
    asking->query.narrowed = true;
    return rc;
}

int list_find(asking_t *asking, json_t *content, err_t *err)
{
    if (asking_find(asking, err))
        return -1;
    asking_show(asking, content);
    return detour_add(asking, content, err);
}

int list_answer(asking_t *asking, int rc, const char *template_name, json_t *content,
                response_t *response, err_t *err)
{
    if (rc == 0) {
        signpost_list(asking, content, response);
        rc = site_page(asking->site, template_name, content, response, err);
    } else {
        json_decref(content);
    }
    asking_close(asking);
    return rc;
}
