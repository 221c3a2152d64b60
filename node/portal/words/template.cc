#include "node/portal/words/template.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <kainjow/mustache.hpp>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace mustache = kainjow::mustache;

namespace
{
using Sources = std::map<std::string, std::string>;

const std::string FOLDER = "templates/";
const std::string SUFFIX = ".mustache";
const std::string SAFE_TAGS[] = {"{{{already_safe_rendered_markdown_html}}}",
                                 "{{{already_safe_json}}}"};

/* The template's name in "templates/NAME.mustache", or "" for another asset. */
std::string template_name(const std::string &path)
{
    if (path.compare(0, FOLDER.size(), FOLDER) != 0 || path.size() <= FOLDER.size() + SUFFIX.size())
        return "";
    return path.substr(FOLDER.size(), path.size() - FOLDER.size() - SUFFIX.size());
}

/* The bytes of the safe tag that stands there, 0 for another tag. */
size_t safe_tag(const std::string &source, size_t at)
{
    for (const std::string &tag : SAFE_TAGS)
        if (source.compare(at, tag.size(), tag) == 0)
            return tag.size();
    return 0;
}

void refuse_unescaped(const std::string &name, const std::string &source)
{
    for (size_t at = 0; (at = source.find("{{", at)) != std::string::npos; at += 2) {
        if (size_t size = safe_tag(source, at)) {
            at += size - 2;
            continue;
        }
        size_t first = source.find_first_not_of(' ', at + 2);
        if (first != std::string::npos && std::strchr("{&=", source[first]))
            throw std::runtime_error(name + " has a tag that would not be escaped");
    }
}

/* The source with its {{>part}} tags replaced: kainjow would parse a part again at each use. */
std::string with_parts(const Sources &sources, const std::string &name,
                       std::map<std::string, int> &depth)
{
    auto found = sources.find(name);
    if (found == sources.end())
        throw std::runtime_error("there is no part " + name);
    if (depth[name] == TEMPLATE_DEPTH)
        return "";
    depth[name]++;
    const std::string &source = found->second;
    std::string out;
    size_t done = 0;
    for (size_t at; (at = source.find("{{>", done)) != std::string::npos;) {
        size_t end = source.find("}}", at);
        if (end == std::string::npos)
            throw std::runtime_error(name + " has an open tag");
        out.append(source, done, at - done);
        out += with_parts(sources, source.substr(at + 3, end - at - 3), depth);
        done = end + 2;
    }
    out.append(source, done, std::string::npos);
    depth[name]--;
    return out;
}

mustache::data to_data(const json_t *json);

mustache::data to_list(const json_t *json)
{
    mustache::list list;
    list.reserve(json_array_size(json));
    for (size_t i = 0; i < json_array_size(json); i++)
        list.push_back(to_data(json_array_get(json, i)));
    return mustache::data(list);
}

mustache::data to_object(const json_t *json)
{
    mustache::data object;
    const char *key;
    json_t *value;
    json_object_foreach(const_cast<json_t *>(json), key, value) object[key] = to_data(value);
    return object;
}

std::string number_text(const json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    std::string copy = text ? text : "";
    free(text);
    return copy;
}

mustache::data to_data(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return to_object(json);
    case JSON_ARRAY:
        return to_list(json);
    case JSON_STRING:
        if (json_string_length(json) == 0)
            return mustache::data(false);
        return mustache::data(std::string(json_string_value(json), json_string_length(json)));
    case JSON_INTEGER:
    case JSON_REAL:
        return mustache::data(number_text(json));
    case JSON_TRUE:
        return mustache::data(true);
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return mustache::data(false);
}
} // namespace

struct templates {
    Sources whole;                                    /* with their parts in place */
    std::map<std::string, mustache::mustache> parsed; /* those that were filled */
};

namespace
{
mustache::mustache parse(const std::string &name, const std::string &source)
{
    mustache::mustache parsed(source);
    if (!parsed.is_valid())
        throw std::runtime_error(name + ": " + parsed.error_message());
    return parsed;
}

mustache::mustache &parsed(templates_t *self, const std::string &name)
{
    auto found = self->parsed.find(name);
    if (found != self->parsed.end())
        return found->second;
    auto source = self->whole.find(name);
    if (source == self->whole.end())
        throw std::runtime_error("there is no such template");
    return self->parsed.emplace(name, parse(name, source->second)).first->second;
}
} // namespace

extern "C" templates_t *templates_new(const asset_t *from, size_t count, err_t *err)
try {
    Sources sources;
    for (size_t i = 0; i < count; i++) {
        std::string name = template_name(from[i].name);
        if (name.empty())
            continue;
        std::string source(reinterpret_cast<const char *>(from[i].bytes), from[i].size);
        refuse_unescaped(name, source);
        sources[name] = source;
    }
    std::unique_ptr<templates> self(new templates);
    for (const auto &source : sources) {
        std::map<std::string, int> depth;
        std::string whole = with_parts(sources, source.first, depth);
        parse(source.first, whole);
        self->whole.emplace(source.first, std::move(whole));
    }
    return self.release();
} catch (const std::exception &e) {
    err_set(err, ERR_STOP, "cannot load the portal's templates: %s", e.what());
    return nullptr;
}

extern "C" void templates_destroy(templates_t **self_p)
{
    delete *self_p;
    *self_p = nullptr;
}

extern "C" char *templates_render(templates_t *self, const char *name, const json_t *data,
                                  err_t *err)
try {
    mustache::mustache &page = parsed(self, name);
    std::string text = page.render(to_data(data));
    if (!page.is_valid())
        throw std::runtime_error(page.error_message());
    char *copy = strdup(text.c_str());
    if (!copy)
        throw std::bad_alloc();
    return copy;
} catch (const std::exception &e) {
    err_set(err, ERR_STOP, "cannot fill the page '%s': %s", name, e.what());
    return nullptr;
}
