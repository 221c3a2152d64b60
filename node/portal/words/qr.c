#include "node/portal/words/qr.h"

#include <qrencode.h>
#include <stdbool.h>
#include <string.h>

#define BORDER 4 /* squares; the standard asks for as many */

/* One rectangle for each run of dark squares. */
static void add_row(text_t *path, const QRcode *code, int y)
{
    const unsigned char *row = code->data + (size_t)y * (size_t)code->width;
    for (int x = 0; x < code->width;) {
        int start = x;
        bool dark = row[x] & 1;
        while (x < code->width && (row[x] & 1) == dark)
            x++;
        if (dark)
            text_add_format(path, "M%d %dh%dv1h-%dz", start + BORDER, y + BORDER, x - start,
                            x - start);
    }
}

int qr_path(const char *text, text_t *path, unsigned *size, err_t *err)
{
    if (!*text || strlen(text) > QR_TEXT_MAX)
        return err_set(err, ERR_REJECT, "Un code QR a de 1 à %d caractères.", QR_TEXT_MAX);
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return err_set(err, ERR_REJECT, "Ce texte ne tient pas dans un code QR.");
    for (int y = 0; y < code->width; y++)
        add_row(path, code, y);
    *size = (unsigned)code->width + 2 * BORDER;
    QRcode_free(code);
    return 0;
}
