#include "frontend_gateway/presence/notifier/view.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace causeway::gateway::presence {
namespace {

// SIP servers read messages of 64 KiB, and end the connection, with all else that is on it, at one
// of more. What is counted is the longest that there may be, so that the common is counted cheaply.
constexpr std::size_t kMostBytes = 48 * 1024;
constexpr std::size_t kFrame = 512;  // of a tuple: its elements
constexpr std::size_t kNoteFrame = 32;
constexpr std::size_t kLongest = 6;  // for one byte: "&quot;", or "_2F" in the id and again in gr

std::size_t bytes_of(const pidf::Device& device, const std::string& entity) {
  std::size_t bytes = kFrame + kLongest * (entity.size() + device.resource.size());
  for (const pidf::Note& note : device.statuses)
    bytes += kNoteFrame + kLongest * (note.lang.size() + note.text.size());
  return bytes;
}

std::vector<pidf::Device> changed(std::vector<pidf::Device> devices, pidf::Device device,
                                  const std::string& entity) {
  std::erase_if(devices, [&device](const pidf::Device& each) {
    return !each.open || each.resource == device.resource ||
           (device.resource.empty() && !device.open);
  });
  const bool to_be_listed = device.open ? devices.size() < pidf::kMostDevices : devices.empty();
  if (!to_be_listed) return devices;
  std::size_t others = 0;
  for (const pidf::Device& each : devices) others += bytes_of(each, entity);
  if (others + bytes_of(device, entity) > kMostBytes) device.statuses.clear();
  if (others + bytes_of(device, entity) > kMostBytes) return devices;
  const auto place =
      std::ranges::lower_bound(devices, device.resource, {}, &pidf::Device::resource);
  devices.insert(place, std::move(device));
  return devices;
}

}  // namespace

View::View(std::string entity, std::vector<pidf::Device> devices)
    : entity_(std::move(entity)), devices_(std::move(devices)) {}

const std::string& View::document() const {
  if (document_.empty()) document_ = pidf::write({.entity = entity_, .devices = devices_});
  return document_;
}

ViewRef Views::after(const ViewRef& before, const std::string& entity, const pidf::Device& device) {
  Step& step = steps_[absl::HashOf(before ? before->entity() : entity) % steps_.size()];
  const bool known = step.after && step.after->entity() == entity;
  if (known && step.before == before && step.device == device) return step.after;
  auto devices = changed(before ? before->devices() : std::vector<pidf::Device>(), device,
                         before ? before->entity() : entity);
  if (before && before->devices() == devices) return before;
  // One who began to watch later came another way to the same place.
  ViewRef after = known && step.after->devices() == devices
                      ? step.after
                      : std::make_shared<const View>(entity, std::move(devices));
  step = {before, after, device};
  return after;
}

ViewRef Views::closed(const std::string& entity) { return after(nullptr, entity, {}); }

}  // namespace causeway::gateway::presence
