#include "frontend_gateway/store/tables.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace causeway::gateway::store {
namespace {

// An entry of a PostgreSQL index holds 2.7 KB at most.
constexpr std::size_t kMaxKeyBytes = 2000;
constexpr std::size_t kMaxQuoted = 100;  // of a value, in a sentence

const std::vector<Column> kPair = {{"owner"}, {"local_user"}, {"remote_user"}};

std::vector<Column> pair_and(Column more) {
  std::vector<Column> columns = kPair;
  columns.push_back(more);
  columns.push_back({"since", true});
  return columns;
}

// --- Words of the database for values of ours.

template <typename E, std::size_t N>
using Words = std::array<std::pair<E, const char*>, N>;
constexpr Words<Contact::By, 3> kBy = {{{Contact::By::subscription, "subscription"},
                                        {Contact::By::message, "message"},
                                        {Contact::By::operator_, "operator"}}};
constexpr Words<Watch::State, 2> kWatch = {
    {{Watch::State::pending, "pending"}, {Watch::State::active, "active"}}};
constexpr Words<Grant::State, 2> kGrant = {
    {{Grant::State::asked, "asked"}, {Grant::State::granted, "granted"}}};

template <typename E, std::size_t N>
std::string word_of(const Words<E, N>& words, E value) {
  for (const auto& [each, word] : words)
    if (each == value) return word;
  return "";
}

template <typename E, std::size_t N>
std::optional<E> value_of(const Words<E, N>& words, const std::string& word) {
  for (const auto& [value, each] : words)
    if (each == word) return value;
  return std::nullopt;
}

// As JSON: an operator can read it, and a later version can know more of it.
std::string json_of(const v1::Partner& partner) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(partner, &json, options);
  return json;
}

std::optional<v1::Partner> partner_of(const std::string& json) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::Partner partner;
  if (!google::protobuf::util::JsonStringToMessage(json, &partner, options).ok())
    return std::nullopt;
  return partner;
}

// --- Rows to values, but for the owner.

Values values_of(Partner row) {
  return {row.partner.domain(), json_of(row.partner), std::move(row.description)};
}
Values values_of(Policy row) {
  return {std::move(row.identity), std::int64_t{row.enable_federation_access},
          std::int64_t{row.enable_xmpp_access}, std::move(row.description)};
}
Values values_of(User row) {
  return {std::move(row.address), std::move(row.site), std::move(row.policy),
          std::int64_t{row.branch_appliance}};
}
Values values_of(Setting row) { return {std::move(row.name), std::move(row.value)}; }
Values values_of(Contact row) {
  return {std::move(row.local), std::move(row.remote), word_of(kBy, row.by),
          absl::ToUnixMicros(row.since)};
}
Values values_of(Watch row) {
  return {std::move(row.local), std::move(row.remote), word_of(kWatch, row.state),
          absl::ToUnixMicros(row.since)};
}
Values values_of(Grant row) {
  return {std::move(row.local), std::move(row.remote), word_of(kGrant, row.state),
          absl::ToUnixMicros(row.since)};
}
Values values_of(Subscription row) {
  return {std::move(row.id),     std::move(row.local),    std::move(row.remote),
          std::move(row.dialog), std::move(row.event_id), absl::ToUnixMicros(row.expires)};
}

// --- Values to rows.

// Takes the values of a row one after the other.
class Reader {
 public:
  Reader(Values values, bool owned) : values_(std::move(values)), next_(owned ? 1 : 0) {}
  std::string text() { return std::move(std::get<std::string>(values_[next_++])); }
  bool flag() { return std::get<std::int64_t>(values_[next_++]) != 0; }
  absl::Time time() { return absl::FromUnixMicros(std::get<std::int64_t>(values_[next_++])); }
  template <typename E, std::size_t N>
  E choice(const Words<E, N>& words) {
    std::string word = text();
    const auto value = value_of(words, word);
    if (!value) strange_ = std::move(word);
    return value.value_or(words[0].first);
  }
  v1::Partner partner() {
    std::string json = text();
    std::optional<v1::Partner> partner = partner_of(json);
    if (!partner) strange_ = std::move(json);
    return partner.value_or(v1::Partner());
  }
  const std::optional<std::string>& strange() const { return strange_; }

 private:
  Values values_;
  std::size_t next_;
  std::optional<std::string> strange_;
};

// Elements of a braced list are evaluated from left to right.
using Add = void (*)(Reader& in, Contents& out);
constexpr Add kAdd[] = {
    [](Reader& in, Contents& out) {
      in.text();  // the key is the partner's domain
      Partner row{in.partner(), in.text()};
      out.administration.partners.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Policy row{in.text(), in.flag(), in.flag(), in.text()};
      out.administration.policies.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      User row{in.text(), in.text(), in.text(), in.flag()};
      out.administration.users.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Setting row{in.text(), in.text()};
      out.administration.settings.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Contact row{in.text(), in.text(), in.choice(kBy), in.time()};
      out.contacts.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Watch row{in.text(), in.text(), in.choice(kWatch), in.time()};
      out.watches.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Grant row{in.text(), in.text(), in.choice(kGrant), in.time()};
      out.grants.push_back(std::move(row));
    },
    [](Reader& in, Contents& out) {
      Subscription row{in.text(), in.text(), in.text(), in.text(), in.text(), in.time()};
      out.subscriptions.push_back(std::move(row));
    },
};
static_assert(std::size(kAdd) == std::variant_size_v<Row>);

bool is_kept(std::string_view text) {
  bool kept = true;
  text::for_each_character(text, [&](std::string_view character, bool well_formed) {
    kept = kept && well_formed && character[0] != '\0';
  });
  return kept;
}

}  // namespace

std::span<const Table> tables() {
  static const std::vector<Table> all = {
      {"partners", false, 1, {{"domain"}, {"settings"}, {"description"}}},
      {"policies",
       false,
       1,
       {{"identity"},
        {"enable_federation_access", true},
        {"enable_xmpp_access", true},
        {"description"}}},
      {"users", false, 1, {{"address"}, {"site"}, {"policy"}, {"branch_appliance", true}}},
      {"settings", false, 1, {{"name"}, {"value"}}},
      {"contacts", true, 3, pair_and({"known_by"})},
      {"watches", true, 3, pair_and({"state"})},
      {"grants", true, 3, pair_and({"state"})},
      {"subscriptions",
       true,
       2,
       {{"owner"},
        {"id"},
        {"local_user"},
        {"remote_user"},
        {"dialog"},
        {"event_id"},
        {"expires", true}}},
  };
  return all;
}

std::string Record::key() const {
  std::string key(1, static_cast<char>('0' + table));
  for (std::size_t i = 0; i < tables()[table].keys; ++i) {
    const std::string& part = std::get<std::string>(values[i]);
    absl::StrAppend(&key, part.size(), ":", part);
  }
  return key;
}

std::size_t Record::bytes() const {
  std::size_t bytes = sizeof *this;
  for (const Value& value : values) {
    bytes += sizeof value;
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
  }
  return bytes;
}

Record record_of(Change change, const std::string& owner) {
  Record record{change.row.index(), {}, change.remove};
  record.values =
      std::visit([](auto&& row) { return values_of(std::move(row)); }, std::move(change.row));
  if (tables()[record.table].owned) record.values.insert(record.values.begin(), owner);
  return record;
}

absl::Status check(const Record& record) {
  const Table& table = tables()[record.table];
  std::size_t key_bytes = 0;
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    const auto* text = std::get_if<std::string>(&record.values[i]);
    if (!text) continue;
    if (!is_kept(*text))
      return absl::InvalidArgumentError(
          absl::StrCat("the column ", std::string(table.columns[i].name), " of ",
                       std::string(table.name), " would not be UTF-8, or would hold U+0000"));
    if (i < table.keys) key_bytes += text->size();
  }
  if (key_bytes > kMaxKeyBytes)
    return absl::InvalidArgumentError(absl::StrCat("the key of the row in ",
                                                   std::string(table.name), " has ", key_bytes,
                                                   " bytes; it may have ", kMaxKeyBytes));
  return absl::OkStatus();
}

absl::Status add(std::size_t table, Values values, Contents& contents) {
  const std::string key = std::get<std::string>(values[tables()[table].keys - 1]);
  Reader reader(std::move(values), tables()[table].owned);
  kAdd[table](reader, contents);
  if (!reader.strange()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "the row ", key, " of the table ", std::string(tables()[table].name), " holds \"",
      std::string(text::prefix_of_characters(*reader.strange(), kMaxQuoted)),
      "\", which this program does not know"));
}

}  // namespace causeway::gateway::store
