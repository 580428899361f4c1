#include <algorithm>
#include <string>
#include <string_view>

#include "common/xml/writer.h"
#include "frontend_gateway/address/percent.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/pidf/namespaces.h"
#include "frontend_gateway/pidf/words.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
    "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
    "xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "
    "xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"";

class Writer {
 public:
  explicit Writer(const Document& document) : document_(document) {}

  std::string write() {
    out_.reserve(400 + 400 * document_.devices.size());
    out_ += kHead;
    xml::append_escaped_attribute(out_, document_.entity);
    out_ += "\">";
    for (const Device& device : document_.devices) tuple(device);
    person();
    out_ += "</presence>\r\n";
    return std::move(out_);
  }

 private:
  // The order of the children is the schema's (RFC 3863 section 4.4).
  void tuple(const Device& device) {
    out_ += "<tuple id=\"";
    out_ += tuple_id(device.resource);
    out_ += "\"><status><basic>";
    out_ += device.open ? "open" : "closed";
    out_ += "</basic>";
    if (device.open) status(device);
    out_ += "</status>";
    if (device.open) {
      activities(device.show);
      user_input(device);
      contact(device);
    }
    for (const Note& note : device.statuses) this->note(note);
    out_ += "</tuple>";
  }

  void status(const Device& device) {
    const std::string_view show = word_of(device.show);
    if (!show.empty()) {
      out_ += "<show xmlns=\"jabber:client\">";
      out_ += show;
      out_ += "</show>";
    }
    const std::string_view activity = told(device.show).activity;
    if (activity.empty()) return;
    out_ += "<ep:activities xmlns:ep=\"";
    out_ += ns::kDraft;
    out_ += "\"><ep:activity>";
    out_ += activity;
    out_ += "</ep:activity></ep:activities>";
  }

  // A device that is simply there says so, or the person's activity would be read as its own.
  void activities(Presence::Show show) {
    std::string_view activity = told(show).activity;
    if (activity.empty() && show == Presence::NO_SHOW && !activity_of_person().empty())
      activity = "unknown";
    append_activities(activity);
  }

  void append_activities(std::string_view activity) {
    if (activity.empty()) return;
    out_ += "<rpid:activities><rpid:";
    out_ += activity;
    out_ += "/></rpid:activities>";
  }

  void user_input(const Device& device) {
    if (!device.idle_since && !told(device.show).idle) return;
    out_ += "<rpid:user-input";
    if (device.idle_since) {
      out_ += " last-input=\"";
      out_ += absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", *device.idle_since, absl::UTCTimeZone());
      out_ += '"';
    }
    out_ += ">idle</rpid:user-input>";
  }

  // RFC 8048 section 5.2.3: a negative priority must not be mapped. None says 0.
  void contact(const Device& device) {
    if (device.priority <= 0) return;
    out_ += "<contact priority=\"";
    out_ += priority_word(device.priority);
    out_ += "\">";
    xml::append_escaped(out_, document_.entity);
    if (!device.resource.empty()) out_ += ";gr=" + mapping::encode_strictly(device.resource);
    out_ += "</contact>";
  }

  void note(const Note& note) {
    out_ += "<note";
    if (!note.lang.empty()) {
      out_ += " xml:lang=\"";
      xml::append_escaped_attribute(out_, note.lang);
      out_ += '"';
    }
    out_ += '>';
    xml::append_escaped(out_, note.text);
    out_ += "</note>";
  }

  // For those who look at persons only: what the device says that is to be reached first.
  void person() {
    const std::string_view activity = activity_of_person();
    if (activity.empty()) return;
    out_ += "<dm:person id=\"person\">";
    append_activities(activity);
    out_ += "</dm:person>";
  }

  std::string_view activity_of_person() const {
    const Device* first = nullptr;
    for (const Device& device : document_.devices) {
      if (device.open && (first == nullptr || device.priority > first->priority)) first = &device;
    }
    return first == nullptr ? std::string_view() : told(first->show).activity;
  }

  const Document& document_;
  std::string out_;
};

}  // namespace

std::string write(const Document& document) { return Writer(document).write(); }

}  // namespace causeway::gateway::pidf
