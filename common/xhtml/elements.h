#pragma once

#include <algorithm>
#include <string_view>

namespace causeway::xhtml {

// The list: the recommended profile of XEP-0071 section 7, as what may stand where.

enum class Kind { block, list, item, inline_ };
enum class Content { flow, inlines, items, none };

struct Shape {
  std::string_view name;
  Kind kind;
  Content content;
  bool is_link = false;
};

inline constexpr Shape kShapes[] = {
    {"a", Kind::inline_, Content::inlines, true}, {"blockquote", Kind::block, Content::flow},
    {"br", Kind::inline_, Content::none},         {"cite", Kind::inline_, Content::inlines},
    {"em", Kind::inline_, Content::inlines},      {"li", Kind::item, Content::flow},
    {"ol", Kind::list, Content::items},           {"p", Kind::block, Content::inlines},
    {"span", Kind::inline_, Content::inlines},    {"strong", Kind::inline_, Content::inlines},
    {"ul", Kind::list, Content::items},
};

inline const Shape* shape_of(std::string_view name) {
  const auto* found = std::ranges::find(kShapes, name, &Shape::name);
  return found == std::end(kShapes) ? nullptr : found;
}

inline constexpr bool may_stand(Kind kind, Content in) {
  switch (in) {
    case Content::flow:
      return kind != Kind::item;
    case Content::inlines:
      return kind == Kind::inline_;
    case Content::items:
      return kind == Kind::item;
    case Content::none:
      return false;
  }
  return false;
}

}  // namespace causeway::xhtml
