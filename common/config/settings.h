#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/config/value.h"

namespace causeway::config {

// A section of a file as a table: each row names a key, the member it fills, and what it may hold.
// A daemon's loader then reads like its struct:
//
//   const Settings<Dns> kDns = {
//       texts("servers", &Dns::servers, is_ip_and_optional_port),
//       number("timeout_ms", &Dns::timeout, 100, 60'000),
//   };
//
// A member may be a data member or, for protobuf messages, a setter.

template <typename T>
struct Setting {
  std::string key;
  std::function<void(const Value&, T&)> read;
  bool is_required = false;
  std::vector<std::string> inner{};  // the keys below this one: "domain", "sub.key"
};

template <typename T>
using Settings = std::vector<Setting<T>>;

// What is wrong with a text, as the end of a sentence: "must be ...". Empty when nothing is.
using Check = std::string (*)(std::string_view);

template <typename E>
struct Choice {
  std::string_view word;
  E value;
};

// Fills `target` from the section; keys the table lacks and required ones the section lacks are
// mistakes.
template <typename T>
void read(const Value& value, const Settings<T>& settings, T& target);

// Every key of the table, as "section.key".
template <typename T>
std::vector<std::string> keys(const Settings<T>& settings);

// "must be one of a, b"; and "; did you mean b?" where one is near.
std::string not_among(std::string_view word, const std::vector<std::string>& known);
std::string unknown_key(std::string_view key, const std::vector<std::string>& known);

// --- The rows.

template <typename T, typename Member, typename V>
void assign(T& target, Member member, V&& value) {
  if constexpr (std::is_member_function_pointer_v<Member>)
    (target.*member)(std::forward<V>(value));
  else
    target.*member = std::forward<V>(value);
}

template <typename T>
Setting<T> required(Setting<T> setting) {
  setting.is_required = true;
  return setting;
}

inline std::optional<std::string> checked_text(const Value& value, Check check) {
  std::optional<std::string> text = value.text();
  if (!text || !check) return text;
  const std::string wrong = check(*text);
  if (wrong.empty()) return text;
  value.mistake(wrong);
  return std::nullopt;
}

template <typename T>
Setting<T> text(std::string key, std::string T::*member, Check check = nullptr) {
  return {std::move(key), [=](const Value& value, T& target) {
            if (auto text = checked_text(value, check)) target.*member = *std::move(text);
          }};
}

template <typename T>
Setting<T> texts(std::string key, std::vector<std::string> T::*member, Check check = nullptr,
                 std::size_t least = 0) {
  return {std::move(key), [=](const Value& value, T& target) {
            const auto items = value.list();
            if (!items) return;
            if (items->size() < least) value.mistake("must not be empty");
            (target.*member).clear();
            for (const Value& item : *items)
              if (auto text = checked_text(item, check))
                (target.*member).push_back(*std::move(text));
          }};
}

template <typename T>
Setting<T> flag(std::string key, void (T::*setter)(bool)) {
  return {std::move(key), [=](const Value& value, T& target) {
            if (const auto flag = value.flag()) (target.*setter)(*flag);
          }};
}
template <typename T>
Setting<T> flag(std::string key, bool T::*member) {
  return {std::move(key), [=](const Value& value, T& target) {
            if (const auto flag = value.flag()) target.*member = *flag;
          }};
}

template <typename M>
struct MemberValue;
template <typename T, typename V>
struct MemberValue<V T::*> {
  using Owner = T;
  using Type = V;
};
template <typename T, typename V>
struct MemberValue<void (T::*)(V)> {
  using Owner = T;
  using Type = V;
};

// Also for durations; the key then ends in their unit.
template <typename Member, typename T = typename MemberValue<Member>::Owner>
Setting<T> number(std::string key, Member member, std::int64_t least, std::int64_t most) {
  return {std::move(key), [=](const Value& value, T& target) {
            if (const auto number = value.number(least, most))
              assign(target, member, static_cast<typename MemberValue<Member>::Type>(*number));
          }};
}

template <typename Member, typename T = typename MemberValue<Member>::Owner>
Setting<T> choice(std::string key, Member member,
                  std::vector<Choice<typename MemberValue<Member>::Type>> choices) {
  return {std::move(key), [=](const Value& value, T& target) {
            const auto word = value.text();
            if (!word) return;
            std::vector<std::string> known;
            for (const auto& choice : choices) {
              if (choice.word == *word) return assign(target, member, choice.value);
              known.emplace_back(choice.word);
            }
            value.mistake(not_among(*word, known));
          }};
}

template <typename T, typename S>
Setting<T> section(std::string key, S T::*member, Settings<S> settings) {
  std::vector<std::string> inner = keys(settings);
  return {std::move(key),
          [=](const Value& value, T& target) { read(value, settings, target.*member); }, false,
          std::move(inner)};
}

// A list of sections, each beginning as `blank`.
template <typename T, typename S>
Setting<T> sections(std::string key, std::vector<S> T::*member, Settings<S> settings, S blank = S(),
                    std::size_t least = 0) {
  std::vector<std::string> inner = keys(settings);
  return {std::move(key),
          [=](const Value& value, T& target) {
            const auto items = value.list();
            if (!items) return;
            if (items->size() < least) value.mistake("must not be empty");
            (target.*member).assign(items->size(), blank);
            for (std::size_t i = 0; i < items->size(); ++i)
              read((*items)[i], settings, (target.*member)[i]);
          },
          false, std::move(inner)};
}

// --- The loop over them.

template <typename T>
void read(const Value& value, const Settings<T>& settings, T& target) {
  const auto entries = value.section();
  if (!entries) return;
  std::vector<std::string> known;
  for (const Setting<T>& setting : settings) known.push_back(setting.key);

  for (const Value::Entry& entry : *entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      entry.value.mistake(unknown_key(entry.key, known));

  for (const Setting<T>& setting : settings) {
    const auto entry =
        std::find_if(entries->begin(), entries->end(),
                     [&](const Value::Entry& candidate) { return candidate.key == setting.key; });
    if (entry != entries->end())
      setting.read(entry->value, target);
    else if (setting.is_required)
      value.mistake("\"" + setting.key + "\" is missing");
  }
}

template <typename T>
std::vector<std::string> keys(const Settings<T>& settings) {
  std::vector<std::string> out;
  for (const Setting<T>& setting : settings) {
    out.push_back(setting.key);
    for (const std::string& inner : setting.inner) out.push_back(setting.key + "." + inner);
  }
  return out;
}

}  // namespace causeway::config
