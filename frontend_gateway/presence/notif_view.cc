#include "frontend_gateway/presence/notif_view.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace causeway::gateway::presence {
namespace {

std::vector<pidf::Device> changed(std::vector<pidf::Device> devices, const pidf::Device& device) {
  std::erase_if(devices, [&device](const pidf::Device& each) {
    return !each.open || each.resource == device.resource ||
           (device.resource.empty() && !device.open);
  });
  const bool to_be_listed = device.open ? devices.size() < pidf::kMostDevices : devices.empty();
  if (!to_be_listed) return devices;
  const auto place =
      std::ranges::lower_bound(devices, device.resource, {}, &pidf::Device::resource);
  devices.insert(place, device);
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
  auto devices = changed(before ? before->devices() : std::vector<pidf::Device>(), device);
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
