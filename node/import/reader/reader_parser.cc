#include "node/import/reader/reader_parser.h"

#include <cassert>
#include <cstring>
#include <new>
#include <simdjson.h>

namespace dom = simdjson::dom;

struct reader_parser {
    dom::parser parser;
};

namespace
{
/* Each gives NULL where jansson would refuse; jansson's functions take NULL for a value and fail. */
json_t *value_of(dom::element element);

bool has_nul(std::string_view text)
{
    return std::memchr(text.data(), 0, text.size()) != nullptr;
}

json_t *text_of(std::string_view text)
{
    return has_nul(text) ? nullptr : json_stringn_nocheck(text.data(), text.size());
}

json_t *array_of(dom::array array)
{
    json_t *values = json_array();
    for (dom::element element : array)
        if (json_array_append_new(values, value_of(element))) {
            json_decref(values);
            return nullptr;
        }
    return values;
}

/* A name that comes again replaces the first: then there are fewer members than were put. */
json_t *object_of(dom::object object)
{
    json_t *members = json_object();
    size_t put = 0;
    bool good = true;
    for (dom::key_value_pair pair : object) {
        good = !has_nul(pair.key)
               && json_object_setn_new_nocheck(members, pair.key.data(), pair.key.size(),
                                               value_of(pair.value))
                      == 0;
        if (!good)
            break;
        put++;
    }
    if (good && put == json_object_size(members))
        return members;
    json_decref(members);
    return nullptr;
}

json_t *value_of(dom::element element)
{
    switch (element.type()) {
    case dom::element_type::ARRAY:
        return array_of(dom::array(element));
    case dom::element_type::OBJECT:
        return object_of(dom::object(element));
    case dom::element_type::INT64:
        return json_integer(int64_t(element));
    case dom::element_type::UINT64: /* only beyond INT64_MAX */
        return nullptr;
    case dom::element_type::DOUBLE:
        return json_real(double(element));
    case dom::element_type::STRING:
        return text_of(std::string_view(element));
    case dom::element_type::BOOL:
        return json_boolean(bool(element));
    case dom::element_type::NULL_VALUE:
        return json_null();
    }
    return nullptr;
}
} // namespace

reader_parser_t *reader_parser_new(void)
{
    reader_parser_t *self = new (std::nothrow) reader_parser_t;
    assert(self);
    return self;
}

void reader_parser_destroy(reader_parser_t **self_p)
{
    delete *self_p;
    *self_p = nullptr;
}

json_t *reader_parser_read(reader_parser_t *self, const char *bytes, size_t size,
                           json_error_t *error)
{
    dom::element root;
    json_t *value = nullptr;
    if (self->parser.parse(bytes, size).get(root) == simdjson::SUCCESS)
        value = value_of(root);
    return value ? value : json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
}
